/**
 * Removes folders in a way that a crash cannot leave half done in their place: moved aside in one step, then deleted.
 * What a crash leaves beside goes with the next removal there.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../../errors.ts";
import { moveTo } from "../../safe-files/index.ts";
import { installedPath } from "../process/installed-path.ts";
import { listIfThere } from "./presence.ts";

const prefix = ".pleach-trash-";

/** Entries that a removal of this process is about to delete. */
const claimed = new Set<string>();

/** Moves `path` out of its place (no harm if it is missing) and returns how to delete it for good. */
export async function moveToTrash(path: string): Promise<() => Promise<void>> {
  const own = join(dirname(path), prefix + randomUUID());
  claimed.add(own);
  try {
    await moveTo(path, own);
  } catch (error) {
    claimed.delete(own);
    if (codeOf(error) !== "ENOENT") throw error;
    return () => Promise.resolve();
  }
  return async () => {
    await removeClaimed(own);
    await emptyTrash(dirname(own));
  };
}

/** Whether an entry of a folder is what is left of a removal. */
export function isTrash(name: string): boolean {
  return name.startsWith(prefix);
}

/** Deletes what removals that were cut off have left in a folder; what is being deleted already is left to whoever does. */
export async function emptyTrash(folder: string): Promise<void> {
  const left = (await listIfThere(folder)).filter(isTrash).map((name) => join(folder, name));
  for (const entry of left.filter((each) => !claimed.has(each))) {
    claimed.add(entry);
    await removeClaimed(entry);
  }
}

function removeClaimed(entry: string): Promise<void> {
  return removeTree(entry).finally(() => claimed.delete(entry));
}

/** Deletes a folder, also where its maker has write-protected parts of it (as package caches are). */
async function removeTree(path: string): Promise<void> {
  try {
    // Many times faster than deleting file by file from here, and it keeps this process free.
    const env = { ...process.env, PATH: installedPath(process.env, process.cwd()) };
    await promisify(execFile)("rm", ["-rf", "--", path], { env });
  } catch {
    await makeWritable(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
