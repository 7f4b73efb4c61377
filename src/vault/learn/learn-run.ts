/**
 * Learning from a run: its note, and patterns of what it showed, merged with what the vault holds already.
 * Deterministic: the same facts and the same vault give the same bytes; learning the same facts again changes nothing.
 *
 * LEARN-1 Patterns are written before the run's note: a learner that dies in between is completed by learning again, as
 *    the evidence in each pattern says whether it holds the run already. The template has a mark of its own for that.
 * LEARN-2 Editors of people take no part in the lock that a learner holds, so each write is checked against the bytes
 *    it was made from, and merged again when they moved.
 * LEARN-3 A note that cannot be edited without harm is left alone, with a warning; no second note is made in its place.
 * LEARN-4 Time is that of the runs: the newest end that the vault knows of stands for now, so that learning an old run
 *    again makes nothing younger, and learning anywhere, at any time, gives the same.
 */
import type { RunFacts } from "../facts/run-facts.ts";
import { editNote } from "../files/edit-note.ts";
import { clearLeftovers } from "../files/own-files.ts";
import type { Store } from "../files/store.ts";
import { isHalfLaid, layTemplate } from "../files/template.ts";
import type { ZettelReader } from "../library/zettel-reader.ts";
import { makeId, nameOf, toIso } from "../notes/names.ts";
import { basenameOf, idOf, type Note, parseNote } from "../notes/note.ts";
import { type PatternRecord, readPatternRecord } from "../patterns/pattern-record.ts";
import { findKnown, type KnownNotes } from "./known-notes.ts";
import type { Observation } from "./observe/observation.ts";
import { joinObservations, observeRun } from "./observe/observe.ts";
import { beginPattern, type MergeOutcome, type PatternUpdate, updatePattern } from "./pattern-note.ts";
import { relate } from "./relations.ts";
import { countShown, type LearnedPattern, type RunFindings, scoreShown } from "./run-findings.ts";
import { mergeRun, nameRun, renderRun } from "./run-note.ts";

/** What learning did; paths are relative to the vault, with `/`. */
export interface Learned {
  runNote: string;
  /** Pattern notes. */
  created: string[];
  updated: string[];
  /** Those that the run bears on and that said so already. */
  unchanged: string[];
  /** Notes left alone, and why. */
  warnings: string[];
}

const MAX_TRIES = 20;

/** What a run taught, for whoever writes its pages. */
export interface LearnedRun {
  told: Learned;
  patterns: readonly LearnedPattern[];
}

/**
 * Writes a run's note and the patterns that it bears on, with what `zettels`, which read nothing yet, find in the
 * vault. One learner at a time. Throws `vault.unwritable`, `vault.outside`.
 */
export async function learnRun(store: Store, zettels: ZettelReader, facts: RunFacts): Promise<LearnedRun> {
  await zettels.sweep();
  await clearLeftovers(store.root, zettels.listing.leftovers);
  const known = findKnown(zettels);
  if (known.isEmpty || (await isHalfLaid(store))) await layTemplate(store);
  const told: Learned = { runNote: "", created: [], updated: [], unchanged: [], warnings: [] };
  const run = nameRun(facts);
  const runNote = known.runs.get(run.id);
  const runName = runNote === undefined ? run.name : basenameOf(runNote.path);
  const findings = await new Learner(store, known, facts, runName, told).learn();
  told.runNote = await writeRun(store, runNote, run.path, facts, findings, told);
  return { told, patterns: findings.learned };
}

/** One run on its way into a vault. */
class Learner {
  readonly #store: Store;
  readonly #known: KnownNotes;
  readonly #facts: RunFacts;
  readonly #runName: string;
  readonly #learned: Learned;
  readonly #ended: string;
  readonly #now: number;
  /** What is still to be written, by path. */
  readonly #updates = new Map<string, PatternUpdate>();

  constructor(store: Store, known: KnownNotes, facts: RunFacts, runName: string, learned: Learned) {
    this.#store = store;
    this.#known = known;
    this.#facts = facts;
    this.#runName = runName;
    this.#learned = learned;
    this.#ended = toIso(facts.endedAt);
    this.#now = Math.max(facts.endedAt, known.newest);
  }

  /** Writes all patterns that the run bears on, and tells what the run's note is to say of them. */
  async learn(): Promise<RunFindings> {
    const observations = observeRun(this.#facts, this.#runName, {
      memory: this.#known.remember(this.#runName),
      known: this.#known.begunBy(this.#ended),
    });
    const learned: LearnedPattern[] = [];
    for (const [record, all] of await this.#place(observations)) {
      const [first, ...more] = all;
      if (first === undefined) continue;
      const observation = more.reduce(joinObservations, first);
      this.#update(record, { seen: this.#see(record, observation) });
      learned.push({
        id: idOf(record.note),
        name: record.name,
        kind: observation.kind,
        title: observation.title,
        about: observation.evidence.about,
        signatures: [observation.signature, ...observation.also],
        tasks: observation.tasks,
      });
    }
    const shown = scoreShown(this.#facts, learned, [...this.#known.patterns.values()]);
    for (const { record, ...counts } of countShown(shown)) {
      this.#update(record, { shown: { run: this.#runName, ...counts } });
    }
    this.#relate();
    await this.#write();
    return { learned, shown };
  }

  /** Finds or begins the note of each observation; several may turn out to belong into one. */
  async #place(observations: readonly Observation[]): Promise<Map<PatternRecord, Observation[]>> {
    const placed = new Map<string, Observation[]>();
    for (const observation of observations) {
      const record = this.#known.findFor(observation) ?? (await this.#begin(observation));
      placed.set(record.note.path, [...(placed.get(record.note.path) ?? []), observation]);
    }
    return new Map([...placed].map(([path, all]) => [this.#known.patterns.get(path) as PatternRecord, all]));
  }

  /** Creates a note with all the evidence that there is. */
  async #begin(observation: Observation): Promise<PatternRecord> {
    for (let round = 0; ; round += 1) {
      const salt = round === 0 ? [] : [String(round)];
      const id = makeId(this.#facts.endedAt, this.#facts.run, observation.signature, ...salt);
      const name = nameOf(id, observation.title);
      if (this.#known.names.has(name.toLowerCase())) continue;
      const path = `patterns/${name}.md`;
      let note = parseNote(path, beginPattern(id, observation, this.#facts.repo, this.#ended));
      for (const { run, ended, evidence } of observation.earlier) {
        const seen = { observation: { ...observation, evidence }, run, ended, wasShown: false };
        note = updated(note, { now: this.#now, seen });
      }
      note = updated(note, {
        now: this.#now,
        seen: { observation, run: this.#runName, ended: this.#ended, wasShown: false },
      });
      if ((await this.#store.create(path, note.text)) === "exists") continue;
      this.#known.names.add(name.toLowerCase());
      this.#learned.created.push(path);
      return this.#known.setPattern(note);
    }
  }

  #see({ note }: PatternRecord, observation: Observation): NonNullable<PatternUpdate["seen"]> {
    const used = new Map(Object.entries(this.#facts.patternsUsed));
    const wasShown = observation.tasks.some((task) => used.get(task)?.includes(idOf(note)));
    return { observation, run: this.#runName, ended: this.#ended, wasShown };
  }

  #update({ note }: PatternRecord, change: Omit<PatternUpdate, "now">): void {
    this.#updates.set(note.path, { ...(this.#updates.get(note.path) ?? { now: this.#now }), ...change });
  }

  /** Adds how the notes, as this run leaves them, stand to each other. */
  #relate(): void {
    const after = [...this.#known.patterns.values()].map(({ note }) =>
      readPatternRecord(updated(note, this.#updateOf(note.path))),
    );
    for (const [path, relations] of relate(after)) {
      const record = this.#known.patterns.get(path);
      if (record !== undefined) this.#update(record, relations);
    }
  }

  /** Writes what has changed. Time has passed for every pattern, also for those that the run says nothing of. */
  async #write(): Promise<void> {
    for (const { note } of this.#known.patterns.values()) {
      const { path } = note;
      const update = this.#updateOf(path);
      const isConcerned = update.seen !== undefined || update.shown !== undefined;
      if (!isConcerned && !this.#known.doubled.has(path) && updated(note, update) === note) continue;
      const outcome = await merge(this.#store, path, this.#learned.warnings, (now) => updatePattern(now, update));
      if (outcome === "absent" || this.#learned.created.includes(path)) continue;
      if (outcome === "edited") this.#learned.updated.push(path);
      else if (isConcerned) this.#learned.unchanged.push(path);
    }
  }

  #updateOf(path: string): PatternUpdate {
    return this.#updates.get(path) ?? { now: this.#now };
  }
}

/** The note after an update; as it was where it cannot be edited. */
function updated(note: Note, update: PatternUpdate): Note {
  const outcome = updatePattern(note, update);
  return outcome.kind === "changed" ? parseNote(note.path, outcome.text) : note;
}

async function writeRun(
  store: Store,
  existing: Note | undefined,
  path: string,
  facts: RunFacts,
  findings: RunFindings,
  learned: Learned,
): Promise<string> {
  const at = existing?.path ?? path;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (existing === undefined && (await store.create(at, renderRun(facts, findings))) === "created") return at;
    const merged = await merge(store, at, learned.warnings, (note) => mergeRun(note, facts, findings));
    if (merged !== "absent") return at;
    if ((await store.create(at, renderRun(facts, findings))) === "created") return at;
  }
  return at;
}

/** Merges into a note that people edit, too (LEARN-2, LEARN-3). */
async function merge(
  store: Store,
  path: string,
  warnings: string[],
  change: (note: Note) => MergeOutcome,
): Promise<"edited" | "unchanged" | "absent"> {
  let told: string[] = [];
  const outcome = await editNote(store, path, (note) => {
    const merged = change(note);
    told = merged.kind === "changed" ? merged.warnings : [];
    return merged.kind === "changed" ? merged.text : merged.kind === "same" ? null : merged;
  });
  if (outcome.kind !== "refused") {
    warnings.push(...(outcome.kind === "edited" ? told : []));
    return outcome.kind;
  }
  warnings.push(`${path} was left alone: ${outcome.why}.`);
  return "unchanged";
}
