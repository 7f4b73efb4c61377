/**
 * A disk on which any single call may fail, on real files in a folder, and on which a process may be killed or the machine
 * lose its power. A loss of power leaves what POSIX guarantees, and no more:
 *
 * FAULT-2 A file's content is safe up to its last sync. Of what was written since, some first part may be there, and zeros
 *    behind it; a cut that was not synced may be undone.
 * FAULT-3 A name is safe once its folder was synced. One made or removed since may be there or not.
 *
 * So the real sync is left out: nothing here could tell whether it was made. Calls that take time take none. Not simulated:
 * blocks of one write that come to the disk in another order, and a sync that says it worked after one that failed.
 */
import fs from "node:fs";
import path from "node:path";
import { type Disk, systemDisk } from "../../actors/log/disk.ts";
import type { RandomSequence } from "../determinism/seeded-random.ts";
import type { FaultyProcess } from "./fault-injector.ts";
import type { CrashKind } from "./log-under-test.ts";

export interface FaultyMachine {
  /** The disk as a new process sees it. */
  startProcess(process: FaultyProcess): Disk;
  /** Ends all processes: their descriptors are gone, and without power all that was not safe may be, too. */
  crash(kind: CrashKind, random: RandomSequence): void;
}

/** The names in a folder that are safe: of files, with the file (inode) that each stands for, and of folders. */
interface SyncedFolder {
  files: ReadonlyMap<string, number>;
  folders: ReadonlySet<string>;
}

/** A machine whose disk is the folder `root`, which must exist and be empty. */
export function createFaultyMachine(root: string): FaultyMachine {
  const synced = new Map<string, SyncedFolder>([[root, { files: new Map(), folders: new Set() }]]);
  /** File (inode) -> content that is safe. */
  const contents = new Map<number, Buffer>();
  const closing: (() => void)[] = [];

  function syncFolder(folder: string): void {
    if (path.relative(root, folder).startsWith("..")) return;
    synced.set(folder, { files: listFiles(folder), folders: new Set(listFolders(folder)) });
  }

  /** A file may have got another name since it was opened: its content is read by any that is left. */
  function syncFile(folder: string, file: number): void {
    const name = [...listFiles(folder)].find(([, ino]) => ino === file)?.[0];
    if (name !== undefined) contents.set(file, fs.readFileSync(path.join(folder, name)));
  }

  function syncAll(folder: string): void {
    syncFolder(folder);
    for (const ino of listFiles(folder).values()) syncFile(folder, ino);
    for (const name of listFolders(folder)) syncAll(path.join(folder, name));
  }

  function startProcess(process: FaultyProcess): Disk {
    /** Descriptor -> path as opened. */
    const opened = new Map<number, string>();
    const nameOf = (file: string): string => path.relative(root, file) || ".";
    const pathOf = (fd: number): string => opened.get(fd) ?? "a closed file";

    function closeNow(fd: number): void {
      if (opened.delete(fd)) fs.closeSync(fd);
    }
    function syncNow(fd: number): void {
      const stat = fs.fstatSync(fd);
      if (stat.isDirectory()) syncFolder(pathOf(fd));
      else syncFile(path.dirname(pathOf(fd)), stat.ino);
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
          return process.run(step, () => {
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
        process.run({ name: `read ${nameOf(pathOf(fd))}`, kind: "read" }, () =>
          fs.readSync(fd, buffer, offset, length, position),
        ),
      write: (fd, bytes, offset) =>
        process.run(
          { name: `write ${nameOf(pathOf(fd))}`, kind: "write" },
          (length) => fs.writeSync(fd, bytes, offset, length),
          bytes.length - offset,
        ),
      truncate: (fd, sizeBytes) =>
        process.run({ name: `cut ${nameOf(pathOf(fd))}`, kind: "name" }, () => fs.ftruncateSync(fd, sizeBytes)),
      sync: (fd) => process.run({ name: `sync ${nameOf(pathOf(fd))}`, kind: "sync" }, () => syncNow(fd)),
      // Letting go of what was read, or of what failed, changes nothing on the disk.
      close: closeNow,
      link: (from, to) => process.run({ name: `link ${nameOf(to)}`, kind: "name" }, () => fs.linkSync(from, to)),
      unlink: (file) => process.run({ name: `unlink ${nameOf(file)}`, kind: "name" }, () => fs.unlinkSync(file)),
      remove: (file) =>
        process.run({ name: `remove ${nameOf(file)}`, kind: "name" }, () => fs.rmSync(file, { force: true })),
      // A folder that is there already is no step.
      makeFolders: (folder) =>
        fs.existsSync(folder)
          ? undefined
          : process.run({ name: `make ${nameOf(folder)}`, kind: "name" }, () => systemDisk.makeFolders(folder)),
      list: (folder) => process.run({ name: `list ${nameOf(folder)}`, kind: "read" }, () => fs.readdirSync(folder)),
      sizeOf: systemDisk.sizeOf,
      writeLater: (fd, bytes, offset) =>
        process.runAsync(
          { name: `write ${nameOf(pathOf(fd))}`, kind: "write" },
          async (length) => fs.writeSync(fd, bytes, offset, length),
          bytes.length - offset,
        ),
      syncLater: (fd) =>
        process.runAsync({ name: `sync ${nameOf(pathOf(fd))}`, kind: "sync" }, async () => syncNow(fd)),
      closeLater: (fd) =>
        process.runAsync({ name: `close ${nameOf(pathOf(fd))}`, kind: "close" }, async () => closeNow(fd)),
    };
  }

  return {
    startProcess,
    crash: (kind, random) => {
      for (const close of closing.splice(0)) close();
      if (kind === "killed") return;
      losePower(root, synced, contents, random);
      contents.clear();
      synced.clear();
      syncAll(root);
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

/**
 * Leaves of a folder and those below it what is safe (FAULT-2, FAULT-3), and of the rest what chance leaves. `contents`: safe
 * bytes by inode.
 */
export function losePower(
  folder: string,
  synced: ReadonlyMap<string, SyncedFolder>,
  contents: ReadonlyMap<number, Buffer>,
  random: RandomSequence,
): void {
  const { files, folders } = synced.get(folder) ?? { files: new Map<string, number>(), folders: new Set<string>() };
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  const now = new Map<string, number>();
  for (const entry of entries.filter((each) => each.isFile())) {
    now.set(entry.name, fs.lstatSync(path.join(folder, entry.name)).ino);
  }
  const left = new Map<string, Buffer>();
  for (const name of [...new Set([...files.keys(), ...now.keys()])].sort()) {
    const isOlder = files.get(name) !== now.get(name) && random.chance(0.5);
    const file = (isOlder ? files : now).get(name);
    if (file === undefined) continue;
    const whole = isOlder ? Buffer.alloc(0) : fs.readFileSync(path.join(folder, name));
    left.set(name, isOlder ? (contents.get(file) ?? whole) : loseUnsynced(whole, contents.get(file), random));
  }
  for (const name of now.keys()) fs.rmSync(path.join(folder, name));
  for (const [name, bytes] of left) fs.writeFileSync(path.join(folder, name), bytes);
  for (const { name } of entries.filter((each) => each.isDirectory())) {
    const below = path.join(folder, name);
    if (!folders.has(name) && random.chance(0.5)) fs.rmSync(below, { recursive: true });
    else losePower(below, synced, contents, random);
  }
}

/** What is left of `written` when only `synced` was safe (FAULT-2). */
function loseUnsynced(written: Buffer, synced: Buffer = Buffer.alloc(0), random: RandomSequence): Buffer {
  if (written.length < synced.length) return random.chance(0.5) ? synced : written;
  const kept = synced.length + random.below(written.length - synced.length + 1);
  const zeros = random.chance(0.2) ? written.length - kept : 0;
  return Buffer.concat([written.subarray(0, kept), Buffer.alloc(zeros)]);
}
