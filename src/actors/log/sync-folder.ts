/** Makes names durable: a new or renamed file is on the disk only after its folder was synced too. */
import fs from "node:fs";
import path from "node:path";
import { codeOf } from "../../errors.ts";
import { type Disk, systemDisk } from "./disk.ts";

/** Syncs the folder's entries. File systems that cannot sync folders (some network and FUSE ones) are let pass. */
export function syncFolder(folder: string, disk: Disk = systemDisk): void {
  const fd = disk.open(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    disk.sync(fd);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EINVAL" && code !== "ENOTSUP") throw error;
  } finally {
    disk.close(fd);
  }
}

/** Creates the folder and its missing parents, durably. */
export function makeFolder(folder: string, disk: Disk = systemDisk): void {
  const topmost = disk.makeFolders(folder);
  if (topmost === undefined) return;
  const above = path.dirname(topmost);
  for (let at = path.dirname(path.resolve(folder)); ; at = path.dirname(at)) {
    syncFolder(at, disk);
    if (at === above || at === path.dirname(at)) return;
  }
}
