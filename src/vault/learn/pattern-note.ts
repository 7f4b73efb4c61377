/**
 * A pattern's note: how a new one begins, and how it is brought up to date. An update touches the properties that
 * count, the evidence, and the generated section; it adds to the lists that say when a pattern applies as long as no
 * person has reviewed or pinned it. Whatever else a person wrote stays byte for byte. Pure.
 *
 * LEARN-5 A run's evidence is one line, found by the run's name: learned again it is replaced, never added.
 * LEARN-6 The newest runs are kept. One that is older than all of a full list has made room, or was learned too late:
 *    it changes nothing.
 * LEARN-7 All that is derived (status, confidence, sums) follows from the note and the time given, so that an update
 *    without new evidence changes nothing twice.
 */

import { cutText } from "../../terminal-text/index.ts";
import { spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import {
  findGeneratedSection,
  listProperty,
  type Note,
  numberProperty,
  parseNote,
  spliceGeneratedSection,
  textProperty,
} from "../notes/note.ts";
import { renderZettel } from "../notes/zettel.ts";
import { withSidesUnited } from "../patterns/both-sides.ts";
import {
  AFTER_EXPOSURE,
  type Exposure,
  MAX_OCCURRENCES,
  type Occurrence,
  type PatternSection,
  readGeneratedSection,
  renderGeneratedSection,
} from "../patterns/generated-section.ts";
import { kindOf } from "../patterns/kinds.ts";
import { toPlainLine } from "../text/untrusted.ts";
import { type Evidence, type Observation, toPlainList } from "./observe/observation.ts";
import { isKept, judge } from "./pattern-life.ts";

export type MergeOutcome =
  | { kind: "same" }
  | { kind: "changed"; text: string; warnings: string[] }
  /** The note cannot be edited without harm; `why` completes "the note was left alone: …". */
  | { kind: "refused"; why: string };

/** What a run, or the passing of time, means for a pattern. */
export interface PatternUpdate {
  /** Newest time that the vault knows of, ms. */
  now: number;
  /** What the run saw. */
  seen?: { observation: Observation; run: string; ended: string; wasShown: boolean };
  /** For how many tasks of a run it was predicted, and in how many it happened. */
  shown?: Exposure;
  /** File names, without ending, of notes that it contradicts. */
  contradicts?: readonly string[];
  supersedes?: readonly string[];
  /** The note that replaces it; null when none does. */
  supersededBy?: string | null;
}

/** The text of a new pattern's note, before any evidence is in it. */
export function beginPattern(id: string, observation: Observation, repo: string, ended: string): string {
  const { title, kind, words, evidence } = observation;
  const traits = kindOf(kind);
  const area = areaOf(observation.scope);
  const first = observation.earlier[0]?.ended ?? ended;
  const properties: [string, Value][] = [
    ["id", id],
    ["type", "pattern"],
    ["schema", 1],
    ["title", title],
    ["aliases", [title]],
    ["tags", ["zettel/pattern", `kind/${kind}`, ...(area === "" ? [] : [`area/${area}`])]],
    ["status", "candidate"],
    ["pleach_status", "candidate"],
    ["retired_by", null],
    ["confidence", 0],
    ["support", 0],
    ["successes", 0],
    ["failures", 0],
    ["predicted", 0],
    ["hits", 0],
    ["misses", 0],
    ["first_seen", first],
    ["last_seen", first],
    ["reviewed", null],
    ["pinned", false],
    ["applies_when", observation.appliesWhen],
    ["scope", observation.scope],
    ["evidence", []],
    ["supersedes", []],
    ["contradicts", []],
    ["signature", observation.signature],
    ["module", toPlainLine(area === "" ? repo : area, 80)],
    ["date", ended.slice(0, 10)],
    ["problem_type", observation.problemType],
    [
      "component",
      observation.fingerprint.gate !== "" && traits.label === "gate" ? "testing_framework" : "development_workflow",
    ],
    // One red of many is no more than usual.
    ["severity", evidence.bad * 2 > evidence.seen && traits.isHarmful ? "high" : "medium"],
    ["symptoms", observation.symptoms.length > 0 ? observation.symptoms : [title]],
    ["root_cause", "unknown"],
    [
      "resolution_type",
      evidence.details.some((line) => line.includes(", changing ")) ? "code_fix" : "workflow_improvement",
    ],
  ];
  const { head, advice } = observation;
  const section = renderGeneratedSection({
    head,
    advice,
    trustNotes: [],
    fixes: [],
    exposures: [],
    occurrences: [],
    words,
  });
  return renderZettel(properties, title, section);
}

/** Brings a pattern's note up to date. */
export function updatePattern(given: Note, update: PatternUpdate): MergeOutcome {
  const united = withSidesUnited(given);
  if (united.frontmatter.kind === "malformed") return { kind: "refused", why: united.frontmatter.why };
  const section = findGeneratedSection(united);
  const parts = section.kind === "ok" ? readGeneratedSection(section.text) : undefined;
  const recounted = withProperties(united, recount(united, parts));
  if (recounted.kind === "refused") return recounted;
  const { note } = recounted;
  const changes = new Map<string, Value>();
  let next = parts;
  if (update.seen !== undefined) next = addOccurrence(note, next, update.seen, changes);
  if (update.shown !== undefined) next = addExposure(note, next, update.shown, changes);
  for (const key of ["contradicts", "supersedes"] as const) addLinks(note, key, update[key] ?? [], changes);

  const counted = withProperties(note, changes);
  if (counted.kind === "refused") return counted;
  const judged = judge(counted.note, next, { now: update.now, supersededBy: update.supersededBy ?? null });
  const judgement = withProperties(counted.note, listNews(counted.note, judged.properties));
  if (judgement.kind === "refused") return judgement;
  let { text } = judgement.note;
  if (next !== undefined) {
    text =
      spliceGeneratedSection(judgement.note, renderGeneratedSection({ ...next, trustNotes: judged.trustNotes })) ??
      text;
  }
  if (text === given.text) return { kind: "same" };
  const isNews = update.seen !== undefined && section.kind === "ambiguous";
  const warnings = isNews
    ? [`${note.path}: only its properties were updated: it has more than one generated section.`]
    : [];
  return { kind: "changed", text, warnings };
}

/** Two clones that both counted on from the same number counted one run only: there is evidence of more. */
function recount(note: Note, parts: PatternSection | undefined): Map<string, Value> {
  const changes = new Map<string, Value>();
  if (parts === undefined) return changes;
  const { occurrences, exposures } = parts;
  const sums: [string, number][] = [
    ["support", sumOf(occurrences, ({ seen }) => seen)],
    ["successes", sumOf(occurrences, ({ fixed }) => fixed)],
    ["failures", sumOf(occurrences, ({ failed }) => failed)],
    ["predicted", sumOf(exposures, ({ shown }) => shown)],
    ["hits", sumOf(exposures, ({ happened }) => happened)],
    ["misses", sumOf(exposures, ({ shown, happened }) => shown - happened)],
  ];
  for (const [key, sum] of sums) if (sum > numberProperty(note, key)) changes.set(key, sum);
  return changes;
}

function sumOf<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}

function withProperties(
  note: Note,
  changes: ReadonlyMap<string, Value>,
): { kind: "ok"; note: Note } | { kind: "refused"; why: string } {
  if (changes.size === 0) return { kind: "ok", note };
  const spliced = spliceFrontmatter(note.text, changes);
  return spliced.kind === "refused" ? spliced : { kind: "ok", note: parseNote(note.path, spliced.text) };
}

/** The properties that the note does not have so: most patterns stay as they are, and an edit reads its YAML again. */
function listNews(note: Note, properties: ReadonlyMap<string, Value>): Map<string, Value> {
  const values = note.frontmatter.kind === "ok" ? note.frontmatter.values : new Map<string, unknown>();
  return new Map([...properties].filter(([key, value]) => !values.has(key) || (values.get(key) ?? null) !== value));
}

/** Notes what the run saw, in the properties and in the list of occurrences (LEARN-5, LEARN-6). */
function addOccurrence(
  note: Note,
  parts: PatternSection | undefined,
  { observation, run, ended, wasShown }: NonNullable<PatternUpdate["seen"]>,
  changes: Map<string, Value>,
): PatternSection | undefined {
  const now = toOccurrence(run, observation.evidence, wasShown && kindOf(observation.kind).isClaim);
  const before = parts?.occurrences.find((one) => one.run === run);
  const evidence = listProperty(note, "evidence");
  const link = `[[${run}]]`;
  if (
    before === undefined &&
    (evidence.includes(link) ||
      !isKept(
        run,
        (parts?.occurrences ?? []).map((one) => one.run),
      ))
  ) {
    return parts;
  }
  const add = (key: string, amount: number) => changes.set(key, Math.max(0, numberProperty(note, key) + amount));
  add("support", now.seen - (before?.seen ?? 0));
  add("successes", now.fixed - (before?.fixed ?? 0));
  add("failures", now.failed - (before?.failed ?? 0));
  if (ended > (textProperty(note, "last_seen") ?? "")) changes.set("last_seen", ended);
  if (!evidence.includes(link)) changes.set("evidence", keepNewest([...evidence, link]));
  addSignatures(note, observation, changes);
  if (before === undefined && textProperty(note, "pinned") !== "true" && !textProperty(note, "reviewed")) {
    growList(note, "applies_when", observation.appliesWhen, 200, changes);
    growList(note, "scope", kindOf(observation.kind).tiedBy === "group" ? [] : observation.scope, 160, changes);
    growList(note, "symptoms", observation.symptoms, 200, changes);
  }
  if (parts === undefined) return undefined;
  const others = parts.occurrences.filter((one) => one.run !== run);
  return { ...parts, words: observation.words, occurrences: keepNewestRuns([...others, now]) };
}

function toOccurrence(
  run: string,
  { seen, good, bad, about, details }: Evidence,
  isAfterExposure: boolean,
): Occurrence {
  return {
    run,
    seen,
    fixed: good,
    failed: bad,
    about,
    details: [...details, ...(isAfterExposure ? [AFTER_EXPOSURE] : [])],
  };
}

/** What it was merged with is known by its own signature from now on. */
function addSignatures(note: Note, { signature, also }: Observation, changes: Map<string, Value>): void {
  const own = textProperty(note, "signature");
  const known = listProperty(note, "signatures");
  const news = [signature, ...also].filter((one) => one !== own && !known.includes(one));
  if (news.length > 0) changes.set("signatures", [...known, ...news]);
}

function growList(
  note: Note,
  key: string,
  lines: readonly string[],
  maxChars: number,
  changes: Map<string, Value>,
): void {
  const before = listProperty(note, key);
  const grown = toPlainList([...before, ...lines], maxChars);
  // A list in a form of the person's own, or full, is left as it is.
  if (grown.length > before.length && before.every((line, at) => line === grown[at])) changes.set(key, grown);
}

function addExposure(
  note: Note,
  parts: PatternSection | undefined,
  now: NonNullable<PatternUpdate["shown"]>,
  changes: Map<string, Value>,
): PatternSection | undefined {
  // Without the list of runs it cannot be known whether this one was counted.
  if (parts === undefined) return undefined;
  const before = parts.exposures.find(({ run }) => run === now.run);
  const runs = parts.exposures.map(({ run }) => run);
  if (before === undefined && !isKept(now.run, runs)) return parts;
  const add = (key: string, amount: number) => changes.set(key, Math.max(0, numberProperty(note, key) + amount));
  add("predicted", now.shown - (before?.shown ?? 0));
  add("hits", now.happened - (before?.happened ?? 0));
  add("misses", now.shown - now.happened - ((before?.shown ?? 0) - (before?.happened ?? 0)));
  const others = parts.exposures.filter(({ run }) => run !== now.run);
  return { ...parts, exposures: keepNewestRuns([...others, now]) };
}

function keepNewestRuns<Entry extends { run: string }>(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => (a.run < b.run ? -1 : a.run > b.run ? 1 : 0)).slice(-MAX_OCCURRENCES);
}

/** The newest runs are kept; links that are no run's were added by a person and stay. */
function keepNewest(links: readonly string[]): string[] {
  const runs = links.filter((one) => /^\[\[\d{14}-[0-9a-z]{4}/.test(one)).sort();
  const dropped = new Set(runs.slice(0, Math.max(0, runs.length - MAX_OCCURRENCES)));
  return links.filter((one) => !dropped.has(one));
}

function addLinks(
  note: Note,
  key: "contradicts" | "supersedes",
  names: readonly string[],
  changes: Map<string, Value>,
): void {
  const before = listProperty(note, key);
  const news = names.map((name) => `[[${name}]]`).filter((link) => !before.includes(link));
  if (news.length > 0) changes.set(key, [...before, ...news]);
}

/** The first folder that all files share, as a tag may be written; empty when there is none. */
function areaOf(files: readonly string[]): string {
  const folders = new Set(files.map((file) => (file.includes("/") ? (file.split("/")[0] ?? "") : "")));
  const only = folders.size === 1 ? ([...folders][0] ?? "") : "";
  const tag = cutText(only, 40).replace(/[^\p{L}\p{N}_-]/gu, "");
  return /[^\d]/.test(tag) ? tag : "";
}
