/**
 * Whether the person's own checkout changed while agents were at work: HEAD, the index, and files that git tells of. A person
 * works there, too, and nothing tells the two apart: so nothing is put back, and who did it is not said.
 *
 * CHECKOUT-1 It only looks, takes no lock, and starts no program that the repository names but its filters. Where one look takes
 *    too long, there is no other.
 * CHECKOUT-2 That HEAD, the index or files changed is each told once a run.
 */
import { lstat } from "node:fs/promises";
import { git } from "./git.ts";
import { type RawPath, showPath, splitPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { underRoot } from "./tree-changes.ts";

/** By so much the time of a file may be behind. */
const GRAIN_MS = 50;
/** Of one look. */
const LONGEST_MS = 4_000;
/** While others go on, one look is enough for so long: what it missed the next one tells. */
const PAUSE_MS = 5_000;
/** Of more files it is only known that they are changed. */
const MAX_FILES = 1_000;
const SHOWN = 5;
const NO_MODE = "000000";

/** What is told of. */
type Part = "head" | "index" | "files";

/** How one path is that git tells of. */
interface Entry {
  /** What the index has of it; "" where that is what HEAD has. */
  index: string;
  /** Whether the file is not what HEAD has, as far as git tells: of what only the index has otherwise it says so, too. */
  isChanged: boolean;
  /** Id of the plain file that HEAD has, where the file may still be that one. */
  oid: string | null;
  /** Size and times of the file; "" where there is none. */
  file: string;
}

/** How the checkout is: HEAD in words, and all paths that git tells of. */
interface Look {
  head: string;
  /** Ms since the epoch, before it was looked. */
  at: number;
  paths: ReadonlyMap<RawPath, Entry>;
}

interface Change {
  parts: readonly Part[];
  /** Path or words. */
  name: string;
}

export class CheckoutWatch {
  readonly #repo: Repository;
  readonly #excluded: readonly string[];
  /** Who is at work now. */
  readonly #open = new Map<object, string>();
  /** Who was at work since the checkout was looked at. */
  #present = new Set<string>();
  #known: Look | null = null;
  #lookedAt = 0;
  #isOver = false;
  readonly #told = new Set<Part>();
  #tail: Promise<unknown> = Promise.resolve();

  /** `excluded`: paths below the root in which pleach itself writes. */
  constructor(repo: Repository, excluded: readonly string[]) {
    this.#repo = repo;
    this.#excluded = excluded;
  }

  /** Does `work`; `tell` hears in words what changed meanwhile, if anything did. Rejects only as `work` does. */
  async during<T>(who: string, tell: (text: string) => Promise<unknown>, work: () => Promise<T>): Promise<T> {
    const own = {};
    await this.#inTurn(async () => {
      if (this.#open.size === 0) await this.#begin();
      this.#open.set(own, who);
      this.#present.add(who);
    });
    try {
      return await work();
    } finally {
      const text = await this.#inTurn(async () => {
        const found = await this.#compare();
        this.#open.delete(own);
        return found;
      });
      if (typeof text === "string") await tell(text);
    }
  }

  /** Pleach itself has changed the checkout: shipping does. */
  async moved(): Promise<void> {
    await this.#inTurn(() => this.#begin());
  }

  /** Never rejects. */
  #inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    const result = this.#tail.then(work).catch(() => undefined);
    this.#tail = result;
    return result;
  }

  async #begin(): Promise<void> {
    this.#present = new Set(this.#open.values());
    this.#known = this.#isOver ? null : await this.#look();
  }

  async #compare(): Promise<string | null> {
    const before = this.#known;
    if (this.#open.size > 1 && performance.now() - this.#lookedAt < PAUSE_MS) return null;
    const now = before === null || this.#isOver ? null : await this.#look();
    if (before === null || now === null) return null;
    const isNew = (part: Part): boolean => !this.#told.has(part);
    const changes = (await compare(this.#repo, before, now)).filter(({ parts }) => parts.some(isNew));
    if (changes.length === 0) return null;
    for (const part of changes.flatMap(({ parts }) => parts)) this.#told.add(part);
    this.#isOver = this.#told.size === 3;
    this.#known = now;
    const names = changes.map(({ parts, name }) => (parts[0] === "index" ? `${name} (in the index)` : name));
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
    const who = [...this.#present].sort().join(" or ");
    return `your checkout changed while ${who} was at work, by yourself or by a task that left its worktree: ${names.slice(0, SHOWN).join(", ")}${more} (see git status)`;
  }

  /** Null where it takes too long, or cannot be done: then there is no other. */
  async #look(): Promise<Look | null> {
    try {
      return await look(this.#repo, this.#excluded);
    } catch {
      this.#isOver = true;
      return null;
    } finally {
      this.#lookedAt = performance.now();
    }
  }
}

async function look({ root }: Repository, excluded: readonly string[]): Promise<Look> {
  const at = Date.now();
  const signal = AbortSignal.timeout(LONGEST_MS);
  const settings = ["-c", "core.fsmonitor=false", "-c", "status.showUntrackedFiles=normal"];
  const status = [
    "status",
    "--porcelain=v2",
    "-z",
    "--branch",
    "--no-ahead-behind",
    "--no-renames",
    "--ignore-submodules=dirty",
  ];
  const { stdout } = await git(root, [...settings, ...status], { signal });
  const paths = new Map<RawPath, Entry>();
  const head: Record<string, string> = {};
  for (const [index, line] of splitPaths(stdout).entries()) {
    const [, name, value] = /^# branch\.(oid|head) (.*)$/.exec(line) ?? [];
    if (name !== undefined) head[name] = value ?? "";
    // Fields, then the path: of changed, unmerged and new files.
    const fields = { 1: 8, u: 10, "?": 1 }[line.slice(0, 1)];
    if (fields === undefined) continue;
    const words = line.split(" ");
    const path = words.slice(fields).join(" ") as RawPath;
    if (excluded.some((each) => `${showPath(path)}/`.startsWith(each.endsWith("/") ? each : `${each}/`))) continue;
    const isNew = words[0] === "?";
    const [inIndex, inFile] = isNew ? [".", "?"] : [words[1]?.[0] ?? ".", words[1]?.[1] ?? "."];
    // Of a path that was taken out of the index git tells twice.
    const known = paths.get(path);
    const [modeOfHead = "", , modeOfFile, oid = null] = words[0] === "1" ? words.slice(3, 7) : [];
    // The mode of a file that the index does not have is not told.
    const mayBeSame = modeOfHead.startsWith("100") && (modeOfFile === modeOfHead || modeOfFile === NO_MODE);
    paths.set(path, {
      oid: mayBeSame ? oid : (known?.oid ?? null),
      index: inIndex === "." ? (known?.index ?? "") : words.slice(1, fields).join(" ").replace(/^../, inIndex),
      isChanged: inFile !== "." || inIndex !== "." || known?.isChanged === true,
      file: index < MAX_FILES ? await identify(root, path) : "",
    });
  }
  return { head: wordHead(head), at, paths };
}

async function identify(root: string, path: RawPath): Promise<string> {
  const file = await lstat(underRoot(root, path)).catch(() => null);
  return file === null ? "" : `${file.size} ${file.mtimeMs} ${file.ctimeMs}`;
}

const wordHead = ({ head = "", oid = "" }: Record<string, string>): string =>
  `${head === "(detached)" ? "detached" : head} at ${oid === "(initial)" ? "nothing" : oid.slice(0, 12)}`;

/** What differs. What the index has is told only where HEAD is the same: it is compared with that. */
async function compare({ root }: Repository, before: Look, now: Look): Promise<Change[]> {
  const changes: Change[] = [];
  const isMoved = before.head !== now.head;
  if (isMoved) changes.push({ parts: ["head"], name: `HEAD (from ${before.head} to ${now.head})` });
  const asHead = isMoved ? new Set<RawPath>() : await listAsHead(root, before, now);
  for (const path of [...new Set([...before.paths.keys(), ...now.paths.keys()])].sort()) {
    const [old, own] = [before.paths.get(path), now.paths.get(path)];
    const file = own?.file ?? (await identify(root, path));
    // What git did not tell of before was as HEAD has it: it is touched since, or only the index is another.
    const isOther = own?.isChanged === true && isTouched(file, before) && !asHead.has(path);
    const isFile = old === undefined ? isOther && !isMoved : old.file !== file;
    const isIndex = !isMoved && (old?.index ?? "") !== (own?.index ?? "");
    const parts: Part[] = [...(isFile ? ["files" as const] : []), ...(isIndex ? ["index" as const] : [])];
    if (parts.length > 0) changes.push({ parts, name: showPath(path) });
  }
  return changes;
}

/** Whether it is gone, or may have been written since that look. */
const isTouched = (file: string, before: Look): boolean =>
  file === "" || Number(file.split(" ")[2]) >= before.at - GRAIN_MS;

/**
 * Of what git did not tell of before, and whose index is another now: files that were touched, or are as young as the look,
 * and yet are what HEAD has. Where that cannot be told there are none.
 */
async function listAsHead(root: string, before: Look, now: Look): Promise<Set<RawPath>> {
  const same = new Set<RawPath>();
  const asked: { path: RawPath; oid: string }[] = [];
  for (const [path, { index, oid, file }] of now.paths) {
    if (before.paths.has(path) || index === "" || oid === null || file === "" || !isTouched(file, before)) continue;
    // git would read a name with a quote in front in another way; a link or a pipe is not read through.
    if (/^"|\n/.test(path) || !(await isPlainFile(root, path))) continue;
    asked.push({ path, oid });
  }
  if (asked.length === 0) return same;
  const input = Buffer.from(asked.map(({ path }) => `${path}\n`).join(""), "latin1");
  const signal = AbortSignal.timeout(LONGEST_MS);
  const printed = await git(root, ["hash-object", "--stdin-paths"], { input, signal }).catch(() => null);
  const oids = printed?.stdout.toString("latin1").split("\n") ?? [];
  for (const [at, { path, oid }] of asked.entries()) if (oids[at] === oid) same.add(path);
  return same;
}

async function isPlainFile(root: string, path: RawPath): Promise<boolean> {
  const found = await lstat(underRoot(root, path)).catch(() => null);
  return found?.isFile() === true;
}
