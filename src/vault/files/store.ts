/**
 * The files of one vault: listing, reading, creating, replacing. It knows no note types.
 *
 * S1 Nothing is read or written outside the vault: symbolic links inside it are not followed.
 * S2 A note is created whole or not at all, and never over another (a link to a finished temporary file).
 * S3 A note is replaced only while its bytes are those the new text was made from; else `moved`, and the caller
 *    merges again. The temporary file lies in the same folder, is synced, then renamed.
 * S4 A note that is not valid UTF-8, or too big, is never rewritten.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { codeOf, messageOf, PleachError } from "../../errors.ts";
import { listEntries } from "./sources.ts";

/** Bigger notes are not read: no person wrote them, and one of them would cost more than all others together. */
export const maxNoteBytes = 5 * 1024 * 1024;

export type ReadOutcome =
  | { kind: "ok"; text: string; bytes: Buffer }
  | { kind: "absent" }
  /** Exists and cannot be used; `why` completes "the note was skipped: …". */
  | { kind: "unusable"; why: string };

export type ReplaceOutcome = { kind: "ok" } | { kind: "moved" };

export interface Store {
  /** The vault's real path. */
  readonly root: string;
  /** Paths of all notes relative to the vault, with `/`, sorted; hidden folders and links are left out. */
  list(): Promise<{ paths: string[]; warnings: string[] }>;
  read(path: string): Promise<ReadOutcome>;
  /** Creates a file; `exists` when there is one already. Throws `vault.unwritable`, `vault.outside`. */
  create(path: string, content: string | Buffer): Promise<"created" | "exists">;
  /** Replaces a note read before. Throws `vault.unwritable`, `vault.outside`. */
  replace(path: string, before: Buffer, text: string): Promise<ReplaceOutcome>;
  /** Whether anything stands at the path, hidden files included. */
  has(path: string): Promise<boolean>;
  /** Removes one of the program's own files, if it is there. Throws `vault.unwritable`, `vault.outside`. */
  remove(path: string): Promise<void>;
}

/** Opens a vault's folder, creating it when absent. Throws `vault.unwritable`. */
export async function createStore(dir: string): Promise<Store> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (thrown) {
    throw unwritable(dir, thrown);
  }
  const store = await openStore(dir);
  if (store === undefined) throw unwritable(dir, new Error("it is not a folder"));
  return store;
}

/** Opens a vault's folder for reading; undefined when there is none. */
export async function openStore(dir: string): Promise<Store | undefined> {
  let root: string;
  try {
    root = await realpath(resolve(dir));
    if (!(await stat(root)).isDirectory()) return undefined;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new PleachError("vault.unreadable", `Cannot open the vault ${dir}: ${messageOf(thrown)}`, {
      hint: "Check the folder's permissions, or name another vault.",
      file: dir,
      cause: thrown,
    });
  }
  return {
    root,
    list: () => listNotes(root),
    read: (path) => readNoteFile(root, path),
    create: (path, content) => createFile(root, path, content),
    replace: (path, before, text) => replaceFile(root, path, before, text),
    has: (path) =>
      lstat(join(root, path)).then(
        () => true,
        () => false,
      ),
    remove: (path) => removeFile(root, path),
  };
}

async function listNotes(root: string): Promise<{ paths: string[]; warnings: string[] }> {
  const { entries, warnings } = await listEntries({ dir: root, isWritten: false });
  return { paths: entries.map(({ path }) => path), warnings };
}

async function readNoteFile(root: string, path: string): Promise<ReadOutcome> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile()) return { kind: "unusable", why: "it is no ordinary file" };
    if (facts.size > maxNoteBytes)
      return { kind: "unusable", why: `it is larger than ${maxNoteBytes / 1024 / 1024} MB` };
    const bytes = await handle.readFile();
    return { kind: "ok", text: bytes.toString("utf8"), bytes };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    return { kind: "unusable", why: code === "ELOOP" ? "it is a symbolic link" : messageOf(thrown) };
  } finally {
    await handle?.close();
  }
}

async function createFile(root: string, path: string, content: string | Buffer): Promise<"created" | "exists"> {
  const file = join(root, path);
  const folder = await makeFolder(root, path);
  try {
    await lstat(file);
    return "exists";
  } catch {
    // Absent, as hoped; the link below decides.
  }
  const temporary = temporaryIn(folder);
  try {
    await writeSynced(temporary, content, 0o666);
    try {
      await link(temporary, file);
    } catch (thrown) {
      if (codeOf(thrown) === "EEXIST") return "exists";
      if (!hasNoLinks(thrown)) throw thrown;
      // A file system without hard links: created exclusively, then filled.
      await writeSynced(file, content, 0o666);
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

async function replaceFile(root: string, path: string, before: Buffer, text: string): Promise<ReplaceOutcome> {
  const file = join(root, path);
  const folder = await makeFolder(root, path);
  const temporary = temporaryIn(folder);
  try {
    const { mode } = await lstat(file);
    await writeSynced(temporary, text, mode & 0o777);
    const now = await readNoteFile(root, path);
    if (now.kind !== "ok" || !now.bytes.equals(before)) return { kind: "moved" };
    await rename(temporary, file);
    await syncFolder(folder);
    return { kind: "ok" };
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return { kind: "moved" };
    throw unwritable(file, thrown);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function removeFile(root: string, path: string): Promise<void> {
  const folder = await makeFolder(root, path);
  try {
    await rm(join(root, path), { force: true });
    await syncFolder(folder);
  } catch (thrown) {
    throw unwritable(join(root, path), thrown);
  }
}

/** The real folder of a path, created when absent; throws `vault.outside` when a link leads out of the vault (S1). */
async function makeFolder(root: string, path: string): Promise<string> {
  const folder = dirname(join(root, path));
  if (folder !== root && !folder.startsWith(root + sep)) throw outside(folder);
  const relative = folder.slice(root.length).split(sep).filter(Boolean);
  let at = root;
  try {
    for (const name of relative) {
      at = join(at, name);
      await mkdir(at).catch((thrown: unknown) => {
        if (codeOf(thrown) !== "EEXIST") throw thrown;
      });
      const real = await realpath(at);
      if (real !== at) throw outside(at);
    }
  } catch (thrown) {
    throw thrown instanceof PleachError ? thrown : unwritable(at, thrown);
  }
  return folder;
}

async function writeSynced(file: string, content: string | Buffer, mode: number): Promise<void> {
  const handle = await open(file, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename survive a power cut; where folders cannot be synced, the rename is still atomic. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** A new name for a file that is written aside first; hidden, and unlike any note's. */
export function temporaryIn(folder: string): string {
  return join(folder, `.pleach-${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
}

function outside(folder: string): PleachError {
  return new PleachError("vault.outside", `Will not write to ${folder}: it is a link, or lies outside the vault`, {
    hint: "Replace the link by a real folder, or name the folder it leads to as the vault.",
    file: folder,
  });
}

/** The error for a vault that cannot be written, with the way out that fits the cause. */
export function unwritable(file: string, cause: unknown): PleachError {
  const code = codeOf(cause);
  const hint =
    code === "ENOSPC" || code === "EDQUOT"
      ? "Free some space on the disk; nothing that was in the vault is lost."
      : code === "ENOTDIR" || code === "EEXIST" || code === "EISDIR"
        ? "A file stands where a folder is needed (or the other way round): move it away, or name another vault."
        : "Make the vault's folder writable, or name another one with --vault.";
  return new PleachError("vault.unwritable", `Cannot write to the vault at ${file}: ${messageOf(cause)}`, {
    hint,
    file,
    cause,
  });
}

/** Whether the file system refused because it has no hard links. */
export function hasNoLinks(thrown: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(thrown) ?? "");
}
