/**
 * Stops before every call that the program makes of the file system, so that a test can let something happen there:
 * another program saves the same file, or this one is killed. Node's own functions do the work.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import path from "node:path";

const syncNames = ["renameSync", "linkSync", "lstatSync", "rmSync"] as const;
const promiseNames = [
  "open",
  "link",
  "lstat",
  "mkdir",
  "readdir",
  "readFile",
  "realpath",
  "rename",
  "rm",
  "stat",
] as const;
const handleNames = ["chmod", "chown", "close", "read", "stat", "sync", "utimes", "writeFile"] as const;

type Anything = (...args: unknown[]) => unknown;

/** Node's own functions: what a test does with them is no step. */
export const untouched = { ...fs };

/**
 * Calls `before` ahead of each step with its number, from 1, and its name; a step waits for the promise it may return,
 * and does not happen when it throws. Returns how to end this, and to close what a step that never came left open.
 */
export async function watchSteps(
  before: (step: number, name: string) => void | Promise<void>,
): Promise<() => Promise<void>> {
  const probe = path.join(os.tmpdir(), `pleach-steps-${process.pid}`);
  const handle = await fs.promises.open(probe, "w");
  const prototype = Object.getPrototypeOf(handle) as Record<string, Anything>;
  await handle.close();
  fs.rmSync(probe);
  let step = 0;
  const opened = new Set<fs.promises.FileHandle>();
  const undo: (() => void)[] = [];
  const wrap = (owner: Record<string, Anything>, name: string, isSync: boolean) => {
    const original = owner[name] as Anything;
    owner[name] = function (this: unknown, ...args: unknown[]) {
      step += 1;
      const paused = before(step, name);
      const call = () => Reflect.apply(original, this, args);
      if (isSync) return call();
      const result = (paused ?? Promise.resolve()).then(call) as Promise<unknown>;
      if (name === "open") void result.then((file) => opened.add(file as fs.promises.FileHandle)).catch(() => {});
      return result;
    };
    undo.push(() => {
      owner[name] = original;
    });
  };
  for (const name of syncNames) wrap(fs as never, name, true);
  for (const name of promiseNames) wrap(fs.promises as never, name, false);
  for (const name of handleNames) wrap(prototype, name, false);
  syncBuiltinESMExports();
  return async () => {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
    for (const file of opened) await file.close().catch(() => {});
  };
}
