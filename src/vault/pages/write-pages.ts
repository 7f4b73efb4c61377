/**
 * Writes what a run leaves in the vault besides patterns and its note: the canvas of its plan, the insight notes of its
 * streams, and the maps of content. Deterministic: the same facts and the same vault give the same bytes.
 *
 * W1 Pages follow from the facts and from notes that are written already. A learner that dies among them is completed
 *    by learning again.
 * W2 Only what is absent is created; a page that exists is edited in its section, or card by card, and left alone when
 *    a person took that out. Nothing is renamed or removed.
 */
import type { RunFacts } from "../facts.ts";
import { editNote } from "../files/edit-note.ts";
import type { Store } from "../files/store.ts";
import { checkCanvas } from "../formats/check-canvas.ts";
import type { LearnedPattern } from "../learn/run-note.ts";
import { basenameOf } from "../notes/note.ts";
import { type CanvasPattern, drawRun, mergeCanvas, renderCanvas } from "./canvas.ts";
import { type InsightNote, mergeInsight, renderInsights } from "./insight-notes.ts";
import { mergeMap, renderMapNote, renderMaps } from "./maps.ts";
import { readContents, type VaultContents } from "./zettels.ts";

export interface PageSources {
  facts: RunFacts;
  /** Path of the run's note, which is written already. */
  runPath: string;
  /** Patterns that the run confirmed or brought up; their notes are written already. */
  learned: readonly LearnedPattern[];
}

/** What came of it; paths relative to the vault. */
export interface WrittenPages {
  created: string[];
  updated: string[];
  /** Pages left alone, and why; one sentence each. */
  warnings: string[];
}

/** Writes the pages of a run. Throws `vault.unwritable`, `vault.outside`. */
export async function writePages(store: Store, sources: PageSources): Promise<WrittenPages> {
  const written: WrittenPages = { created: [], updated: [], warnings: [] };
  const before = await readContents(store);
  await writeCanvas(store, sources, before, written);
  for (const insight of renderInsights(sources.facts, {
    runName: basenameOf(sources.runPath),
    learned: sources.learned,
    titles: new Map(before.zettels.map(({ name, title }) => [name, title])),
  })) {
    await writeInsight(store, insight, before, written);
  }
  await writeMaps(store, written);
  return written;
}

async function writeCanvas(
  store: Store,
  { facts, runPath, learned }: PageSources,
  contents: VaultContents,
  written: WrittenPages,
): Promise<void> {
  const path = `canvas/${basenameOf(runPath)}.canvas`;
  const fresh = drawRun(facts, patternsOf(facts, learned, contents), runPath);
  if ((await store.create(path, renderCanvas(fresh))) === "created") {
    written.created.push(path);
    return;
  }
  // Whether a canvas is ours is told by its cards, not by a section.
  const outcome = await editNote(
    store,
    path,
    ({ text }) => {
      const { canvas } = checkCanvas(text);
      if (canvas === undefined) return { kind: "refused", why: "it is not a valid canvas" };
      const merged = mergeCanvas(canvas, fresh);
      // Obsidian writes the same canvas in another form; that alone is no reason to write it again.
      return merged === undefined || isSame(merged, canvas) ? null : renderCanvas(merged);
    },
    { isByPerson: true },
  );
  if (outcome.kind === "edited") written.updated.push(path);
  if (outcome.kind === "refused") written.warnings.push(`${path} was left alone: ${outcome.why}.`);
}

/** The patterns that the run met or was shown, those it met first. */
function patternsOf(facts: RunFacts, learned: readonly LearnedPattern[], { zettels }: VaultContents): CanvasPattern[] {
  const patterns = zettels.filter(({ type }) => type === "pattern");
  const byName = new Map(patterns.map((zettel) => [zettel.name, zettel]));
  const byId = new Map(patterns.map((zettel) => [zettel.id, zettel]));
  const shownFor = new Map<string, string[]>();
  for (const [task, ids] of Object.entries(facts.patternsUsed)) {
    for (const id of new Set(ids)) shownFor.set(id, [...(shownFor.get(id) ?? []), task]);
  }
  const met = learned.flatMap(({ id, name, tasks }): CanvasPattern[] => {
    const note = byName.get(name);
    return note === undefined ? [] : [{ id, path: note.path, tasks, shownFor: shownFor.get(id) ?? [] }];
  });
  const known = new Set(met.map(({ id }) => id));
  const shown = [...shownFor].flatMap(([id, tasks]): CanvasPattern[] => {
    const note = known.has(id) ? undefined : byId.get(id);
    return note === undefined ? [] : [{ id, path: note.path, tasks: [], shownFor: tasks }];
  });
  return [...met, ...shown];
}

async function writeInsight(
  store: Store,
  insight: InsightNote,
  { zettels }: VaultContents,
  written: WrittenPages,
): Promise<void> {
  // A person may have moved or renamed it.
  const path = zettels.find(({ type, id }) => type === "insight" && id === insight.id)?.path ?? insight.path;
  if ((await store.create(path, insight.text)) === "created") {
    written.created.push(path);
    return;
  }
  await editSection(store, path, (note) => mergeInsight(note, insight.section), written);
}

async function writeMaps(store: Store, written: WrittenPages): Promise<void> {
  const { zettels, others, names } = await readContents(store);
  for (const map of renderMaps({ zettels, hasFile: (path) => others.has(path) })) {
    // A person may have moved it; a note of that name elsewhere would make its links ambiguous.
    const [found] = names.get(map.title.toLowerCase()) ?? [];
    if (found !== undefined) await editSection(store, found, (note) => mergeMap(note, map.section), written);
    else if (map.isNeeded && (await store.create(map.path, renderMapNote(map))) === "created") {
      written.created.push(map.path);
    }
  }
}

async function editSection(
  store: Store,
  path: string,
  change: Parameters<typeof editNote>[2],
  written: WrittenPages,
): Promise<void> {
  const outcome = await editNote(store, path, change);
  if (outcome.kind === "edited") written.updated.push(path);
  if (outcome.kind === "refused") written.warnings.push(`${path} was left alone: ${outcome.why}.`);
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
