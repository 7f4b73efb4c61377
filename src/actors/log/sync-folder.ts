/** Makes names durable: a new or renamed file is on the disk only after its folder was synced too. */
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "../../errors.ts";

/** Syncs the folder's entries. File systems that cannot sync folders (some network and FUSE ones) are let pass. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EINVAL" && code !== "ENOTSUP") throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Creates the folder and its missing parents, durably. */
export function makeFolder(folder: string): void {
  const topmost = fs.mkdirSync(folder, { recursive: true });
  if (topmost === undefined) return;
  const above = path.dirname(topmost);
  for (let at = path.dirname(path.resolve(folder)); ; at = path.dirname(at)) {
    syncFolder(at);
    if (at === above || at === path.dirname(at)) return;
  }
}
