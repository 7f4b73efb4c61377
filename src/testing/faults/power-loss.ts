/** What is left of a folder when the machine loses its power: see P1 and P2 of `faulty-disk.ts`. */
import fs from "node:fs";
import path from "node:path";
import type { Random } from "../determinism/random-sequence.ts";

/** The names in a folder that are safe: of files, with the file (inode) that each stands for, and of folders. */
export interface SafeFolder {
  files: ReadonlyMap<string, number>;
  folders: ReadonlySet<string>;
}

/** Leaves of a folder and those below it what is safe, and of the rest what is drawn. `contents`: safe bytes by inode. */
export function loseFolder(
  folder: string,
  safe: ReadonlyMap<string, SafeFolder>,
  contents: ReadonlyMap<number, Buffer>,
  random: Random,
): void {
  const { files, folders } = safe.get(folder) ?? { files: new Map<string, number>(), folders: new Set<string>() };
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
    left.set(name, isOlder ? (contents.get(file) ?? whole) : loseBytes(whole, contents.get(file), random));
  }
  for (const name of now.keys()) fs.rmSync(path.join(folder, name));
  for (const [name, bytes] of left) fs.writeFileSync(path.join(folder, name), bytes);
  for (const { name } of entries.filter((each) => each.isDirectory())) {
    const below = path.join(folder, name);
    if (!folders.has(name) && random.chance(0.5)) fs.rmSync(below, { recursive: true });
    else loseFolder(below, safe, contents, random);
  }
}

/** What is left of `written` when only `safe` was synced (P1). */
function loseBytes(written: Buffer, safe: Buffer = Buffer.alloc(0), random: Random): Buffer {
  if (written.length < safe.length) return random.chance(0.5) ? safe : written;
  const kept = safe.length + random.below(written.length - safe.length + 1);
  const zeros = random.chance(0.2) ? written.length - kept : 0;
  return Buffer.concat([written.subarray(0, kept), Buffer.alloc(zeros)]);
}
