/**
 * Remembers size and time of every file of a source, and tells which differ when it looks again: what a watcher missed
 * is found this way.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { findRoot, type Source, walkSource } from "./sources.ts";

export class Survey {
  readonly #source: Source;
  #known = new Map<string, string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Looks at all files, and returns the paths of those that are new, changed or gone since the last time. */
  async look(): Promise<string[]> {
    const { entries } = await walkSource(this.#source);
    const before = this.#known;
    this.#known = new Map(entries.map((entry) => [entry.path, sign(entry)]));
    const changed = entries.filter((entry) => before.get(entry.path) !== sign(entry)).map(({ path }) => path);
    const gone = [...before.keys()].filter((path) => !this.#known.has(path));
    return [...changed, ...gone];
  }

  /** Looks at one file, so that the next look at all of them does not find it again. */
  async lookAt(path: string): Promise<void> {
    const facts = await lstat(join(findRoot(this.#source.dir), path)).catch(() => undefined);
    if (facts?.isFile()) this.#known.set(path, sign(facts));
    else this.#known.delete(path);
  }
}

function sign({ size, mtimeMs }: { size: number; mtimeMs: number }): string {
  return `${size} ${mtimeMs}`;
}
