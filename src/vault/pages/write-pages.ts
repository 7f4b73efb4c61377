/**
 * Writes what a run leaves in the vault besides patterns and its note: the canvas of its plan, the insight notes of
 * its streams, and the maps of content. Deterministic: the same facts and the same vault give the same bytes.
 *
 * PAGES-1 Pages follow from the facts and from notes that are written already. A learner that dies among them is
 *    completed by learning again.
 * PAGES-2 Only what is absent is created; a page that exists is edited in its section, or card by card, and left alone
 *    when a person took that out. Nothing is renamed or removed.
 */
import type { RunFacts } from "../facts/run-facts.ts";
import { type EditOutcome, editNote } from "../files/edit-note.ts";
import type { Store } from "../files/store.ts";
import { layFile } from "../files/template.ts";
import { checkCanvas } from "../formats/check-canvas.ts";
import type { LearnedPattern } from "../learn/run-findings.ts";
import { nameRun } from "../learn/run-note.ts";
import type { ZettelReader } from "../library/zettel-reader.ts";
import { basenameOf, type Note, parseNote, spliceGeneratedSection } from "../notes/note.ts";
import { type CanvasPattern, drawRun, mergeCanvas, renderCanvas } from "./canvas.ts";
import { type InsightNote, renderInsights } from "./insight-notes.ts";
import { renderMapNote, renderMaps } from "./maps.ts";
import { describeZettel, readContents, type VaultContents } from "./zettels.ts";

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

/**
 * Writes the pages of a run, from the notes that `zettels` find there now. Throws `vault.unwritable`, `vault.outside`.
 */
export async function writePages(store: Store, zettels: ZettelReader, sources: PageSources): Promise<WrittenPages> {
  const written: WrittenPages = { created: [], updated: [], warnings: [] };
  await zettels.sweep();
  const contents = readContents(zettels);
  const titles = new Map(contents.zettels.map(({ name, title }) => [name, title]));
  await writeCanvas(store, sources, contents, written);
  const runName = basenameOf(sources.runPath);
  for (const insight of renderInsights(sources.facts, { runName, learned: sources.learned, titles })) {
    await writeInsight(store, insight, contents, written);
  }
  await writeMaps(store, contents, written);
  return written;
}

async function writeCanvas(
  store: Store,
  { facts, runPath, learned }: PageSources,
  contents: VaultContents,
  written: WrittenPages,
): Promise<void> {
  const { id, name } = nameRun(facts);
  // A person may have moved or renamed it.
  const path = contents.canvases.get(id) ?? `canvas/${name}.canvas`;
  const fresh = drawRun(facts, patternsOf(facts, learned, contents), runPath);
  if ((await store.create(path, renderCanvas(fresh))) === "created") {
    written.created.push(path);
    contents.canvases.set(id, path);
    return;
  }
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
    CHECKED,
  );
  tell(outcome, path, written);
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
  contents: VaultContents,
  written: WrittenPages,
): Promise<void> {
  // A person may have moved or renamed it.
  const path = contents.zettels.find(({ type, id }) => type === "insight" && id === insight.id)?.path ?? insight.path;
  if ((await store.create(path, insight.text)) === "created") {
    written.created.push(path);
    const zettel = describeZettel(parseNote(path, insight.text));
    if (zettel !== undefined) contents.zettels.push(zettel);
    return;
  }
  tell(await editNote(store, path, (note) => withSection(note, insight.section), CHECKED), path, written);
}

async function writeMaps(store: Store, contents: VaultContents, written: WrittenPages): Promise<void> {
  // Two clones of a vault both list their own runs in the same places.
  await layFile(store, ATTRIBUTES);
  for (const map of renderMaps(contents)) {
    // A person may have moved it; a note of that name elsewhere would make its links ambiguous.
    const found = contents.names.get(map.title.toLowerCase());
    if (found !== undefined) {
      tell(await editNote(store, found, (note) => withSection(note, map.section), CHECKED), found, written);
    } else if (map.isNeeded && (await store.create(map.path, renderMapNote(map))) === "created") {
      written.created.push(map.path);
    }
  }
}

/** The note's text with its section brought up to date; null when a person took the section out. */
function withSection(note: Note, section: string): string | null {
  return spliceGeneratedSection(note, section) ?? null;
}

/** How git is to bring both sides of a map together. */
const ATTRIBUTES = ".gitattributes";

/** Whether a page is the program's is told by its section or its cards: where they are missing, nothing is changed. */
const CHECKED = { isByPerson: true } as const;

function tell(outcome: EditOutcome, path: string, written: WrittenPages): void {
  if (outcome.kind === "edited") written.updated.push(path);
  if (outcome.kind === "refused") written.warnings.push(`${path} was left alone: ${outcome.why}.`);
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
