/**
 * Watches sources and tells which files may have changed. Whoever listens reads them and compares what they hold:
 * what the program writes itself is told, too. chokidar's event names stay in this file.
 *
 * FILES-15 A change is told once its file has been quiet for a moment, as chokidar tells of the first of two quick
 *    writes only; one that does not become quiet is told now and then.
 * FILES-16 What was missed all the same (chokidar's throttles, names that it rewrites, a folder removed and made again)
 *    is found by a look at the times of all files: now and then, and after folders came or went.
 * FILES-17 A source that cannot be watched is only looked at, more often: when the system has no watches left, when its
 *    folder is not there, or when it is a few files of a whole repository.
 * FILES-18 The folder of a source may go and come back.
 */
import { lstat } from "node:fs/promises";
import { join, relative } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { codeOf, messageOf } from "../../errors.ts";
import { findRoot, isWhole, nameSource, type Source, toPath, walkSource } from "./sources.ts";
import { isHidden } from "./walk.ts";

export interface SourceChange {
  /** Which of the sources watched. */
  source: number;
  /** Relative to the source, with `/`; the file may be gone. */
  path: string;
}

export interface SourceWatcher {
  /** Ends watching; nothing is told afterwards, and nothing keeps the process alive. */
  close(): Promise<void>;
}

export interface WatchOptions {
  /** Told what could not be watched, one sentence each. */
  onWarning?: (warning: string) => void;
  /** A file has been quiet for this long when it is told of, ms. */
  quietMs?: number;
  /** Between two looks at all files that are watched, ms. */
  lookMs?: number;
  /** Between two looks at all files of a source that cannot be watched, and at whether its folder is there, ms. */
  pollMs?: number;
}

type Timing = Required<Omit<WatchOptions, "onWarning">>;

/** chokidar swallows changes for 50 ms after one that it tells of. */
const DEFAULTS: Timing = { quietMs: 100, lookMs: 30_000, pollMs: 3_000 };
/** A file that is written without a pause is told of once in so many quiet times. */
const MAX_QUIET_TIMES = 10;
/** The system has no watches, or no files, left for this process. */
const EXHAUSTED: ReadonlySet<string> = new Set(["ENOSPC", "EMFILE", "ENFILE"]);

/**
 * Watches until closed. Resolves once everything is watched: what changed before that is not told, so look at
 * everything afterwards. Never rejects.
 */
export async function watchSources(
  sources: readonly Source[],
  onChanged: (changes: SourceChange[]) => void,
  { onWarning = () => {}, ...options }: WatchOptions = {},
): Promise<SourceWatcher> {
  const timing = { ...DEFAULTS, ...options };
  const queue = new QuietQueue(timing.quietMs, (changes) => onChanged(changes));
  const watches = sources.map((source, at) => {
    const tell = (path: string) => queue.add({ source: at, path });
    return new SourceWatch(source, timing, tell, (warning) => onWarning(`${nameSource(source)}: ${warning}`));
  });
  queue.beforeTelling = ({ source, path }) => watches[source]?.survey.lookAt(path);
  await Promise.all(watches.map((one) => one.start()));
  return {
    async close() {
      await Promise.all([queue.close(), ...watches.map((one) => one.close())]);
    },
  };
}

/** Holds changes back until their files are quiet, and tells them together (FILES-15). */
class QuietQueue {
  readonly #quietMs: number;
  readonly #tell: (changes: SourceChange[]) => void;
  readonly #waiting = new Map<string, { change: SourceChange; firstAt: number; lastAt: number }>();
  #timer: NodeJS.Timeout | undefined;
  #telling: Promise<void> = Promise.resolve();
  #isClosed = false;
  beforeTelling: (change: SourceChange) => Promise<void> | undefined = () => undefined;

  constructor(quietMs: number, tell: (changes: SourceChange[]) => void) {
    this.#quietMs = quietMs;
    this.#tell = tell;
  }

  add(change: SourceChange): void {
    if (this.#isClosed) return;
    const key = `${change.source}/${change.path}`;
    const now = performance.now();
    this.#waiting.set(key, { change, firstAt: this.#waiting.get(key)?.firstAt ?? now, lastAt: now });
    this.#timer ??= setTimeout(() => this.#flush(), this.#quietMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#telling;
  }

  #flush(): void {
    const now = performance.now();
    const due: SourceChange[] = [];
    for (const [key, one] of this.#waiting) {
      const isQuiet = now - one.lastAt >= this.#quietMs - 1;
      if (isQuiet) this.#waiting.delete(key);
      else if (now - one.firstAt < this.#quietMs * MAX_QUIET_TIMES) continue;
      one.firstAt = now;
      due.push(one.change);
    }
    this.#timer = this.#waiting.size === 0 ? undefined : setTimeout(() => this.#flush(), this.#quietMs / 2);
    if (due.length > 0) this.#telling = this.#telling.then(() => this.#tellOf(due));
  }

  async #tellOf(due: SourceChange[]): Promise<void> {
    await Promise.all(due.map((change) => this.beforeTelling(change)));
    if (!this.#isClosed) this.#tell(due);
  }
}

/** One source: chokidar where it can watch, looks at all files besides (FILES-16, FILES-17, FILES-18). */
class SourceWatch {
  readonly survey: Survey;
  readonly #root: string;
  readonly #canWatch: boolean;
  readonly #timing: Timing;
  readonly #tell: (path: string) => void;
  readonly #warn: (warning: string) => void;
  readonly #warned = new Set<string>();
  #watcher: FSWatcher | undefined;
  /** The folder that is being watched, by its number on the disk; undefined while there is none. */
  #folder: number | undefined;
  #isExhausted = false;
  #isClosed = false;
  #timers: NodeJS.Timeout[] = [];
  #soon: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #givenUp: Promise<void> = Promise.resolve();

  constructor(source: Source, timing: Timing, tell: (path: string) => void, warn: (warning: string) => void) {
    this.survey = new Survey(source);
    this.#root = findRoot(source.dir);
    this.#canWatch = isWhole(source);
    this.#timing = timing;
    this.#tell = tell;
    this.#warn = warn;
  }

  async start(): Promise<void> {
    await this.#followFolder();
    await this.survey.look();
    this.#timers = [
      setInterval(() => this.#then(() => this.#look()), this.#timing.lookMs).unref(),
      setInterval(() => this.#then(() => this.#poll()), this.#timing.pollMs).unref(),
    ];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#soon);
    await this.#work;
    await this.#watcher?.close();
    await this.#givenUp;
  }

  /** One thing after the other, so that no two looks overtake each other. */
  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => (this.#isClosed ? undefined : work()));
  }

  async #look(): Promise<void> {
    for (const path of await this.survey.look()) this.#tell(path);
  }

  async #poll(): Promise<void> {
    const hasMoved = await this.#followFolder();
    if (hasMoved || this.#watcher === undefined) await this.#look();
  }

  #lookSoon(): void {
    if (this.#isClosed) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#then(() => this.#look());
    }, this.#timing.quietMs).unref();
  }

  /** Watches the folder that is there now; true when it is another one than before. */
  async #followFolder(): Promise<boolean> {
    const facts = await lstat(this.#root).catch(() => undefined);
    const folder = facts?.isDirectory() ? facts.ino : undefined;
    if (folder === this.#folder) return false;
    this.#folder = folder;
    await this.#watcher?.close();
    this.#watcher = undefined;
    if (folder !== undefined && this.#canWatch && !this.#isExhausted) await this.#watchFolder();
    return true;
  }

  async #watchFolder(): Promise<void> {
    const watcher = watch(this.#root, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignored: (file, facts) => this.#isIgnored(file, facts?.isSymbolicLink()),
    });
    this.#watcher = watcher;
    const tell = (file: string) => this.#tell(this.#toPath(file));
    watcher.on("add", tell).on("change", tell).on("unlink", tell);
    watcher.on("addDir", () => this.#lookSoon()).on("unlinkDir", () => this.#lookSoon());
    await new Promise<void>((resolve) => {
      watcher.once("ready", resolve);
      watcher.on("error", (thrown) => {
        // A watcher that is given up never gets ready.
        if (this.#giveUp(watcher, thrown)) resolve();
      });
    });
  }

  /** Warns of what cannot be watched, once; true when nothing is watched from now on. */
  #giveUp(watcher: FSWatcher, thrown: unknown): boolean {
    const code = codeOf(thrown) ?? "";
    if (EXHAUSTED.has(code) && this.#watcher === watcher) {
      this.#isExhausted = true;
      this.#watcher = undefined;
      this.#givenUp = watcher.close();
    }
    if (!this.#warned.has(code)) {
      const instead = this.#isExhausted ? "; all its files are looked at now and then instead" : "";
      this.#warn(`it cannot be watched whole: ${messageOf(thrown)}${instead}.`);
    }
    this.#warned.add(code);
    return this.#isExhausted;
  }

  #isIgnored(file: string, isLink: boolean | undefined): boolean {
    return isLink === true || this.#toPath(file).split("/").some(isHidden);
  }

  #toPath(file: string): string {
    return toPath(relative(this.#root, file));
  }
}

/**
 * Remembers size and time of every file of a source, and tells which differ when it looks again: what a watcher missed
 * is found this way.
 */
class Survey {
  readonly #source: Source;
  #known = new Map<string, string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Looks at all files, and returns the paths of those that are new, changed or gone since the last time. */
  async look(): Promise<string[]> {
    const { entries } = await walkSource(this.#source);
    const before = this.#known;
    this.#known = new Map(entries.map((entry) => [entry.path, stampOf(entry)]));
    const changed = entries.filter((entry) => before.get(entry.path) !== stampOf(entry)).map(({ path }) => path);
    const gone = [...before.keys()].filter((path) => !this.#known.has(path));
    return [...changed, ...gone];
  }

  /** Looks at one file, so that the next look at all of them does not find it again. */
  async lookAt(path: string): Promise<void> {
    const facts = await lstat(join(findRoot(this.#source.dir), path)).catch(() => undefined);
    if (facts?.isFile()) this.#known.set(path, stampOf(facts));
    else this.#known.delete(path);
  }
}

function stampOf({ size, mtimeMs }: { size: number; mtimeMs: number }): string {
  return `${size} ${mtimeMs}`;
}
