/**
 * Writes files whole or not at all: a new file beside the old one, then a rename over it. Whoever reads the path, at any
 * moment and after a crash of this program, finds the old content or the new. What a killed writer leaves is a hidden file
 * `.pleach-*.tmp`.
 *
 * SAFE-1 The new file is created exclusively under a name that nobody can foresee, so that no link planted there is
 *        followed; a link at the path itself is replaced, not followed.
 * SAFE-2 A file that is replaced keeps its mode, and its owner where that is allowed, unless a mode is asked for.
 *
 * Not promised: that nobody else wrote the old file meanwhile. Who must not lose that looks before (the vault does).
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * What holds after a power cut. `none`: the file may be empty or gone. `whole`: it is the old one or the new one.
 * `kept`: it is the new one, once this resolved.
 */
export type Durability = "none" | "whole" | "kept";

export interface WriteOptions {
  durability: Durability;
  /** Exactly this mode. Default: that of the file that is replaced, or 0o666 as the umask leaves it. */
  mode?: number;
}

/** Replaces a file, or creates it in a folder that is there. Rejects with the error of the disk; then nothing changed. */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  { durability, mode }: WriteOptions,
): Promise<void> {
  const rights = rightsOf(mode === undefined ? await lstat(file).catch(() => undefined) : undefined, mode);
  const aside = nameAside(file);
  try {
    await createFile(aside, content, {
      mode: firstModeOf(rights),
      sync: durability !== "none",
      finish: async (handle) => {
        if (rights?.owner !== undefined) await handle.chown(...rights.owner).catch(() => undefined);
        if (rights !== undefined) await handle.chmod(rights.mode);
      },
    });
    await rename(aside, file);
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw thrown;
  }
  if (durability === "kept") await syncFolder(dirname(file));
}

/** As `writeAtomically`, without leaving the thread. */
export function writeAtomicallySync(
  file: string,
  content: string | Uint8Array,
  { durability, mode }: WriteOptions & { durability: "none" | "whole" },
): void {
  const rights = rightsOf(mode === undefined ? lstatSync(file, { throwIfNoEntry: false }) : undefined, mode);
  const aside = nameAside(file);
  try {
    const opened = openSync(aside, "wx", firstModeOf(rights));
    try {
      writeFileSync(opened, content);
      if (rights?.owner !== undefined) ignoreError(fchownSync, opened, ...rights.owner);
      if (rights !== undefined) fchmodSync(opened, rights.mode);
      if (durability === "whole") fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    renameSync(aside, file);
  } catch (thrown) {
    ignoreError(rmSync, aside, { force: true });
    throw thrown;
  }
}

/**
 * Creates a file exclusively (`EEXIST`, also for a link) and resolves once it is whole, with `sync` on the disk. `finish`
 * may set what else it has before that. What a failed one leaves is the caller's to remove.
 */
export async function createFile(
  file: string,
  content: string | Uint8Array,
  { mode, sync, finish }: { mode?: number; sync: boolean; finish?: (handle: FileHandle) => Promise<void> },
): Promise<void> {
  const handle = await open(file, "wx", mode);
  try {
    await handle.writeFile(content);
    await finish?.(handle);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes new names of a folder survive a power cut; where folders cannot be synced, they are kept as far as they are. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Gives a file or folder another name on the same disk, in one step; a file, or an empty folder, of that name is replaced.
 * For what was written whole: to write a file anew is `writeAtomically`.
 */
export function moveTo(from: string | Buffer, to: string): Promise<void> {
  return rename(from, to);
}

/** As `moveTo`, without leaving the thread. */
export function moveToSync(from: string, to: string): void {
  renameSync(from, to);
}

interface Rights {
  mode: number;
  /** User and group; undefined for those of this process. */
  owner: [number, number] | undefined;
}

/** What the new file is to have (SAFE-2); undefined for what any new file has. */
function rightsOf(old: Stats | undefined, mode: number | undefined): Rights | undefined {
  if (mode !== undefined) return { mode, owner: undefined };
  if (old === undefined || !old.isFile()) return undefined;
  const isOwn = old.uid === process.geteuid?.() && old.gid === process.getegid?.();
  return { mode: old.mode & 0o777, owner: isOwn ? undefined : [old.uid, old.gid] };
}

/** While it is being written, nobody else reads what only some may. */
const firstModeOf = (rights: Rights | undefined): number => (rights === undefined ? 0o666 : 0o600);

const nameAside = (file: string): string =>
  join(dirname(file), `.pleach-${process.pid}-${randomBytes(6).toString("hex")}.tmp`);

/** Only root may give a file away, and everybody else has it in their own name; what cannot be removed is left. */
function ignoreError<Args extends unknown[]>(change: (...args: Args) => void, ...args: Args): void {
  try {
    change(...args);
  } catch {}
}
