/**
 * A disk on which any single call may fail, on real files in a folder, and on which a process may be killed or the machine
 * lose its power. What a loss of power leaves is played by the rules of POSIX, taken at their word:
 *
 * P1 A file's content is safe up to its last sync. Of what was written since, some first part may be there, and zeros
 *    behind it; a cut that was not synced may be undone.
 * P2 A name is safe once its folder was synced. One made or removed since may be there or not.
 *
 * So the real sync is left out: nothing here could tell whether it was made. Calls that take time take none. Not played:
 * blocks of one write that come to the disk in another order, and a sync that says it worked after one that failed.
 */
import fs from "node:fs";
import path from "node:path";
import { type Disk, systemDisk } from "../../actors/log/disk.ts";
import type { Random } from "../determinism/random-sequence.ts";
import type { Steps } from "./fault-injector.ts";
import type { Ending } from "./log-under-test.ts";
import { loseFolder, type SafeFolder } from "./power-loss.ts";

export interface PlayedMachine {
  /** The disk as a new process sees it. */
  boot(steps: Steps): Disk;
  /** Ends all processes: their descriptors are gone, and without power all that was not safe may be, too. */
  end(how: Ending, random: Random): void;
}

/** A machine whose disk is the folder `root`, which must exist and be empty. */
export function createPlayedMachine(root: string): PlayedMachine {
  const safe = new Map<string, SafeFolder>([[root, { files: new Map(), folders: new Set() }]]);
  /** File (inode) -> content that is safe. */
  const contents = new Map<number, Buffer>();
  const closing: (() => void)[] = [];

  function makeFolderSafe(folder: string): void {
    if (path.relative(root, folder).startsWith("..")) return;
    safe.set(folder, { files: listFiles(folder), folders: new Set(listFolders(folder)) });
  }

  /** A file may have got another name since it was opened: its content is read by any that is left. */
  function makeFileSafe(folder: string, file: number): void {
    const name = [...listFiles(folder)].find(([, ino]) => ino === file)?.[0];
    if (name !== undefined) contents.set(file, fs.readFileSync(path.join(folder, name)));
  }

  function makeAllSafe(folder: string): void {
    makeFolderSafe(folder);
    for (const ino of listFiles(folder).values()) makeFileSafe(folder, ino);
    for (const name of listFolders(folder)) makeAllSafe(path.join(folder, name));
  }

  function boot(steps: Steps): Disk {
    /** Descriptor -> path as opened. */
    const opened = new Map<number, string>();
    const nameOf = (file: string): string => path.relative(root, file) || ".";
    const pathOf = (fd: number): string => opened.get(fd) ?? "a closed file";

    function closeNow(fd: number): void {
      if (opened.delete(fd)) fs.closeSync(fd);
    }
    function syncNow(fd: number): void {
      const stat = fs.fstatSync(fd);
      if (stat.isDirectory()) makeFolderSafe(pathOf(fd));
      else makeFileSafe(path.dirname(pathOf(fd)), stat.ino);
    }
    closing.push(() => {
      for (const fd of [...opened.keys()]) closeNow(fd);
    });

    return {
      open: (file, flags) => {
        const creates = typeof flags === "string";
        const step = {
          name: `${creates ? "create" : "open"} ${nameOf(file)}`,
          kind: creates ? "name" : "read",
        } as const;
        let fd: number | undefined;
        try {
          return steps.take(step, () => {
            fd = fs.openSync(file, flags);
            opened.set(fd, file);
            return fd;
          });
        } catch (error) {
          // The descriptor of a process that died just then goes with it.
          if (fd !== undefined) closeNow(fd);
          throw error;
        }
      },
      describe: systemDisk.describe,
      read: (fd, buffer, offset, length, position) =>
        steps.take({ name: `read ${nameOf(pathOf(fd))}`, kind: "read" }, () =>
          fs.readSync(fd, buffer, offset, length, position),
        ),
      write: (fd, bytes, offset) =>
        steps.take(
          { name: `write ${nameOf(pathOf(fd))}`, kind: "write" },
          (length) => fs.writeSync(fd, bytes, offset, length),
          bytes.length - offset,
        ),
      truncate: (fd, sizeBytes) =>
        steps.take({ name: `cut ${nameOf(pathOf(fd))}`, kind: "name" }, () => fs.ftruncateSync(fd, sizeBytes)),
      sync: (fd) => steps.take({ name: `sync ${nameOf(pathOf(fd))}`, kind: "sync" }, () => syncNow(fd)),
      // Letting go of what was read, or of what failed, changes nothing on the disk.
      close: closeNow,
      link: (from, to) => steps.take({ name: `link ${nameOf(to)}`, kind: "name" }, () => fs.linkSync(from, to)),
      unlink: (file) => steps.take({ name: `unlink ${nameOf(file)}`, kind: "name" }, () => fs.unlinkSync(file)),
      remove: (file) =>
        steps.take({ name: `remove ${nameOf(file)}`, kind: "name" }, () => fs.rmSync(file, { force: true })),
      // A folder that is there already is no step.
      makeFolders: (folder) =>
        fs.existsSync(folder)
          ? undefined
          : steps.take({ name: `make ${nameOf(folder)}`, kind: "name" }, () => systemDisk.makeFolders(folder)),
      list: (folder) => steps.take({ name: `list ${nameOf(folder)}`, kind: "read" }, () => fs.readdirSync(folder)),
      sizeOf: systemDisk.sizeOf,
      writeLater: (fd, bytes, offset) =>
        steps.takeLater(
          { name: `write ${nameOf(pathOf(fd))}`, kind: "write" },
          async (length) => fs.writeSync(fd, bytes, offset, length),
          bytes.length - offset,
        ),
      syncLater: (fd) => steps.takeLater({ name: `sync ${nameOf(pathOf(fd))}`, kind: "sync" }, async () => syncNow(fd)),
      closeLater: (fd) =>
        steps.takeLater({ name: `close ${nameOf(pathOf(fd))}`, kind: "close" }, async () => closeNow(fd)),
    };
  }

  return {
    boot,
    end: (how, random) => {
      for (const close of closing.splice(0)) close();
      if (how === "killed") return;
      loseFolder(root, safe, contents, random);
      contents.clear();
      safe.clear();
      makeAllSafe(root);
    },
  };
}

function listFiles(folder: string): Map<string, number> {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(entries.map(({ name }) => [name, fs.lstatSync(path.join(folder, name)).ino]));
}

function listFolders(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map(({ name }) => name);
}
