/**
 * What the log in files asks of the operating system, and nothing more: one call each, so that whoever plays another disk
 * (the fault harness in `src/testing/faults/`) can break every single step.
 */
import fs from "node:fs";

/** Calls on files and folders. All throw, or reject with, the system's errors. */
export interface Disk {
  /** Opens with flags of `open(2)`; hands out a descriptor. A file that it creates is its owner's alone. */
  open(path: string, flags: string | number): number;
  describe(fd: number): { isFile: boolean; sizeBytes: number };
  /** Bytes read, 0 at the end. */
  read(fd: number, buffer: Buffer, offset: number, length: number, position: number): number;
  /** Writes `bytes` from `offset` on where the descriptor stands (or at the end, if it appends); may take fewer. */
  write(fd: number, bytes: Buffer, offset: number): number;
  truncate(fd: number, sizeBytes: number): void;
  sync(fd: number): void;
  close(fd: number): void;
  /** Gives a file a second name. EEXIST if that is taken. */
  link(from: string, to: string): void;
  /** Removes a name, which must exist. */
  unlink(path: string): void;
  /** Removes a name, if it is there. */
  remove(path: string): void;
  /** Creates a folder with its missing parents, all of them their owner's alone; the topmost one that was created, if any. */
  makeFolders(path: string): string | undefined;
  /** Names in a folder. */
  list(folder: string): string[];
  /** Null for what does not exist. */
  sizeOf(path: string): number | null;
  /** As `write`, `sync` (of the content alone) and `close`, without holding up the process. */
  writeLater(fd: number, bytes: Buffer, offset: number): Promise<number>;
  syncLater(fd: number): Promise<void>;
  closeLater(fd: number): Promise<void>;
}

/** The machine's own disk. */
export const systemDisk: Disk = {
  open: (path, flags) => fs.openSync(path, flags, 0o600),
  describe: (fd) => {
    const stat = fs.fstatSync(fd);
    return { isFile: stat.isFile(), sizeBytes: stat.size };
  },
  read: (fd, buffer, offset, length, position) => fs.readSync(fd, buffer, offset, length, position),
  write: (fd, bytes, offset) => fs.writeSync(fd, bytes, offset),
  truncate: (fd, sizeBytes) => fs.ftruncateSync(fd, sizeBytes),
  sync: (fd) => fs.fsyncSync(fd),
  close: (fd) => fs.closeSync(fd),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  remove: (path) => fs.rmSync(path, { force: true }),
  makeFolders: (path) => fs.mkdirSync(path, { recursive: true, mode: 0o700 }),
  list: (folder) => fs.readdirSync(folder),
  sizeOf: (path) => fs.statSync(path, { throwIfNoEntry: false })?.size ?? null,
  writeLater: (fd, bytes, offset) =>
    new Promise((resolve, reject) => {
      fs.write(fd, bytes, offset, bytes.length - offset, null, (error, written) =>
        error ? reject(error) : resolve(written),
      );
    }),
  syncLater: (fd) => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
  closeLater: (fd) => new Promise((resolve, reject) => fs.close(fd, (error) => (error ? reject(error) : resolve()))),
};
