/**
 * The public face of the vault, `pleach/vault`: notes of one vault that is written and of any number that are only read,
 * searched and linked. Reading, counting and searching happen in a thread of their own; writing happens here.
 *
 * O1 Only the written vault is ever changed, and only by the four functions that say so.
 * O2 A vault that is not there is empty, and is made by the first note that is created.
 */
import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EditOutcome, NewText } from "./files/edit-note.ts";
import { arrangeSources, type Source, toSource } from "./files/sources.ts";
import type { NotePlace, NoteSummary, NoteView, SearchResult, VaultChanges } from "./library/model.ts";
import type { LibraryEvent, LibraryPort, OpenPort } from "./library/port.ts";
import type { LinkTrouble } from "./links/graph.ts";
import type { Value } from "./notes/frontmatter.ts";
import type { Note } from "./notes/note.ts";

export type { EditOutcome, NewText } from "./files/edit-note.ts";
export type { Source } from "./files/sources.ts";
export type { NotePlace, NoteSummary, NoteView, SearchResult, VaultChanges } from "./library/model.ts";
export type { Backlink, LinkTrouble, ResolvedLink } from "./links/graph.ts";
export type { Note } from "./notes/note.ts";
export type { NoteLink, NoteStructure } from "./notes/structure.ts";

export interface VaultOptions {
  /** Further vaults, and folders of which some files count as notes; never written. */
  read?: readonly (string | Source)[];
  /** Whether changes on disk are noticed without `refresh`. Default: false. */
  watch?: boolean;
  /** Where what was read is kept for the next time; null for nowhere. Default: `.pleach` in the written vault. */
  cacheDir?: string | null;
  /** Where notes are read: `thread` (default), or `here`, in the caller's own thread. */
  readIn?: "thread" | "here";
}

export interface Vault {
  /** The written vault's folder, as it was given. */
  readonly dir: string;
  /** What is read, by the numbers that places of notes name; 0 is the written vault. */
  readonly sources: readonly Source[];
  /** What was skipped when it was last looked at, and why: one sentence each. */
  readonly warnings: readonly string[];
  /** Notes that hold some of the words, best first, at most `limit` (20); nothing in the words is syntax. */
  search(words: string, limit?: number, signal?: AbortSignal): Promise<SearchResult[]>;
  notes(): Promise<NoteSummary[]>;
  /** A note with what it consists of and its links both ways; undefined when it is not there. */
  note(path: string, vault?: number, signal?: AbortSignal): Promise<NoteView | undefined>;
  /** Links that lead nowhere, or to several files. */
  troubles(vault?: number, signal?: AbortSignal): Promise<LinkTrouble[]>;
  /** Looks at all files, reads those that may have changed, and tells what did. */
  refresh(signal?: AbortSignal): Promise<VaultChanges>;
  /** Creates a note, whole or not at all; never over another. */
  create(path: string, text: string): Promise<"created" | "exists">;
  /** Changes a note; `change` is called again when another program saved it meanwhile. */
  edit(path: string, change: (note: Note) => NewText): Promise<EditOutcome>;
  /** Sets properties, every other byte staying as it is. */
  setProperties(path: string, changes: Readonly<Record<string, Value>>): Promise<EditOutcome>;
  /** Calls the listener after each change that is noticed; returns what ends that. */
  onChanged(listener: (changes: VaultChanges) => void): () => void;
  /** Ends everything; what is still being asked rejects with `vault.closed`. */
  close(): Promise<void>;
}

const usualLimit = 20;

/**
 * Opens a vault and looks at all its notes once. Rejects only when the thread that reads cannot be started
 * (`vault.threadDied`): notes and vaults that cannot be read are warnings.
 */
export async function openVault(dir: string, options: VaultOptions = {}): Promise<Vault> {
  const sources = arrangeSources([{ dir, isWritten: true }, ...(options.read ?? []).map(toSource)]);
  const listeners = new Set<(changes: VaultChanges) => void>();
  let warnings: readonly string[] = [];
  const hear = (event: LibraryEvent) => {
    if (event.kind === "changed") for (const listener of listeners) listener(event.changes);
    else warnings = [...warnings, `The thread that reads the vault died and was started again: ${event.why}`];
  };
  const openPort = await choosePort(options.readIn);
  const port = openPort(hear);
  const cacheFolder = options.cacheDir === undefined ? findCacheFolder(dir) : options.cacheDir;
  try {
    ({ warnings } = await port.ask("open", [{ sources, cacheFolder, isWatching: options.watch ?? false }]));
  } catch (thrown) {
    await port.close();
    throw thrown;
  }
  return {
    dir,
    sources,
    get warnings() {
      return warnings;
    },
    search: (words, limit = usualLimit, signal) => port.ask("search", [words, limit], signal),
    notes: () => port.ask("notes", []),
    note: (path, vault = 0, signal) => port.ask("note", [{ vault, path }], signal),
    troubles: (vault = 0, signal) => port.ask("troubles", [vault], signal),
    refresh: async (signal) => {
      const changes = await port.ask("refresh", [], signal);
      warnings = changes.warnings;
      return changes;
    },
    ...writeInto(dir, port),
    onChanged: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => port.close(),
  };
}

/** The functions that change the written vault (O1); the library looks at what they wrote before they resolve. */
function writeInto(dir: string, port: LibraryPort): Pick<Vault, "create" | "edit" | "setProperties"> {
  const look = (path: string): Promise<unknown> => port.ask("look", [[{ vault: 0, path } satisfies NotePlace]]);
  const edit: Vault["edit"] = async (path, change) => {
    const { openStore } = await import("./files/store.ts");
    const { editNote } = await import("./files/edit-note.ts");
    const store = await openStore(dir);
    if (store === undefined) return { kind: "absent" };
    const outcome = await editNote(store, path, change, { isByPerson: true });
    if (outcome.kind === "edited") await look(path);
    return outcome;
  };
  return {
    create: async (path, text) => {
      const { createStore } = await import("./files/store.ts");
      const outcome = await (await createStore(dir)).create(path, text);
      if (outcome === "created") await look(path);
      return outcome;
    },
    edit,
    setProperties: async (path, changes) => {
      const { spliceFrontmatter } = await import("./notes/frontmatter.ts");
      return edit(path, ({ text }) => {
        const spliced = spliceFrontmatter(text, new Map(Object.entries(changes)));
        return spliced.kind === "ok" ? spliced.text : { kind: "refused", why: spliced.why };
      });
    },
  };
}

/** Node runs compiled modules only in threads; the sources, as tests run them, stay in the caller's. */
async function choosePort(readIn: VaultOptions["readIn"]): Promise<OpenPort> {
  const place = readIn ?? (import.meta.url.endsWith(".ts") ? "here" : "thread");
  return place === "here"
    ? (await import("./library/local-port.ts")).openLocalPort
    : (await import("./library/thread-port.ts")).openThreadPort;
}

/** A folder of the vault's own; none when there is no vault yet. */
function findCacheFolder(dir: string): string | null {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  return join(realpathSync(dir), ".pleach");
}
