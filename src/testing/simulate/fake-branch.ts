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

export const BASE = "base";

export class FakeBranch {
  head = BASE;
  readonly #commits = new Map<string, Commit>();
  readonly #random: SeededRandom;
  readonly #rates: { conflictRate: number; tipRedRate: number };

  constructor(random: SeededRandom, rates: { conflictRate: number; tipRedRate: number }) {
    this.#random = random;
    this.#rates = rates;
    // Every now and then nobody's work can pass, since what is there already is red.
    const isBad = random.chance(rates.tipRedRate / 5, "red base");
    this.#commits.set(BASE, { task: null, parent: null, of: null, isBad });
  }

  /** A task's own commit, a child of `base`. */
  commit(task: string, base: string): string {
    const id = `work-${this.#commits.size}`;
    const isBad = this.#random.chance(this.#rates.tipRedRate, "bad commit", id);
    return this.#add(id, { task, parent: base, of: null, isBad });
  }

  /** Somebody else pushes a commit. */
  pushByOthers(): void {
    this.head = this.#add(`other-${this.#commits.size}`, { task: null, parent: this.head, of: null, isBad: false });
  }

  /** Brings a task's commit onto `onto`; null when it conflicts with what is there. */
  rebase(task: string, commit: string, onto: string): string | null {
    const work = this.#get(commit);
    const known = new Set(this.#ancestry(work.parent));
    const unknown = this.#ancestry(onto).filter((id) => !known.has(id));
    if (unknown.some((id) => this.#conflicts(task, this.#get(id).task))) return null;
    return this.#add(`link-${this.#commits.size}`, { task, parent: onto, of: commit, isBad: work.isBad });
  }

  /** Whether the tree at `commit` passes the gates. */
  isGreen(commit: string): boolean {
    return this.#ancestry(commit).every((id) => !this.#get(id).isBad);
  }

  contains(commit: string, head = this.head): boolean {
    return this.#ancestry(head).includes(commit);
  }

  /** Tasks below `head`, the newest first. */
  tasks(head = this.head): string[] {
    return this.#ancestry(head).flatMap((id) => this.#get(id).task ?? []);
  }

  /** Whether a task's own commit was brought onto the branch. */
  containsWork(commit: string): boolean {
    return this.#ancestry(this.head).some((id) => this.#get(id).of === commit);
  }

  #conflicts(a: string, b: string | null): boolean {
    if (b === null || a === b) return false;
    return this.#random.chance(this.#rates.conflictRate, "clash", ...[a, b].sort());
  }

  #ancestry(from: string | null): string[] {
    const ancestry: string[] = [];
    for (let id = from; id !== null; id = this.#get(id).parent) ancestry.push(id);
    return ancestry;
  }

  #get(id: string): Commit {
    const commit = this.#commits.get(id);
    if (commit === undefined) throw new Error(`there is no commit ${id}`);
    return commit;
  }

  #add(id: string, commit: Commit): string {
    this.#commits.set(id, commit);
    return id;
  }
}
