/**
 * Looks through all folders of a worktree, those that git leaves out among them: repositories that somebody made or
 * cloned there, and whether anything below a folder was written since a moment. Links are not followed, so no loop of
 * them matters. A folder that its maker closed to us is opened: git, too, would pass it by, and its files would go unseen.
 */
import type { Dirent } from "node:fs";
import { chmod, lstat, readdir } from "node:fs/promises";
import { codeOf } from "../../errors.ts";
import { isWithin, type RawPath, toRawPath } from "./raw-path.ts";
import { underRoot } from "./tree-changes.ts";

/** Folders that are read at the same time. */
const AT_ONCE = 16;

/** Folders below `root` that hold a `.git` of their own, outer ones first; nothing at or below `skipped` is looked at. */
export async function findRepositories(root: string, skipped: readonly RawPath[]): Promise<RawPath[]> {
  const found: RawPath[] = [];
  await walk(root, "" as RawPath, async (folder, entries) => {
    if (folder !== "" && entries.some(({ name }) => name === ".git")) found.push(folder);
    return entries.filter(
      (entry) => entry.isDirectory() && entry.name !== ".git" && !isWithin(below(folder, entry), skipped),
    );
  });
  return found.sort();
}

/**
 * Whether anything at or below `path` was written, renamed or removed at or after a moment, by change times, which no
 * program can set. What git keeps in a `.git` does not count.
 */
export async function isTouchedSince(root: string, path: RawPath, sinceNs: bigint): Promise<boolean> {
  const isNew = async (file: RawPath): Promise<boolean> => {
    const found = await lstat(underRoot(root, file), { bigint: true }).catch(() => null);
    return found !== null && found.ctimeNs >= sinceNs;
  };
  if (await isNew(path)) return true;
  let isTouched = false;
  await walk(root, path, async (folder, entries) => {
    if (isTouched) return [];
    const own = entries.filter(({ name }) => name !== ".git");
    for (const entry of own) {
      if (await isNew(below(folder, entry))) isTouched = true;
      if (isTouched) return [];
    }
    return own.filter((entry) => entry.isDirectory());
  });
  return isTouched;
}

const below = (folder: RawPath, { name }: Dirent): RawPath => (folder === "" ? name : `${folder}/${name}`) as RawPath;

/** Visits `start` and the folders that the visitor chooses among its entries, and so on. */
async function walk(
  root: string,
  start: RawPath,
  visit: (folder: RawPath, entries: readonly Dirent[]) => Promise<readonly Dirent[]>,
): Promise<void> {
  const open = [start];
  while (open.length > 0) {
    const batch = open.splice(-AT_ONCE);
    const next = await Promise.all(
      batch.map(async (folder) => {
        const entries = await readFolder(underRoot(root, folder));
        return (await visit(folder, entries)).map((entry) => below(folder, entry));
      }),
    );
    open.push(...next.flat());
  }
}

/** Entries with their names as bytes; none where there is no folder. */
async function readFolder(path: Buffer): Promise<Dirent[]> {
  const read = (): Promise<Dirent[]> => readdir(path, { withFileTypes: true, encoding: "latin1" });
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) !== "EACCES") return [];
    await chmod(path, 0o700).catch(() => undefined);
    return read().catch(() => []);
  }
}

/** The path of a folder given as text, with what must not be looked at. */
export function asRoots(paths: readonly string[]): RawPath[] {
  return paths.map((path) => toRawPath(path.replace(/^(?:\.\/)+/, "").replace(/(?<!\/)\/+$/, "")));
}
