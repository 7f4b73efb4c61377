/**
 * What must hold of work whatever is done: each commit that a log names is held by a ref until something else holds what was
 * merged of it, or a person threw it away by name; and `pleach recover` lists it until a branch of the person's has it. Reads
 * logs and git by itself.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "../helpers/program.ts";

interface Named {
  run: string;
  task: string;
  /** What was merged of it, where something was. */
  landed: string | null;
}

export class WorkOracle {
  readonly #root: string;
  /** Commit -> whose it is. What was named once counts, also when its log is gone. */
  readonly #named = new Map<string, Named>();
  /** Thrown away by name. */
  readonly #away = new Set<string>();
  /** On a branch of the person's as another commit. */
  readonly #brought = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  get size(): number {
    return this.#named.size;
  }

  throwAway(commits: readonly string[]): void {
    for (const commit of commits) this.#away.add(commit);
  }

  bringOver(commits: readonly string[]): void {
    for (const commit of commits) this.#brought.add(commit);
  }

  /** Takes in what the logs say now. */
  readLogs(): void {
    const workspace = join(this.#root, ".ce-workspace");
    for (const run of existsSync(workspace) ? readdirSync(workspace).sort() : []) {
      const folder = join(workspace, run, "log");
      if (run.startsWith(".") || !existsSync(folder)) continue;
      const newest = new Map<string, string>();
      const segments = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
      for (const segment of segments.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
        for (const line of readFileSync(join(folder, segment), "utf8").split("\n").slice(0, -1))
          this.#readLine(run, line, newest);
      }
    }
  }

  #readLine(run: string, line: string, newest: Map<string, string>): void {
    if (!line.includes("work.committed") && !line.includes("merge.landed")) return;
    const { actor, type, data } = JSON.parse(line) as { actor: string; type: string; data: { commit: string } };
    if (!actor.startsWith("task:")) return;
    const task = actor.slice("task:".length);
    if (type === "work.committed") {
      newest.set(task, data.commit);
      if (!this.#named.has(data.commit)) this.#named.set(data.commit, { run, task, landed: null });
    }
    const last = newest.get(task);
    const named = last === undefined ? undefined : this.#named.get(last);
    if (type === "merge.landed" && named !== undefined) named.landed = data.commit;
  }

  /** What is wrong now. `listed`: all commits that `pleach recover` lists. */
  judge(listed: ReadonlySet<string>): string[] {
    const [held, persons] = [this.#listHeld(false), this.#listHeld(true)];
    const wrong: string[] = [];
    for (const [commit, { run, task, landed }] of this.#named) {
      const counts = landed !== null && (held.has(landed) || this.#away.has(landed)) ? landed : commit;
      if ([commit, counts].some((each) => this.#away.has(each) || this.#brought.has(each))) continue;
      const what = `${counts.slice(0, 10)} of ${run}/${task}`;
      if (!held.has(counts)) wrong.push(`no ref holds ${what}`);
      if (!persons.has(counts) && !listed.has(counts)) wrong.push(`recover does not list ${what}`);
    }
    return wrong;
  }

  /** Work that no ref holds any more, a line each. */
  listUnheld(): string[] {
    const listed = new Set(
      [...this.#named].flatMap(([commit, { landed }]) => (landed === null ? [commit] : [commit, landed])),
    );
    return this.judge(listed);
  }

  #listHeld(isOfPersons: boolean): Set<string> {
    const not = ["--exclude=refs/pleach/*", "--exclude=refs/heads/pleach/*", "--exclude=refs/heads/pleach-tasks/*"];
    return new Set(git(this.#root, "rev-list", ...(isOfPersons ? not : []), "--glob=refs/*").split("\n"));
  }
}
