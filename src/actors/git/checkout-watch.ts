/**
 * Whether the person's own checkout changed while agents were at work: HEAD, the index, and files that git tells of. A person
 * works there, too, and nothing tells the two apart: so nothing is put back, and who did it is not said.
 *
 * CHECKOUT-1 It only looks, takes no lock, and starts no program that the repository names but its filters. Where one look takes
 *    too long, there is no other.
 * CHECKOUT-2 It is told once a run.
 */
import { lstat } from "node:fs/promises";
import { git } from "./git.ts";
import { type RawPath, showPath, splitPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { underRoot } from "./tree-changes.ts";

/** Of one look. */
const LONGEST_MS = 4_000;
/** While others go on, one look is enough for so long: what it missed the next one tells. */
const PAUSE_MS = 5_000;
/** Of more files it is only known that they are changed. */
const MAX_FILES = 1_000;
const SHOWN = 5;

/** Path, or "" for HEAD -> how it is. */
type Look = ReadonlyMap<string, string>;

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
    const changed = [...new Set([...before.keys(), ...now.keys()])]
      .filter((path) => before.get(path) !== now.get(path))
      .sort();
    if (changed.length === 0) return null;
    this.#isOver = true;
    const names = changed.map((path) => (path === "" ? "HEAD" : showPath(path as RawPath)));
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
  const found = new Map<string, string>();
  for (const [at, entry] of splitPaths(stdout).entries()) {
    if (/^# branch\.(?:oid|head) /.test(entry)) found.set("", `${found.get("") ?? ""}${entry}\n`);
    // Fields, then the path: of changed, unmerged and new files.
    const fields = { 1: 8, u: 10, "?": 1 }[entry.slice(0, 1)];
    if (fields === undefined) continue;
    const words = entry.split(" ");
    const path = words.slice(fields).join(" ") as RawPath;
    if (excluded.some((each) => `${showPath(path)}/`.startsWith(each.endsWith("/") ? each : `${each}/`))) continue;
    const file = at < MAX_FILES ? await lstat(underRoot(root, path)).catch(() => null) : null;
    found.set(path, `${words.slice(0, fields).join(" ")} ${file?.size ?? ""} ${file?.mtimeMs ?? ""}`);
  }
  return found;
}
