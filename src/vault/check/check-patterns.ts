/**
 * What patterns have with each other: the same id, the same trouble twice, advice that goes against other advice, and
 * patterns that nobody saw for long. Pure; `now` is the day of the check.
 *
 * Two patterns are about the same trouble when they have a signature in common, or when they concern the same gates and
 * kind and nearly all words of their titles and symptoms are the same. One that supersedes the other is no duplicate.
 */
import { tokenize } from "../index/tokenize.ts";
import { foldName } from "../links/file-names.ts";
import { basenameOf, idOf, listProperty, type Note, textProperty } from "../notes/note.ts";
import { comparisonOf, kindOf } from "../patterns/kinds.ts";
import { originalsFirst } from "../patterns/originals.ts";
import { describePattern, type Pattern } from "../patterns/pattern.ts";
import { jaccard } from "../patterns/similarity.ts";
import type { Finding } from "./problem.ts";

/** What of a pattern's note is compared. */
export interface CheckedPattern {
  path: string;
  id: string;
  /** Undefined for one that is retired: it is never shown, and contradicts nothing. */
  pattern: Pattern | undefined;
  trouble: ReadonlySet<string>;
  contradicts: string[];
  supersedes: string[];
  reviewed: string | null;
}

const DAY_MS = 86_400_000;
/**
 * As long as it takes the program to call a pattern stale (`pattern-life.ts`), by today instead of by the newest run.
 */
const STALE_AFTER_DAYS = 180;
/** Share of words in common from which two troubles are the same (a digit or a name may differ)… */
const SAME_TROUBLE_SHARE = 0.8;
/** …or close enough to ask whether their advice agrees, and two pieces of advice speak of the same. */
const SIMILAR_TROUBLE_SHARE = 0.6;
const SAME_ADVICE_SHARE = 0.5;
/** Fewer words than this are in common by chance. */
const MIN_WORDS = 3;
/** A word in more patterns than this tells them not apart, and would pair each of them with each other. */
const MAX_SHARING = 60;
/** Turns advice into its opposite. */
const NEGATIONS: ReadonlySet<string> = new Set([
  "not",
  "never",
  "no",
  "avoid",
  "stop",
  "don",
  "dont",
  "without",
  "cannot",
]);

/** Reads what is compared of a note; undefined when it is no pattern. */
export function readCheckedPattern(note: Note): CheckedPattern | undefined {
  const described = describePattern(note.path, note);
  if (described.kind === "none" || described.kind === "unusable") return undefined;
  const pattern = described.kind === "pattern" ? described.pattern : undefined;
  const links = (key: string): string[] => listProperty(note, key).flatMap((text) => readLink(text) ?? []);
  return {
    path: note.path,
    id: idOf(note),
    pattern,
    trouble: new Set(pattern === undefined ? [] : tokenize(pattern.symptoms.join("\n"))),
    contradicts: links("contradicts"),
    supersedes: links("supersedes"),
    reviewed: textProperty(note, "reviewed") ?? null,
  };
}

/** Checks the patterns of one vault, which are given by path. */
export function checkPatterns(notes: readonly CheckedPattern[], now: number): Finding[] {
  const active = notes.filter(({ pattern }) => pattern !== undefined);
  const pairs = pairUp(active);
  return [
    ...findSameIds(notes),
    ...findContradictions(active, pairs),
    ...findDuplicates(pairs),
    ...active.flatMap((note) => findStale(note, now)),
  ];
}

function findSameIds(notes: readonly CheckedPattern[]): Finding[] {
  const first = new Map<string, string>();
  return originalsFirst(notes, (note) => note).flatMap(({ id, path }): Finding[] => {
    const other = first.get(id);
    if (other === undefined) first.set(id, path);
    return other === undefined ? [] : [{ code: "pattern.id", path, message: `its id is that of ${other}`, line: null }];
  });
}

interface Pair {
  a: CheckedPattern;
  b: CheckedPattern;
  /** Whether both are about the same trouble; else they are only near. */
  isSame: boolean;
}

/** Pairs about the same trouble, or nearly; in the order of their paths. */
function pairUp(notes: readonly CheckedPattern[]): Pair[] {
  const byKey = new Map<string, number[]>();
  for (const [at, { pattern, trouble }] of notes.entries()) {
    // A signature has a space in it, which no word has.
    const keys = [...(pattern?.signatures ?? []).map((hash) => `signature ${hash}`), ...trouble];
    for (const key of new Set(keys)) byKey.set(key, [...(byKey.get(key) ?? []), at]);
  }
  const candidates = new Map<number, Set<number>>();
  for (const places of byKey.values()) {
    if (places.length > MAX_SHARING) continue;
    for (const [from, at] of places.entries()) {
      const others = candidates.get(at) ?? new Set();
      for (const other of places.slice(from + 1)) others.add(other);
      candidates.set(at, others);
    }
  }
  return notes.flatMap((a, at) =>
    [...(candidates.get(at) ?? [])]
      .sort((one, other) => one - other)
      .flatMap((other): Pair[] => {
        const b = notes[other];
        if (b === undefined) return [];
        const isSame = sharesSignature(a, b) || isAlike(a, b, SAME_TROUBLE_SHARE);
        return isSame || isAlike(a, b, SIMILAR_TROUBLE_SHARE) ? [{ a, b, isSame }] : [];
      }),
  );
}

function sharesSignature(a: CheckedPattern, b: CheckedPattern): boolean {
  return a.pattern?.signatures.some((hash) => b.pattern?.signatures.includes(hash)) ?? false;
}

/** Other gates and other kinds are other troubles, in whatever words. */
function isAlike(a: CheckedPattern, b: CheckedPattern, least: number): boolean {
  const traits = kindOf(a.pattern?.kind ?? "");
  // What names tell apart (streams, gates, files) has a title made of them: most of its words are in all of its kind.
  if (traits.exactMatch) return false;
  const labelled = comparisonOf(traits, a.pattern?.gates[0] ?? "");
  if (labelled === "files" && !isSameSet(filesOf(a), filesOf(b))) return false;
  const labels = ({ pattern }: CheckedPattern): string =>
    JSON.stringify([pattern?.kind, [...(pattern?.gates ?? [])].sort()]);
  return (
    labels(a) === labels(b) && countShared(a.trouble, b.trouble) >= MIN_WORDS && jaccard(a.trouble, b.trouble) >= least
  );
}

function filesOf({ pattern }: CheckedPattern): string[] {
  return (pattern?.scope ?? []).map(({ parts }) => parts.join("/"));
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return jaccard(one, other) === 1;
}

function countShared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return [...a].filter((word) => b.has(word)).length;
}

function findContradictions(notes: readonly CheckedPattern[], pairs: readonly Pair[]): Finding[] {
  const declared = notes.flatMap((a, at) =>
    notes
      .slice(at + 1)
      .filter((b) => names(a.contradicts, b) || names(b.contradicts, a))
      .map((b) => ({ a, b })),
  );
  const opposed = pairs.filter((pair) => isOpposed(pair) && !isDeclared(pair));
  return [
    ...declared.map(({ a, b }): Finding => {
      return {
        code: "pattern.contradiction",
        path: a.path,
        message: `it and ${b.path} contradict each other, and both are in use`,
        line: null,
      };
    }),
    ...opposed.map(({ a, b }): Finding => {
      return {
        code: "pattern.contradiction",
        path: a.path,
        message: `it advises the opposite of ${b.path}`,
        line: null,
      };
    }),
  ];
}

function isDeclared({ a, b }: Pair): boolean {
  return names(a.contradicts, b) || names(b.contradicts, a);
}

/** Whether two pieces of advice say the same, but for one that says not to. */
function isOpposed({ a, b }: Pair): boolean {
  const words = ({ pattern }: CheckedPattern): string[] => tokenize((pattern?.advice ?? "").replaceAll(/[’']/g, ""));
  const [of, other] = [words(a), words(b)];
  const isNegated = (all: readonly string[]): boolean => all.some((word) => NEGATIONS.has(word));
  const rest = (all: readonly string[]): Set<string> => new Set(all.filter((word) => !NEGATIONS.has(word)));
  return (
    isNegated(of) !== isNegated(other) &&
    countShared(rest(of), rest(other)) >= MIN_WORDS &&
    jaccard(rest(of), rest(other)) >= SAME_ADVICE_SHARE
  );
}

function findDuplicates(pairs: readonly Pair[]): Finding[] {
  return pairs
    .filter((pair) => pair.isSame && !isDeclared(pair) && !isOpposed(pair))
    .filter(({ a, b }) => !names(a.supersedes, b) && !names(b.supersedes, a))
    .map(({ a, b }) => {
      return {
        code: "pattern.duplicate",
        path: b.path,
        message: `it is about the same trouble as ${a.path}`,
        line: null,
      };
    });
}

/** A pinned pattern is kept by a person, and one that was reviewed lately still holds. */
function findStale({ path, pattern, reviewed }: CheckedPattern, now: number): Finding[] {
  const seen = [pattern?.evidence.lastSeen, reviewed].flatMap((day) => (day ? [Date.parse(day.slice(0, 10))] : []));
  const last = Math.max(...seen.filter(Number.isFinite));
  if (pattern === undefined || pattern.isPinned || !Number.isFinite(last)) return [];
  const days = Math.floor((now - last) / DAY_MS);
  if (days <= STALE_AFTER_DAYS) return [];
  const day = new Date(last).toISOString().slice(0, 10);
  return [
    { code: "pattern.stale", path, message: `it was last seen or reviewed on ${day}, ${days} days ago`, line: null },
  ];
}

/** Whether links name a pattern, by its file's name or path. */
function names(links: readonly string[], { path }: CheckedPattern): boolean {
  return links.some((link) => link === foldName(basenameOf(path)) || link === foldName(path.replace(/\.md$/i, "")));
}

/** What a property's link names; undefined for a text that is no link. */
function readLink(text: string): string | undefined {
  const target = /^\[\[([^\]|#]+)/.exec(text.trim())?.[1]?.trim();
  return target === undefined ? undefined : foldName(target.replace(/\.md$/i, ""));
}
