/**
 * Clears away what killed programs left in a vault: files written aside, and folders of edits. A note that was taken
 * and not yet replaced is put back (X5 of `replace.ts`); nothing that a person saved is removed.
 */
import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isAbandoned, readLeftover } from "./own-files.ts";
import { putFile } from "./replace.ts";

/** What a sweep needs of the store. */
export interface SweepPort {
  root: string;
  /** Keeps bytes in a note beside the one at the path. */
  keepBeside(path: string, bytes: Buffer): Promise<void>;
}

/** Clears one leftover, given by its path in the vault; true when a note came back. Throws what the disk throws. */
export async function sweepLeftover(port: SweepPort, path: string): Promise<boolean> {
  const file = join(port.root, path);
  const leftover = readLeftover(path.slice(path.lastIndexOf("/") + 1));
  const facts = await lstat(file).catch(() => undefined);
  if (leftover === undefined || facts === undefined || !isAbandoned(leftover, facts.mtimeMs)) return false;
  if (leftover.kind === "tmp") {
    if (facts.isFile()) await rm(file, { force: true });
    return false;
  }
  if (!facts.isDirectory()) return false;
  const [name] = await readdir(join(file, "taken")).catch(() => []);
  const isBack = name !== undefined && (await putBack(port, file, dirname(path), name));
  await rm(file, { recursive: true, force: true });
  return isBack;
}

/** Whether the note was missing, and stands at its path again. */
async function putBack(port: SweepPort, editDir: string, folder: string, name: string): Promise<boolean> {
  const taken = join(editDir, "taken", name);
  const path = folder === "." ? name : `${folder}/${name}`;
  const [fresh, old, now] = await Promise.all([join(editDir, "new"), taken, join(port.root, path)].map(findInode));
  // The new content was published, or the old one put back: the edit is over, and the note may be deleted since.
  if (fresh === undefined || old === undefined || now === fresh || now === old) return false;
  if (putFile(taken, join(port.root, path))) return true;
  const [kept, there] = await Promise.all([readFile(taken), readFile(join(port.root, path))]);
  if (!kept.equals(there)) await port.keepBeside(path, kept);
  return false;
}

function findInode(file: string): Promise<bigint | undefined> {
  return lstat(file, { bigint: true }).then(
    ({ ino }) => ino,
    () => undefined,
  );
}
