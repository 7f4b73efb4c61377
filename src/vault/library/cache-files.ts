/**
 * Cache files on disk, one a source. They are never needed: what cannot be read or written is as if it were not
 * there, and whoever deletes the folder loses nothing but time.
 *
 * VAULT-10 A file is written aside, synced and renamed, so that it is whole at any moment; of several writers the last
 *    wins.
 * VAULT-11 The folder is hidden from Obsidian by its name, and from git by a file of its own.
 * VAULT-12 It holds what is in use: files that nobody wrote for long, and what killed writers left, are removed.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";

/** A larger file is no cache of notes that a person wrote. */
const MAX_CACHE_BYTES = 512 * 1024 * 1024;
const HOUR_MS = 3_600_000;
const UNUSED_AFTER_MS = 60 * 24 * HOUR_MS;

/** The name of a source's cache file. */
export function cacheNameOf(...identity: readonly string[]): string {
  return `${createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16)}.cache`;
}

/** A cache file's bytes; undefined when there is none that can be read. */
export async function readCacheFile(folder: string, name: string): Promise<Buffer | undefined> {
  const read = await readUntrustedFile(join(folder, name), { maxBytes: MAX_CACHE_BYTES });
  return read.kind === "read" ? read.bytes : undefined;
}

/** Writes a cache file (VAULT-10); false when that is not possible here. */
export async function writeCacheFile(folder: string, name: string, bytes: Buffer): Promise<boolean> {
  if (bytes.length > MAX_CACHE_BYTES) return false;
  try {
    if (!(await makeFolder(folder))) return false;
    await writeAtomically(join(folder, name), bytes, { durability: "whole" });
    await removeUnused(folder);
    return true;
  } catch {
    return false;
  }
}

/** The folder with its `.gitignore` (VAULT-11); false when something else stands there, a link included. */
async function makeFolder(folder: string): Promise<boolean> {
  await mkdir(folder).catch(() => undefined);
  if (!(await lstat(folder)).isDirectory()) return false;
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined);
  return true;
}

async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const limitMs = name.endsWith(".tmp") ? HOUR_MS : name.endsWith(".cache") ? UNUSED_AFTER_MS : undefined;
    if (limitMs === undefined) continue;
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > limitMs) await rm(join(folder, name), { force: true });
  }
}
