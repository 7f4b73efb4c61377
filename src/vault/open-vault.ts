/**
 * The public face of the vault, `pleach/vault`: notes of one vault that is written and of any number that are only read,
 * searched and linked. Reading, counting and searching happen in a thread of their own; writing happens here.
 *
 * O1 Only the written vault is ever changed, and only by the functions of `VaultWriter`.
 * O2 A vault that is not there is empty, and is made by the first note that is created.
 */
import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EditOutcome } from "./files/edit-note.ts";
import { arrangeSources, type Source, toSource } from "./files/sources.ts";
import type { VaultWriter } from "./files/vault-writer.ts";
import type { NotePlace, NoteSummary, NoteView, SearchResult, VaultChanges } from "./library/model.ts";
import type { LibraryEvent, LibraryPort, OpenPort } from "./library/port.ts";
import type { LinkTrouble } from "./links/graph.ts";

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

export interface Vault extends VaultWriter {
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
function writeInto(dir: string, port: LibraryPort): VaultWriter {
  // Loaded when something is written: most who open a vault only read.
  let opened: Promise<VaultWriter> | undefined;
  const open = (): Promise<VaultWriter> => {
    opened ??= import("./files/vault-writer.ts").then(({ openWriter }) => openWriter(dir));
    return opened;
  };
  const look = (path: string): Promise<unknown> => port.ask("look", [[{ vault: 0, path } satisfies NotePlace]]);
  const edit = async (path: string, by: (writer: VaultWriter) => Promise<EditOutcome>): Promise<EditOutcome> => {
    const outcome = await by(await open());
    if (outcome.kind === "edited") await look(path);
    return outcome;
  };
  return {
    create: async (path, text) => {
      const outcome = await (await open()).create(path, text);
      if (outcome === "created") await look(path);
      return outcome;
    },
    edit: (path, change) => edit(path, (writer) => writer.edit(path, change)),
    setProperties: (path, changes) => edit(path, (writer) => writer.setProperties(path, changes)),
    replaceSection: (path, heading, text) => edit(path, (writer) => writer.replaceSection(path, heading, text)),
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
