/**
 * The files of one vault: reading, creating, replacing. It knows no note types. A store that was opened for
 * reading has no way to write.
 *
 * FILES-1 Nothing is read or written outside the vault: symbolic links inside it are not followed.
 * FILES-2 A note is created whole or not at all, and never over another (a link to a finished temporary file; on a disk
 *    without hard links, a program that is killed at the wrong moment leaves an empty one), nor over one whose name
 *    differs in case or normalisation only: on some disks both are one file.
 * FILES-3 A note is replaced only while its bytes are those the new text was made from; else `moved`, and the caller
 *    merges again. The path always leads to a whole note, and saves of other programs meanwhile are kept: `replace.ts`
 *    says how, and what it cannot keep.
 * FILES-4 A note that is not valid UTF-8, or too big, is never rewritten.
 */
import { link, lstat, mkdir, open, readdir, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { createFile, isWithin, moveTo, syncFolder } from "../../safe-files/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import { hasNoLinks, isGone, outside, unwritable } from "./disk.ts";
import { LateSaves, type Remake } from "./late-saves.ts";
import { nameTemporary } from "./own-files.ts";
import { type ReadOutcome, readNoteFile } from "./read-note.ts";
import { replaceFile } from "./replace.ts";
import { stampFile } from "./stamp.ts";
import { showPath } from "./walk.ts";

export type ReplaceOutcome = { kind: "ok" } | { kind: "moved" };

/** A vault, or another folder of notes, that is only read. */
export interface ReadStore {
  /** The folder's real path. */
  readonly root: string;
  /** Never throws. */
  read(path: string): Promise<ReadOutcome>;
  /** Whether anything stands at the path, hidden files included. */
  has(path: string): Promise<boolean>;
}

/** The vault that is written. */
export interface Store extends ReadStore {
  /** By which edits wait. */
  readonly clock: Clock;
  /**
   * Creates a file and the folders above it; `exists` when there is one already, be it in another spelling. Throws
   * `vault.unwritable`, `vault.outside`.
   */
  create(path: string, content: string | Uint8Array): Promise<"created" | "exists">;
  /**
   * Replaces a file read before. What another program saves into the replaced file late is merged: `remake` makes
   * the edit again on it. Throws `vault.unwritable`, `vault.outside`.
   */
  replace(path: string, before: Buffer, content: string | Uint8Array, remake?: Remake): Promise<ReplaceOutcome>;
  /** Removes one of the program's own files, if it is there. Throws `vault.unwritable`, `vault.outside`. */
  remove(path: string): Promise<void>;
  /** Resolves when no replaced file is looked at for late saves any more: after a fraction of a second. */
  settle(): Promise<void>;
}

/** Opens a vault's folder for writing, creating it when absent. Throws `vault.unwritable`, `vault.unreadable`. */
export async function createStore(dir: string, clock: Clock = systemClock): Promise<Store> {
  try {
    await makeFolders(dir);
  } catch (thrown) {
    throw unwritable(dir, thrown);
  }
  const root = await findRoot(dir);
  if (root === undefined) throw unwritable(dir, Object.assign(new Error("it is not a folder"), { code: "ENOTDIR" }));
  return new WrittenStore(root, clock);
}

/**
 * Makes a folder and those above it, one by one: where a folder can hold none (`/proc`), Node's own way tries without end.
 */
async function makeFolders(dir: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(dir); ; at = dirname(at)) {
    const code = await stat(at).then(() => undefined, codeOf);
    if (code !== "ENOENT" || dirname(at) === at) break;
    missing.push(at);
  }
  for (const folder of missing.reverse()) {
    await mkdir(folder).catch((thrown: unknown) => {
      if (codeOf(thrown) !== "EEXIST") throw thrown;
    });
  }
}

/** Opens a folder of notes for reading; undefined when there is none. Throws `vault.unreadable`. */
export async function openStore(dir: string): Promise<ReadStore | undefined> {
  const root = await findRoot(dir);
  return root === undefined ? undefined : new FolderStore(root);
}

async function findRoot(dir: string): Promise<string | undefined> {
  try {
    const root = await realpath(resolve(dir));
    return (await stat(root)).isDirectory() ? root : undefined;
  } catch (thrown) {
    if (isGone(thrown)) return undefined;
    throw new PleachError("vault.unreadable", `Cannot open the vault ${showPath(dir)}: ${messageOf(thrown)}`, {
      hint: "Check the folder's permissions, or name another vault.",
      file: dir,
      cause: thrown,
    });
  }
}

class FolderStore implements ReadStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  async read(path: string): Promise<ReadOutcome> {
    const file = join(this.root, path);
    const folder = dirname(file);
    const real = folder === this.root ? folder : await realpath(folder).catch(() => undefined);
    if (real === undefined) return { kind: "absent" };
    if (real !== folder || !isWithin(this.root, file)) return { kind: "unusable", why: "it lies outside the vault" };
    return readNoteFile(file);
  }

  has(path: string): Promise<boolean> {
    return lstat(join(this.root, path)).then(
      () => true,
      () => false,
    );
  }
}

class WrittenStore extends FolderStore implements Store {
  readonly clock: Clock;
  readonly #late: LateSaves;

  constructor(root: string, clock: Clock) {
    super(root);
    this.clock = clock;
    this.#late = new LateSaves(this, clock);
  }

  async create(path: string, content: string | Uint8Array): Promise<"created" | "exists"> {
    const file = join(this.root, path);
    const folder = await makeFolder(this.root, path);
    const temporary = join(folder, nameTemporary());
    try {
      if (await hasTwin(folder, file.slice(folder.length + 1))) return "exists";
      await createFile(temporary, content, { sync: true, finish: (handle) => stampFile(handle, content) });
      try {
        await link(temporary, file);
      } catch (thrown) {
        if (!hasNoLinks(thrown)) throw thrown;
        // A file system without hard links: an empty file takes the name, and the whole one its place.
        await (await open(file, "wx")).close();
        await moveTo(temporary, file);
      }
      await syncFolder(folder);
      return "created";
    } catch (thrown) {
      if (codeOf(thrown) === "EEXIST") return "exists";
      throw unwritable(file, thrown);
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async replace(path: string, before: Buffer, content: string | Uint8Array, remake?: Remake): Promise<ReplaceOutcome> {
    const after = Buffer.from(content);
    if (!(await isRealFolder(this.root, path))) return { kind: "moved" };
    const replaced = await replaceFile(join(this.root, path), before, after);
    if (replaced.kind === "moved") return { kind: "moved" };
    await this.#late.watch({ path, before, after, old: replaced.old, remake });
    return { kind: "ok" };
  }

  async remove(path: string): Promise<void> {
    if (!(await isRealFolder(this.root, path))) return;
    const file = join(this.root, path);
    try {
      await rm(file, { force: true });
      await syncFolder(dirname(file));
    } catch (thrown) {
      throw unwritable(file, thrown);
    }
  }

  settle(): Promise<void> {
    return this.#late.settle();
  }
}

/** Whether a folder has an entry of this name, or of one that some disks take for the same. */
async function hasTwin(folder: string, name: string): Promise<boolean> {
  const folded = fold(name);
  return (await readdir(folder)).some((other) => other === name || fold(other) === folded);
}

function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * The real folder of a path, created when absent; throws `vault.outside` when a link leads out of the vault (FILES-1).
 */
async function makeFolder(root: string, path: string): Promise<string> {
  const folder = dirname(join(root, path));
  if (!isWithin(root, folder)) throw outside(folder);
  const relative = folder.slice(root.length).split(sep).filter(Boolean);
  let at = root;
  try {
    for (const name of relative) {
      const above = at;
      at = join(at, name);
      const isNew = await mkdir(at).then(
        () => true,
        (thrown: unknown) => {
          if (codeOf(thrown) !== "EEXIST") throw thrown;
          return false;
        },
      );
      if (isNew) await syncFolder(above);
      else if ((await realpath(at)) !== at) throw outside(at);
    }
  } catch (thrown) {
    throw thrown instanceof PleachError ? thrown : unwritable(at, thrown);
  }
  return folder;
}

/** Whether the folder of a path is there; throws `vault.outside` when a link leads out of the vault (FILES-1). */
async function isRealFolder(root: string, path: string): Promise<boolean> {
  const folder = dirname(join(root, path));
  if (!isWithin(root, folder)) throw outside(folder);
  try {
    if ((await realpath(folder)) !== folder) throw outside(folder);
    return true;
  } catch (thrown) {
    if (isGone(thrown)) return false;
    throw thrown instanceof PleachError ? thrown : unwritable(folder, thrown);
  }
}
