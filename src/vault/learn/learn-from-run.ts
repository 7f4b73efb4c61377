/**
 * Learning from a run: one run note, and one pattern note for each kind of failure seen, merged with what the vault
 * holds already. Deterministic: the same facts and the same vault give the same bytes; learning the same facts again
 * changes nothing.
 *
 * L1 Patterns are written before the run's note: a learner that dies in between is completed by learning again, as the
 *    evidence in each pattern says whether it holds the run already. The template has a mark of its own for that.
 * L2 One learner at a time (lock); editors of people take no part in it, so each write is checked against the bytes
 *    it was made from, and merged again when they moved.
 * L3 A note that cannot be edited without harm is left alone, with a warning; no second note is made in its place.
 */
import type { RunFacts } from "../facts.ts";
import { withVaultLock } from "../files/lock.ts";
import { createStore, type Store } from "../files/store.ts";
import { isHalfLaid, layTemplate } from "../files/template.ts";
import { makeId, nameOf } from "../notes/names.ts";
import { basenameOf, idOf, listProperty, type Note, parseNote, textProperty } from "../notes/note.ts";
import { writePages } from "../pages/write-pages.ts";
import { type FailureGroup, groupFailures } from "./group-failures.ts";
import { type MergeOutcome, mergePattern, renderPattern, titleOfGroup } from "./pattern-note.ts";
import { type LearnedPattern, mergeRun, nameRun, renderRun } from "./run-note.ts";

/** What learning did; paths are relative to the vault, with `/`. */
export interface Learned {
  runNote: string;
  /** Pattern notes. */
  created: string[];
  updated: string[];
  unchanged: string[];
  /** Notes left alone, and why. */
  warnings: string[];
}

const maxTries = 20;

/**
 * Writes what a run teaches into the vault at `vaultDir`, which is created (from the template) when absent or empty.
 * Throws `vault.unwritable`, `vault.outside`, `vault.busy`.
 */
export async function learnFromRun(vaultDir: string, facts: RunFacts): Promise<Learned> {
  const store = await createStore(vaultDir);
  return withVaultLock(store.root, async () => {
    const known = await readKnown(store);
    if (known.isEmpty || (await isHalfLaid(store))) await layTemplate(store);
    const learned: Learned = { runNote: "", created: [], updated: [], unchanged: [], warnings: known.warnings };
    const run = nameRun(facts);
    const runNote = known.runs.get(run.id);
    const runName = runNote === undefined ? run.name : basenameOf(runNote.path);
    const listed = new Set(runNote === undefined ? [] : listProperty(runNote, "patterns_learned"));
    const patterns: LearnedPattern[] = [];
    for (const group of groupFailures(facts)) {
      const pattern = await learnPattern(store, known, group, facts, runName, listed, learned);
      patterns.push({
        signatureHash: group.signature.hash,
        id: idOf(pattern),
        name: basenameOf(pattern.path),
        tasks: group.tasks.map(({ task }) => task.id),
      });
    }
    const names = new Map([...known.patterns.values()].map((note) => [idOf(note), basenameOf(note.path)]));
    learned.runNote = await writeRun(store, runNote, run.path, facts, patterns, names, learned);
    const pages = await writePages(store, { facts, runPath: learned.runNote, learned: patterns });
    learned.warnings.push(...pages.warnings);
    return learned;
  });
}

/** What a learner needs to know of a vault. */
interface Known {
  isEmpty: boolean;
  /** By signature; the first by path where a person made copies. */
  patterns: Map<string, Note>;
  /** By id. */
  runs: Map<string, Note>;
  /** File names without ending, lower case: no two notes may share one. */
  names: Set<string>;
  warnings: string[];
}

async function readKnown(store: Store): Promise<Known> {
  const { paths } = await store.list();
  const known: Known = {
    isEmpty: paths.length === 0,
    patterns: new Map(),
    runs: new Map(),
    names: new Set(),
    warnings: [],
  };
  for (const path of paths) {
    known.names.add(basenameOf(path).toLowerCase());
    if (path.startsWith("templates/")) continue;
    const read = await store.read(path);
    if (read.kind !== "ok") continue;
    // Most notes of a vault are neither; they are not worth parsing.
    const head = read.text.slice(0, 100_000);
    const signature = /^signature:[ \t]*["']?([0-9a-f]{16})\b/m.exec(head)?.[1];
    const isRun = /^type:[ \t]*["']?run\b/m.test(head);
    if (signature === undefined && !isRun) continue;
    const note = parseNote(path, read.text);
    // Broken frontmatter still tells whose note it is, so that no second one is made.
    const isBroken = note.frontmatter.kind === "malformed";
    if (signature !== undefined && (isBroken || textProperty(note, "signature") === signature)) {
      if (!known.patterns.has(signature)) known.patterns.set(signature, note);
    } else if (isRun) {
      const id = isBroken ? /^\d{14}-[0-9a-z]{4}/.exec(basenameOf(path))?.[0] : idOf(note);
      if (id !== undefined && !known.runs.has(id)) known.runs.set(id, note);
    }
  }
  return known;
}

/** Merges a kind of failure into its pattern, or makes a new one; returns its note. */
async function learnPattern(
  store: Store,
  known: Known,
  group: FailureGroup,
  facts: RunFacts,
  runName: string,
  listed: ReadonlySet<string>,
  learned: Learned,
): Promise<Note> {
  const existing = known.patterns.get(group.signature.hash);
  if (existing !== undefined) {
    const isLearned = listed.has(`[[${basenameOf(existing.path)}]]`);
    const merged = await editNote(store, existing.path, learned.warnings, (note) =>
      mergePattern(note, group, facts, runName, isLearned),
    );
    if (merged !== "absent") {
      learned[merged].push(existing.path);
      return existing;
    }
  }
  for (let round = 0; ; round += 1) {
    const salt = round === 0 ? [] : [String(round)];
    const id = makeId(facts.endedAt, facts.run, group.signature.hash, ...salt);
    const name = nameOf(id, titleOfGroup(group));
    if (known.names.has(name.toLowerCase())) continue;
    const path = `patterns/${name}.md`;
    const text = renderPattern(id, group, facts, runName);
    if ((await store.create(path, text)) === "exists") continue;
    known.names.add(name.toLowerCase());
    learned.created.push(path);
    const note = parseNote(path, text);
    known.patterns.set(group.signature.hash, note);
    return note;
  }
}

async function writeRun(
  store: Store,
  existing: Note | undefined,
  path: string,
  facts: RunFacts,
  patterns: readonly LearnedPattern[],
  names: ReadonlyMap<string, string>,
  learned: Learned,
): Promise<string> {
  const at = existing?.path ?? path;
  for (let tries = 0; tries < maxTries; tries += 1) {
    if (existing === undefined && (await store.create(at, renderRun(facts, patterns, names))) === "created") return at;
    const merged = await editNote(store, at, learned.warnings, (note) => mergeRun(note, facts, patterns, names));
    if (merged !== "absent") return at;
    if ((await store.create(at, renderRun(facts, patterns, names))) === "created") return at;
  }
  return at;
}

/** Reads, merges and replaces a note until its bytes stayed the same meanwhile (L2). */
async function editNote(
  store: Store,
  path: string,
  warnings: string[],
  merge: (note: Note) => MergeOutcome,
): Promise<"updated" | "unchanged" | "absent"> {
  const leave = (why: string): "unchanged" => {
    warnings.push(`${path} was left alone: ${why}.`);
    return "unchanged";
  };
  for (let tries = 0; tries < maxTries; tries += 1) {
    const read = await store.read(path);
    if (read.kind === "absent") return "absent";
    if (read.kind === "unusable") return leave(read.why);
    const merged = merge(parseNote(path, read.text));
    if (merged.kind === "same") return "unchanged";
    if (merged.kind === "refused") return leave(merged.why);
    if (!Buffer.from(read.text, "utf8").equals(read.bytes)) return leave("it is not valid UTF-8");
    if ((await store.replace(path, read.bytes, merged.text)).kind === "ok") {
      warnings.push(...merged.warnings);
      return "updated";
    }
  }
  return leave("another program kept changing it");
}
