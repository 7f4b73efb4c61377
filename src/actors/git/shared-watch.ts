/**
 * Watches what all worktrees of a repository share while something runs for a run (set-up, work, gates, teardown), says what
 * changed while who was at work, and puts back what must not change for everybody.
 *
 * SHARED-1 A change is laid to all who were at work between two looks; what changed while nobody was is not told. It is told
 *    once, when the last of them has ended, with what pleach did about it.
 * SHARED-2 What a person had put aside with `git stash` before, or from the checkout, is held by a ref while the run's host
 *    lives, and put back into the stash when it was taken out.
 * SHARED-3 Who took out what another put aside is remembered: work that came out of it is not theirs.
 * SHARED-4 Settings that break every checkout are put back at once, all else when its last suspect has ended: a suite that
 *    names itself an author finds that until its end.
 */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { describeChange } from "./describe-shared.ts";
import { git } from "./git.ts";
import { OWN_REFS } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { isBreaking, isGuarded, restoreShared, restoreStash } from "./restore-shared.ts";
import {
  CONFIG_FILES,
  compareShared,
  readSettings,
  readStash,
  type SharedChange,
  type SharedSnapshot,
  type StashEntry,
  settled,
  snapshotShared,
} from "./shared-snapshot.ts";

/** Something that runs for a run. */
export interface SharedWindow {
  /** In words: `task a`. */
  readonly who: string;
  /** The task, or another name under which what it took is remembered. */
  readonly task: string;
  /** The branch that it works on; absent: none of its own. */
  readonly branch?: string | null;
  /** The worktree that it works in, as long as that is to be there. */
  readonly worktree?: string | undefined;
  /** Whether it was granted that it moves any branch or tag, and uses the stash. */
  readonly isFree?: boolean;
}

export interface SharedNews {
  changes: string[];
  /** Who else was at work. */
  others: string[];
}

interface Pending {
  before: string | null;
  /** The newest value that is not that of before. */
  seen: string | null;
  suspects: Set<SharedWindow>;
}

export class SharedWatch {
  readonly #repo: Repository;
  readonly #run: string;
  readonly #open = new Set<SharedWindow>();
  readonly #pending = new Map<string, Pending>();
  /** Entries of the stash that were ever seen: who put them aside, null for a person, undefined for nobody knows. */
  readonly #owners = new Map<string, string | null | undefined>();
  /** Entries that the stash holds, as far as is known. */
  #stash: readonly StashEntry[] = [];
  /** A person's entries, the oldest first. */
  #persons: StashEntry[] = [];
  /** Task -> entries of others that were taken out while it was at work. */
  readonly #taken = new Map<string, Set<string>>();
  #known: SharedSnapshot | null = null;
  #watchers: FSWatcher[] = [];
  #tail: Promise<unknown> = Promise.resolve();

  constructor(repo: Repository, run: string) {
    this.#repo = repo;
    this.#run = run;
  }

  /** Opens a window: from now on, what changes may be this one's doing. */
  async begin(window: SharedWindow): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#open.size === 0) await this.#settleAlone();
      else await this.#look();
      this.#open.add(window);
      this.#startWatching();
    });
  }

  /** Closes it; resolves with what is to be told of it. */
  end(window: SharedWindow): Promise<SharedNews[]> {
    return this.#inTurn(async () => {
      await this.#look();
      this.#open.delete(window);
      const news = await this.#conclude(window);
      if (this.#open.size === 0) this.#stopWatching();
      return news;
    });
  }

  /** Entries of the stash that others had put there and that were taken out while this task was at work. */
  takenBy(task: string): string[] {
    return [...(this.#taken.get(task) ?? [])];
  }

  /** Pleach itself has moved this branch: that is nobody's change. */
  async moved(branch: string, commit: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#look();
      const name = `ref refs/heads/${branch}`;
      if (this.#pending.get(name)?.seen === commit) this.#pending.delete(name);
    });
  }

  /** A new attempt: what was taken before does not count for it. */
  forget(task: string): void {
    this.#taken.delete(task);
  }

  /** Lets go of what was held: of entries that are in the stash, and of those that tasks put aside. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      this.#stopWatching();
      const present = new Set((await readStash(this.#repo)).map(({ commit }) => commit));
      for (const [commit, owner] of this.#owners) {
        if (owner === null && !present.has(commit)) continue;
        await this.#git(["update-ref", "-d", this.#refOf(commit)], [0, 1, 128]);
      }
    });
  }

  /** Puts back what an earlier host of the run held, and could not put back because it was killed. */
  async #recover(): Promise<void> {
    const prefix = `${OWN_REFS}stash/${this.#run}/`;
    const format = "--format=%(refname) %(objectname) %(contents:subject)";
    const { stdout } = await git(this.#repo.root, ["for-each-ref", format, prefix], { env: settled(this.#repo) });
    const stash = await readStash(this.#repo);
    const lost: StashEntry[] = [];
    for (const line of stdout.toString("utf8").split("\n").filter(Boolean)) {
      const [ref = "", commit = "", ...words] = line.split(" ");
      const message = words.join(" ");
      if (stash.some((entry) => entry.commit === commit)) continue;
      if (/^(?:WIP on|On) pleach-tasks\//.test(message)) await this.#git(["update-ref", "-d", ref], [0, 1, 128]);
      else lost.push({ commit, message });
    }
    if (lost.length > 0) await restoreStash(this.#repo, [...stash, ...lost]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Nobody is at work: whatever is there now is a person's. */
  async #settleAlone(): Promise<void> {
    if (this.#known === null) await this.#recover();
    this.#known = await snapshotShared(this.#repo);
    this.#pending.clear();
    this.#persons = this.#known.stash.filter(
      ({ commit }) => !this.#owners.has(commit) || this.#owners.get(commit) === null,
    );
    this.#stash = this.#known.stash;
    for (const { commit } of this.#persons) await this.#hold(commit, null);
  }

  /** Finds what changed since the last look, and lays it to all who are at work. */
  async #look(): Promise<void> {
    const known = this.#known;
    if (known === null) return;
    await this.#lookAtStash();
    await this.#mendSettings(known);
    const now = await snapshotShared(this.#repo);
    const values = new Map(now.values);
    for (const { name, before, after } of compareShared(known, now)) {
      this.#suspect(name, before, after);
      if (isBreaking(name) && (await restoreShared(this.#repo, known, name))) setOrDelete(values, name, before);
    }
    this.#lookForWorktrees();
    // What has to be put back later is kept as it was.
    const files = new Map([...now.files, ...[...known.files].filter(([name]) => this.#pending.has(name))]);
    this.#known = { ...now, values, files };
  }

  /** What somebody works in nobody may take away: `git worktree remove -f -f` does. */
  #lookForWorktrees(): void {
    for (const { task, worktree } of this.#open) {
      const name = `worktree ${task}`;
      if (worktree !== undefined && !this.#pending.has(name) && !existsSync(worktree))
        this.#suspect(name, worktree, null);
    }
  }

  /** With settings that git cannot read, or will not work by, nothing more can be asked. */
  async #mendSettings(known: SharedSnapshot): Promise<void> {
    for (const file of CONFIG_FILES) {
      const name = `${file} (unreadable)`;
      if (!(await readSettings(this.#repo, file)).has("(unreadable)")) continue;
      this.#suspect(name, null, "[]");
      await restoreShared(this.#repo, known, name);
    }
  }

  #suspect(name: string, before: string | null, seen: string | null): void {
    const pending = this.#pending.get(name) ?? { before, seen, suspects: new Set() };
    if (seen !== pending.before) pending.seen = seen;
    for (const window of this.#open) pending.suspects.add(window);
    this.#pending.set(name, pending);
  }

  /** What was put aside and taken out since the last time; quick, for it may be gone a moment later. */
  async #lookAtStash(): Promise<void> {
    const now = await readStash(this.#repo);
    const [before, present] = [this.#stash, new Set(now.map(({ commit }) => commit))];
    this.#stash = now;
    for (const entry of now) {
      if (this.#owners.has(entry.commit)) continue;
      const owner = this.#ownerOf(entry);
      await this.#hold(entry.commit, owner);
      if (owner === null) this.#persons.push(entry);
    }
    for (const { commit } of before) {
      if (present.has(commit)) continue;
      const owner = this.#owners.get(commit);
      if (owner === undefined) continue;
      for (const { task } of this.#open) {
        if (task !== owner) this.#taken.set(task, (this.#taken.get(task) ?? new Set()).add(commit));
      }
    }
  }

  /** git writes the branch into the message. */
  #ownerOf({ message }: StashEntry): string | null | undefined {
    const branch = /^(?:WIP on|On) ([^:]+):/.exec(message)?.[1];
    const owner = [...this.#open].find((window) => window.branch === branch);
    if (owner !== undefined) return owner.task;
    const head = this.#known?.values.get("HEAD");
    if (branch !== undefined && head === `refs/heads/${branch}`) return null;
    return this.#open.size === 1 ? [...this.#open][0]?.task : undefined;
  }

  async #hold(commit: string, owner: string | null | undefined): Promise<void> {
    if (this.#owners.has(commit)) return;
    this.#owners.set(commit, owner);
    await this.#git(["update-ref", "-m", "pleach", this.#refOf(commit), commit], [0, 1, 128]);
  }

  #refOf(commit: string): string {
    return `${OWN_REFS}stash/${this.#run}/${commit.slice(0, 16)}`;
  }

  /** Settles what nobody at work can have changed any more. */
  async #conclude(window: SharedWindow): Promise<SharedNews[]> {
    const news = new Map<string, SharedNews>();
    const early = new Map(this.#known?.values);
    for (const [name, { before }] of this.#pending) setOrDelete(early, name, before);
    let isStashBack: boolean | null = null;
    for (const [name, { before, seen, suspects }] of [...this.#pending]) {
      if ([...suspects].some((each) => this.#open.has(each))) continue;
      this.#pending.delete(name);
      const after = this.#known?.values.get(name) ?? null;
      if (after === before && !isBreaking(name)) continue;
      const commit = name.startsWith("stash ") ? name.slice("stash ".length) : null;
      const isLost = commit !== null && after === null && this.#owners.get(commit) === null;
      // What a task put aside and took out again is nobody's matter, and what it was granted is no news.
      if (commit !== null && after === null && !isLost) continue;
      const isGranted = name.startsWith("ref ") || (commit !== null && before === null);
      if (isGranted && [...suspects].some(({ isFree }) => isFree === true)) continue;
      if (isLost) isStashBack ??= await this.#putStashBack();
      const isBack = isLost ? isStashBack === true : await this.#putBack(name, { before, after }, early);
      const others = [...suspects]
        .filter((each) => each !== window)
        .map(({ who }) => who)
        .sort();
      const told = news.get(others.join("\0")) ?? { changes: [], others };
      const held = isLost ? this.#refOf(commit) : null;
      told.changes.push(
        describeChange({ name, before, after: seen }, { isBack, held, isPersons: await this.#isPersons(name, seen) }),
      );
      news.set(others.join("\0"), told);
    }
    return [...news.values()];
  }

  /** Puts back what must not change; resolves with whether it is as it was. */
  async #putBack(
    name: string,
    { before, after }: Pick<SharedChange, "before" | "after">,
    early: ReadonlyMap<string, string>,
  ): Promise<boolean> {
    const known = this.#known;
    if (known === null || !isGuarded(name, early)) return false;
    if (after === before) return true;
    const [values, files] = [new Map(known.values), new Map(known.files)];
    setOrDelete(values, name, before);
    if (before === null) files.delete(name);
    if (!(await restoreShared(this.#repo, { ...known, values, files }, name))) return false;
    // What pleach puts back is no change of whoever is still at work.
    this.#known = { ...known, values, files };
    return true;
  }

  async #putStashBack(): Promise<boolean> {
    const isBack = await restoreStash(this.#repo, this.#persons).catch(() => false);
    if (!isBack || this.#known === null) return isBack;
    const values = new Map(this.#known.values);
    for (const { commit, message } of this.#persons) values.set(`stash ${commit}`, message);
    this.#known = { ...this.#known, values };
    this.#stash = [...new Set([...this.#stash, ...this.#persons])];
    return true;
  }

  /** Whether a branch was moved in the checkout itself, as its own log of HEAD tells. */
  async #isPersons(name: string, seen: string | null): Promise<boolean> {
    if (seen === null || !name.startsWith("ref refs/heads/")) return false;
    const read = await readUntrustedFile(join(this.#repo.gitDir, "logs", "HEAD"), { maxBytes: 4096, part: "end" });
    const last = read.kind === "read" ? read.bytes.toString("utf8").trimEnd().split("\n").at(-1) : undefined;
    return last?.split(" ")[1] === seen;
  }

  /** Looks again as soon as something happens to settings or the stash. */
  #startWatching(): void {
    if (this.#watchers.length > 0) return;
    const { commonDir } = this.#repo;
    const folders = [
      { folder: commonDir, names: new Set<string>(CONFIG_FILES), look: () => this.#lookAtBreaking() },
      { folder: join(commonDir, "logs", "refs"), names: new Set(["stash"]), look: () => this.#lookAtStash() },
    ];
    for (const { folder, names, look } of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          if (name !== null && names.has(name)) void this.#inTurn(look).catch(() => undefined);
        });
        watcher.on("error", () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Not every file system tells; the looks at both ends remain.
      }
    }
  }

  #stopWatching(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  async #lookAtBreaking(): Promise<void> {
    if (this.#known !== null) await this.#mendSettings(this.#known);
    for (const file of CONFIG_FILES) {
      for (const key of (await readSettings(this.#repo, file)).keys()) {
        if (isBreaking(`${file} ${key}`)) return this.#look();
      }
    }
  }

  async #git(args: readonly string[], codes: readonly number[]): Promise<void> {
    await git(this.#repo.root, args, { env: settled(this.#repo), codes });
  }
}

function setOrDelete(values: Map<string, string>, name: string, value: string | null): void {
  if (value === null) values.delete(name);
  else values.set(name, value);
}
