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

/**
 * Creates the folder and its missing parents, durably. One that is there already may have been made by a process that died
 * before it came to the sync: its name is synced once more.
 */
export function makeFolder(folder: string, disk: Disk = systemDisk): void {
  const topmost = disk.makeFolders(folder) ?? path.resolve(folder);
  const above = path.dirname(topmost);
  for (let at = path.dirname(path.resolve(folder)); ; at = path.dirname(at)) {
    syncFolder(at, disk);
    if (at === above || at === path.dirname(at)) return;
  }
}

/** Makes durable the names of a folder and of all those above it, whoever made them: as far up as this user may read. */
export function syncPath(folder: string, disk: Disk = systemDisk): void {
  for (let at = path.resolve(folder); at !== path.dirname(at); ) {
    at = path.dirname(at);
    try {
      syncFolder(at, disk);
    } catch (error) {
      if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") return;
      throw error;
    }
  }
}
