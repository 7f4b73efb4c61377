/**
 * Editing a note that people edit, too: read, change, replace, and again from the start when somebody saved in
 * between. `replace.ts` says what becomes of a save at the very moment; this file decides what is edited, and when.
 *
 * FILES-8 Only notes of the program are edited, and sections that it keeps, unless a person asked for the edit.
 * FILES-9 A note is left alone for a while after another program changed it: whoever writes is likely not done. What
 *    the program wrote itself, in whatever process, is recognised by its stamp, and not waited for.
 * FILES-10 A note that is gone stays gone; one that an editor is replacing is waited for.
 * FILES-11 Of one process, one edit of a note goes on at a time.
 */
import { findGeneratedSection, type Note, parseNote, textProperty } from "../notes/note.ts";
import type { ReadOutcome } from "./read-note.ts";
import { isStamped } from "./stamp.ts";
import type { Store } from "./store.ts";

/** What came of an edit; `why` completes "the note was left alone: …". */
export type EditOutcome =
  | { kind: "edited" }
  | { kind: "unchanged" }
  | { kind: "absent" }
  | { kind: "refused"; why: string };

/** The note's new text; null to leave it as it is; or why it cannot be edited without harm. */
export type NewText = string | null | { kind: "refused"; why: string };

export interface EditOptions {
  /** Whether a note that is not the program's may be edited, because a person asked for it. */
  isByPerson?: boolean;
}

/** How long a note is left alone after another program changed it, ms… */
const QUIET_MS = 3_000;
/** …and how long an edit waits for that at most: somebody who types saves again and again. */
const MAX_WAIT_MS = 15_000;
/** An editor that replaces a file by another has done so within this time, ms. */
const REPLACING_MS = 50;
const MAX_TRIES = 50;

/** Edits under way, by the vault and the path. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Changes a note. `change` may be called several times, and must give its result from the note alone. Throws
 * `vault.unwritable`, `vault.outside`, and what `change` throws.
 */
export function editNote(
  store: Store,
  path: string,
  change: (note: Note) => NewText,
  options: EditOptions = {},
): Promise<EditOutcome> {
  return inTurn(`${store.root}\0${path}`, () => editInTurn(store, path, change, options));
}

async function editInTurn(
  store: Store,
  path: string,
  change: (note: Note) => NewText,
  { isByPerson = false }: EditOptions,
): Promise<EditOutcome> {
  const decide = (text: string): NewText => {
    const note = parseNote(path, text);
    return isByPerson || isOurs(note) ? change(note) : { kind: "refused", why: "it is not a note of pleach" };
  };
  const remake = (text: string): string | null => {
    const decided = decide(text);
    return typeof decided === "string" ? decided : null;
  };
  const { clock } = store;
  const giveUpAt = clock.now() + MAX_WAIT_MS;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const read = await readPresent(store, path);
    if (read.kind === "absent") return { kind: "absent" };
    if (read.kind === "unusable") return { kind: "refused", why: read.why };
    if (!Buffer.from(read.text, "utf8").equals(read.bytes)) return { kind: "refused", why: "it is not valid UTF-8" };
    const decided = decide(read.text);
    if (typeof decided === "object" && decided !== null) return { kind: "refused", why: decided.why };
    if (decided === null || decided === read.text) return { kind: "unchanged" };
    if (read.isReadOnly) return { kind: "refused", why: "it is read-only" };
    const leftMs = findRest(read, clock.now());
    if (leftMs > 0) {
      if (clock.now() + leftMs > giveUpAt) return { kind: "refused", why: "somebody is writing it" };
      await clock.wait(leftMs);
      tries -= 1;
    } else if ((await store.replace(path, read.bytes, decided, remake)).kind === "ok") return { kind: "edited" };
  }
  return { kind: "refused", why: "another program kept changing it" };
}

/** Reads a note; one that is not there is looked for again (FILES-10). */
async function readPresent(store: Store, path: string): Promise<ReadOutcome> {
  const read = await store.read(path);
  if (read.kind !== "absent") return read;
  await store.clock.wait(REPLACING_MS);
  return store.read(path);
}

/** For how much longer a note is left alone (FILES-9), ms. A time in the future is another clock's. */
function findRest(read: Extract<ReadOutcome, { kind: "ok" }>, nowMs: number): number {
  const restMs = QUIET_MS - Math.abs(nowMs - Number(read.mtimeNs / 1_000_000n));
  return restMs > 0 && !isStamped(read.bytes, read.mtimeNs) ? restMs : 0;
}

async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  const over = mine.catch(() => undefined);
  turns.set(key, over);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === over) turns.delete(key);
  }
}

/** Types of the notes that the program makes. All others belong to people and other programs: they are only read. */
const OWN_TYPES: ReadonlySet<string> = new Set(["pattern", "run", "insight", "map"]);

/** Whether the program made a note (its type, schema and id say so), or keeps a section of it. */
function isOurs(note: Note): boolean {
  if (findGeneratedSection(note).kind !== "absent") return true;
  return (
    OWN_TYPES.has(textProperty(note, "type") ?? "") &&
    textProperty(note, "schema") !== undefined &&
    /^\d{14}-[0-9a-z]{4}$/.test(textProperty(note, "id") ?? "")
  );
}
