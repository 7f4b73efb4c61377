/**
 * An open vault: notes of one vault that is written and of any number that are only read, searched and linked. Reading,
 * counting and searching happen in a thread of their own; writing happens here.
 *
 * VAULT-1 Only the written vault is ever changed, and only by the four functions that say so.
 * VAULT-2 A vault that is not there is empty, and is made by the first note that is created.
 */

import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { checkArgument, checkNames, checkOptions } from "../../arguments/check-arguments.ts";
import { arrangeSources, type Source, toSource } from "../files/sources.ts";
import type { VaultWriter } from "../files/vault-writer.ts";
import type { LinkProblem } from "../links/graph.ts";
import type { NotePlace, NoteSummary, NoteView, SearchResult, VaultChanges } from "./model.ts";
import type { LibraryEvent, LibraryPort, OpenPort } from "./port.ts";

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

/** What changes the written vault; an edit waits a while for a person who is writing the same note. */
type Writing = Omit<VaultWriter, "settle">;

export interface Vault extends Writing {
  /** The written vault's folder, as it was given. */
  readonly dir: string;
  /** What is read, by the numbers that places of notes name; 0 is the written vault. */
  readonly sources: readonly Source[];
  /** What was skipped when it was last looked at, and why: one sentence each. */
  readonly warnings: readonly string[];
  /** Notes that hold some of the words, best first, at most `limit` (20); nothing in the words is syntax. */
  search(words: string, limit?: number, signal?: AbortSignal): Promise<SearchResult[]>;
  notes(): Promise<NoteSummary[]>;
  /**
   * A note with what it consists of and its links both ways; undefined when it is not there. Here and below a path is that
   * in the vault, or one that `search` gave.
   */
  note(path: string, vault?: number, signal?: AbortSignal): Promise<NoteView | undefined>;
  /** A note's text as it is on disk; undefined when it is not there or cannot be read. */
  text(path: string, vault?: number): Promise<string | undefined>;
  /** Links that lead nowhere, or to several files. */
  linkProblems(vault?: number, signal?: AbortSignal): Promise<LinkProblem[]>;
  /** Looks at all files, reads those that may have changed, and tells what did. */
  refresh(signal?: AbortSignal): Promise<VaultChanges>;
  /** Calls the listener after each change that is noticed; returns what ends that. */
  onChanged(listener: (changes: VaultChanges) => void): () => void;
  /** Ends everything; what is still being asked rejects with `vault.closed`. */
  close(): Promise<void>;
}

const USUAL_LIMIT = 20;

/**
 * Opens a vault and looks at all its notes once. Rejects only when the thread that reads cannot be started
 * (`vault.threadDied`): notes and vaults that cannot be read are warnings.
 */
export async function openVault(dir: string, options: VaultOptions = {}): Promise<Vault> {
  checkArgument("the folder of openVault", dir, "string");
  checkOptions("openVault", options, { read: "list?", watch: "boolean?", cacheDir: "any?", readIn: "string?" });
  if (options.readIn !== undefined) checkNames("readIn of openVault cannot be", [options.readIn], ["thread", "here"]);
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
  // Made when it is needed: whoever only searches does without.
  let opened: Promise<VaultWriter> | undefined;
  const writing = (): Promise<VaultWriter> => {
    opened ??= writeInto(dir, port);
    return opened;
  };
  const ownPath = (path: string): string => placeOf(sources.slice(0, 1), path, undefined).path;
  return {
    dir,
    sources,
    get warnings() {
      return warnings;
    },
    search: (words, limit = USUAL_LIMIT, signal) => port.ask("search", [words, limit], signal),
    notes: () => port.ask("notes", []),
    note: (path, vault, signal) => port.ask("note", [placeOf(sources, path, vault)], signal),
    text: async (path, vault) => {
      const { openStore } = await import("../files/store.ts");
      const place = placeOf(sources, path, vault);
      const source = sources[place.vault];
      const read = source && (await (await openStore(source.dir))?.read(place.path));
      return read?.kind === "ok" ? read.text : undefined;
    },
    linkProblems: (vault = 0, signal) => port.ask("linkProblems", [vault], signal),
    refresh: async (signal) => {
      const changes = await port.ask("refresh", [], signal);
      warnings = changes.warnings;
      return changes;
    },
    create: async (...args) => (await writing()).create(...args),
    edit: async (path, ...args) => (await writing()).edit(ownPath(path), ...args),
    setProperties: async (path, ...args) => (await writing()).setProperties(ownPath(path), ...args),
    replaceSection: async (path, ...args) => (await writing()).replaceSection(ownPath(path), ...args),
    onChanged: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await (await opened)?.settle();
      await port.close();
    },
  };
}

/**
 * Where a note lies: a path in its vault, or one as `search` gives it, which begins with the vault's folder. What is there
 * as it was given comes first, since a vault may hold a folder of its own name.
 */
function placeOf(sources: readonly Source[], path: string, vault: number | undefined): NotePlace {
  const given = { vault: vault ?? 0, path };
  const source = sources[given.vault];
  const isInside = !isAbsolute(path) && !normalize(path).startsWith("..");
  if (source === undefined) return given;
  if (isInside && statSync(join(source.dir, path), { throwIfNoEntry: false }) !== undefined) return given;
  for (const [at, { dir }] of sources.entries()) {
    const folder = join(dir, "/");
    if ((vault ?? at) === at && path.startsWith(folder)) return { vault: at, path: path.slice(folder.length) };
  }
  return given;
}

/** The functions that change the written vault (VAULT-1); the library looks at what they wrote before they resolve. */
async function writeInto(dir: string, port: LibraryPort): Promise<VaultWriter> {
  const { openWriter } = await import("../files/vault-writer.ts");
  const writer = openWriter(dir);
  const look = async <Outcome>(path: string, writing: Promise<Outcome>): Promise<Outcome> => {
    const outcome = await writing;
    await port.ask("look", [[{ vault: 0, path }]]);
    return outcome;
  };
  return {
    create: (path, text) => look(path, writer.create(path, text)),
    edit: (path, change) => look(path, writer.edit(path, change)),
    setProperties: (path, changes) => look(path, writer.setProperties(path, changes)),
    replaceSection: (path, heading, text) => look(path, writer.replaceSection(path, heading, text)),
    settle: () => writer.settle(),
  };
}

/** Node runs compiled modules only in threads; the sources, as tests run them, stay in the caller's. */
async function choosePort(readIn: VaultOptions["readIn"]): Promise<OpenPort> {
  const place = readIn ?? (import.meta.url.endsWith(".ts") ? "here" : "thread");
  return place === "here"
    ? (await import("./local-port.ts")).openLocalPort
    : (await import("./thread-port.ts")).openThreadPort;
}

/** A folder of the vault's own; none when there is no vault yet. */
function findCacheFolder(dir: string): string | null {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  return join(realpathSync(dir), ".pleach");
}
