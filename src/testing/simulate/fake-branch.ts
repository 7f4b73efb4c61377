/** The integration branch of a simulated run, and the commits that could be on it. No files: what matters is who is on what. */
import type { Draw } from "../determinism/seeded-random.ts";

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

export class Branch {
  head = BASE;
  readonly #commits = new Map<string, Commit>();
  readonly #draw: Draw;
  readonly #rates: { conflictRate: number; tipRedRate: number };

  constructor(draw: Draw, rates: { conflictRate: number; tipRedRate: number }) {
    this.#draw = draw;
    this.#rates = rates;
    // Every now and then nobody's work can pass, since what is there already is red.
    const isBad = draw.chance(rates.tipRedRate / 5, "red base");
    this.#commits.set(BASE, { task: null, parent: null, of: null, isBad });
  }

  /** A task's own commit, a child of `base`. */
  commit(task: string, base: string): string {
    const id = `work-${this.#commits.size}`;
    const isBad = this.#draw.chance(this.#rates.tipRedRate, "bad commit", id);
    return this.#add(id, { task, parent: base, of: null, isBad });
  }

  /** Somebody else moves the branch on. */
  intrude(): void {
    this.head = this.#add(`other-${this.#commits.size}`, { task: null, parent: this.head, of: null, isBad: false });
  }

  /** Brings a task's commit onto `onto`; null when it conflicts with what is there. */
  chain(task: string, commit: string, onto: string): string | null {
    const work = this.#get(commit);
    const known = new Set(this.#line(work.parent));
    const news = this.#line(onto).filter((id) => !known.has(id));
    if (news.some((id) => this.#clash(task, this.#get(id).task))) return null;
    return this.#add(`link-${this.#commits.size}`, { task, parent: onto, of: commit, isBad: work.isBad });
  }

  /** Whether the tree at `commit` passes the gates. */
  isGreen(commit: string): boolean {
    return this.#line(commit).every((id) => !this.#get(id).isBad);
  }

  has(commit: string, head = this.head): boolean {
    return this.#line(head).includes(commit);
  }

  /** Tasks below `head`, the newest first. */
  tasks(head = this.head): string[] {
    return this.#line(head).flatMap((id) => this.#get(id).task ?? []);
  }

  /** Whether a task's own commit was brought onto the branch. */
  holdsWork(commit: string): boolean {
    return this.#line(this.head).some((id) => this.#get(id).of === commit);
  }

  #clash(a: string, b: string | null): boolean {
    if (b === null || a === b) return false;
    return this.#draw.chance(this.#rates.conflictRate, "clash", ...[a, b].sort());
  }

  #line(from: string | null): string[] {
    const line: string[] = [];
    for (let id = from; id !== null; id = this.#get(id).parent) line.push(id);
    return line;
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
