/** A fake of the integration branch, and the commits that could be on it. No files: what matters is which commit is on which. */
import type { SeededRandom } from "../determinism/seeded-random.ts";

interface Commit {
  /** Null for the base and for commits that others made. */
  task: string | null;
  parent: string | null;
  /** The task's own commit that this one brings onto the chain. */
  of: string | null;
  /** Whether it makes the tree red. */
  isBad: boolean;
}

/** A commit with what follows from those below it: nothing walks all of a long branch. */
interface Placed extends Commit {
  depth: number;
  /** Whether it and all below it are green. */
  isGreen: boolean;
}

export const BASE = "base";

export class FakeBranch {
  #head = BASE;
  readonly #commits = new Map<string, Placed>();
  /** Commits on the branch, and the tasks of which one is. */
  readonly #onBranch = new Set([BASE]);
  readonly #landed = new Set<string>();
  /** Commits that bring a task, or a task's own commit, onto something. */
  readonly #links = new Map<string, string[]>();
  readonly #random: SeededRandom;
  readonly #rates: { conflictRate: number; tipRedRate: number };
  readonly #areApart: (a: string, b: string) => boolean;

  /** `areApart`: whether two tasks can change nothing in common. */
  constructor(
    random: SeededRandom,
    rates: { conflictRate: number; tipRedRate: number },
    areApart: (a: string, b: string) => boolean,
  ) {
    this.#random = random;
    this.#areApart = areApart;
    this.#rates = rates;
    // Every now and then nobody's work can pass, since what is there already is red.
    const isBad = random.chance(rates.tipRedRate / 5, "red base");
    this.#commits.set(BASE, { task: null, parent: null, of: null, isBad, depth: 0, isGreen: !isBad });
  }

  get head(): string {
    return this.#head;
  }

  /** Moves the branch; returns the tasks that are on it twice now, as far as it came by this move. */
  moveTo(commit: string): string[] {
    const added = this.#between(commit, this.#head);
    const twice: string[] = [];
    for (const id of added.reverse()) {
      const { task } = this.#get(id);
      this.#onBranch.add(id);
      if (task === null) continue;
      if (this.#landed.has(task)) twice.push(task);
      this.#landed.add(task);
    }
    this.#head = commit;
    return twice;
  }

  /** A task's own commit, a child of `base`. */
  commit(task: string, base: string): string {
    const id = `work-${this.#commits.size}`;
    const isBad = this.#random.chance(this.#rates.tipRedRate, "bad commit", id);
    return this.#add(id, { task, parent: base, of: null, isBad });
  }

  /** Somebody else pushes a commit. */
  pushByOthers(): void {
    this.moveTo(this.#add(`other-${this.#commits.size}`, { task: null, parent: this.head, of: null, isBad: false }));
  }

  /** Brings a task's commit onto `onto`, or names the tasks there that it conflicts with. */
  rebase(task: string, commit: string, onto: string): { link: string } | { conflictsWith: string[] } {
    const work = this.#get(commit);
    const unknown = this.#between(onto, work.parent ?? BASE);
    const conflictsWith = unknown.flatMap((id) => this.#get(id).task ?? []).filter((other) => this.#clash(task, other));
    if (conflictsWith.length > 0) return { conflictsWith };
    const link = this.#add(`link-${this.#commits.size}`, { task, parent: onto, of: commit, isBad: work.isBad });
    for (const name of [`task ${task}`, `work ${commit}`]) {
      const links = this.#links.get(name);
      if (links === undefined) this.#links.set(name, [link]);
      else links.push(link);
    }
    return { link };
  }

  /** Whether the tree at `commit` passes the gates. */
  isGreen(commit: string): boolean {
    return this.#get(commit).isGreen;
  }

  contains(commit: string, head = this.head): boolean {
    const depth = this.#commits.get(commit)?.depth ?? Number.POSITIVE_INFINITY;
    if (this.#onBranch.has(commit) && this.#onBranch.has(head)) return depth <= this.#get(head).depth;
    let id = head;
    for (let at = this.#get(id); at.depth > depth && at.parent !== null; at = this.#get(id)) id = at.parent;
    return id === commit;
  }

  /** Whether a commit of a task is at `head` or below it. */
  containsTask(task: string, head = this.head): boolean {
    return this.#links.get(`task ${task}`)?.some((link) => this.contains(link, head)) ?? false;
  }

  /** Tasks on the branch. */
  tasks(): ReadonlySet<string> {
    return this.#landed;
  }

  /** Whether a task's own commit was brought onto the branch. */
  containsWork(commit: string): boolean {
    return this.#links.get(`work ${commit}`)?.some((link) => this.contains(link)) ?? false;
  }

  #clash(a: string, b: string): boolean {
    if (a === b || this.#areApart(a, b)) return false;
    return this.#random.chance(this.#rates.conflictRate, "clash", ...[a, b].sort());
  }

  /** Commits at `from` and below it that are not at `known` or below it, the newest first. */
  #between(from: string, known: string): string[] {
    const between: string[] = [];
    for (let id: string | null = from; id !== null && !this.contains(id, known); id = this.#get(id).parent)
      between.push(id);
    return between;
  }

  #get(id: string): Placed {
    const commit = this.#commits.get(id);
    if (commit === undefined) throw new Error(`there is no commit ${id}`);
    return commit;
  }

  #add(id: string, commit: Commit): string {
    const parent = this.#get(commit.parent ?? BASE);
    this.#commits.set(id, { ...commit, depth: parent.depth + 1, isGreen: parent.isGreen && !commit.isBad });
    return id;
  }
}
