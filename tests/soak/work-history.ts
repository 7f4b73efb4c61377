/**
 * One history of work: a repository, runs of scripts, and a random sequence of what people, kills and disks do to them. After
 * each step the oracle is asked.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandomSequence, type RandomSequence } from "../../src/testing/determinism/seeded-random.ts";
import { liveFor } from "../helpers/killed-run.ts";
import { type Ended, git, makeRepository, runProgram } from "../helpers/program.ts";
import { explainNoDisk, SmallDisk } from "./small-disk.ts";
import { WorkOracle } from "./work-oracle.ts";

export interface WorkHistory {
  seed: number;
  /** What was done, in order. */
  steps: string[];
  /** Commits that logs named. */
  commits: number;
  kills: number;
  /** How often the disk was full. */
  full: number;
  violations: string[];
}

interface ListedWork {
  id: string;
  kind: string;
  ref: string | null;
  commits: { commit: string }[];
}

const MAX_LIFE_MS = 2_500;
/** Of the disk that is filled up: as much as has to be free for work to start, and some. */
const DISK_MB = 1_400;

/** Carries out the history of `seed` in the folder `place`, which must not exist yet; so many steps. */
export async function runWorkHistory(place: string, seed: number, most: number): Promise<WorkHistory> {
  const random = createRandomSequence(seed, "work");
  mkdirSync(place, { recursive: true });
  const disk = explainNoDisk() === null && random.chance(0.4) ? SmallDisk.mount(place, DISK_MB) : null;
  try {
    return await new History(join(place, "repo"), seed, random, disk).live(most);
  } finally {
    disk?.unmount();
  }
}

class History {
  readonly #root: string;
  readonly #seed: number;
  readonly #random: RandomSequence;
  /** The disk that may be filled up; null where there is none. */
  readonly #disk: SmallDisk | null;
  readonly #oracle: WorkOracle;
  readonly #done: WorkHistory;
  #runs = 0;
  #isFull = false;

  constructor(root: string, seed: number, random: RandomSequence, disk: SmallDisk | null) {
    this.#root = root;
    this.#seed = seed;
    this.#random = random;
    this.#disk = disk;
    this.#oracle = new WorkOracle(root);
    this.#done = { seed, steps: [], commits: 0, kills: 0, full: 0, violations: [] };
  }

  async live(most: number): Promise<WorkHistory> {
    makeRepository(this.#root, { "base.txt": "base\n", "both.txt": "begin\n" });
    git(this.#root, "branch", "theirs");
    await this.#step("run", () => this.#run());
    for (let at = 1; at < most && this.#done.violations.length === 0; at += 1) {
      const [name, act] = this.#random.pick(this.#choices());
      await this.#step(name, act);
    }
    return this.#done;
  }

  #choices(): [string, () => Promise<string>][] {
    return [
      ["run", () => this.#run()],
      ["resume", () => this.#resume()],
      ["resume", () => this.#resume()],
      ["retry", () => this.#pleach("retry", "--no-tui", "--no-learn")],
      ["cancel", () => this.#pleach("cancel")],
      ["ship", () => this.#pleach("ship", "--yes")],
      ["clean", () => this.#pleach("clean", "--yes", ...(this.#random.chance(0.5) ? ["--older", "0m"] : []))],
      ["clean by name", () => this.#cleanNamed()],
      ["recover", () => this.#recover()],
      ["doctor", () => this.#pleach("doctor", "--fix")],
      ["gc", async () => git(this.#root, "gc", "--prune=now", "-q")],
      ["delete worktree", () => this.#deleteWorktree()],
      ["delete folder", () => this.#deleteFolder()],
      ["full disk", () => this.#onFullDisk()],
    ];
  }

  async #step(name: string, act: () => Promise<string>): Promise<void> {
    const said = await act();
    this.#done.steps.push(said === "" ? name : `${name}: ${said}`);
    this.#oracle.readLogs();
    this.#done.commits = this.#oracle.size;
    const listed = await this.#list();
    if (typeof listed === "string") this.#done.violations.push(listed);
    else {
      const commits = new Set(listed.flatMap((work) => work.commits.map(({ commit }) => commit)));
      this.#done.violations.push(...this.#oracle.judge(commits).map((each) => `after ${name}: ${each}`));
    }
  }

  /** What `pleach recover` lists, or why it does not. */
  async #list(): Promise<ListedWork[] | string> {
    const { code, stdout, stderr } = await runProgram(this.#root, ["recover", "--json"]);
    return code === 0 ? (JSON.parse(stdout) as { work: ListedWork[] }).work : `recover ended with ${code}: ${stderr}`;
  }

  async #pleach(...args: string[]): Promise<string> {
    const { code, signal } = await runProgram(this.#root, args);
    return `${args.join(" ")} -> ${code ?? signal}`;
  }

  async #run(): Promise<string> {
    this.#runs += 1;
    const run = `h${this.#seed}-${this.#runs}`;
    writeFileSync(join(this.#root, "plan.yaml"), this.#plan());
    return this.#live(run, true);
  }

  /** To its end, or until it is killed. */
  async #live(run: string, isFirst: boolean): Promise<string> {
    const isBrief = this.#random.chance(0.5) || this.#isFull;
    const lifeMs = isBrief ? this.#random.below(MAX_LIFE_MS) : 60_000;
    const life = liveFor(
      { root: this.#root, run },
      lifeMs,
      this.#random.chance(0.3) ? "start" : "firstWord",
      this.#random.chance(0.5),
    );
    const { code, signal }: Ended = await life(isFirst);
    if (signal === "SIGKILL") this.#done.kills += 1;
    return `${run} -> ${code ?? signal}`;
  }

  async #resume(): Promise<string> {
    const runs = this.#listRuns();
    return runs.length === 0 ? "" : this.#live(this.#random.pick(runs), false);
  }

  #listRuns(): string[] {
    const workspace = join(this.#root, ".ce-workspace");
    return existsSync(workspace)
      ? readdirSync(workspace)
          .filter((name) => name.startsWith("h"))
          .sort()
      : [];
  }

  /** Some do well, some fail with work in their worktree, some by their gates, some in what others change, too. */
  #plan(): string {
    const blocks = Array.from({ length: 2 + this.#random.below(3) }, (_, at) => {
      const id = `t${at}`;
      const file = this.#random.chance(0.3) ? "both.txt" : `${id}.txt`;
      const ends = this.#random.pick(["", "", "exit 1", 'test "$PLEACH_ATTEMPT" != 1', "touch bad.txt"]);
      const sleep = this.#random.chance(0.5) ? `sleep 0.${this.#random.below(6)}; ` : "";
      const gates = this.#random.chance(0.5) ? "\n    gates: [ok]" : "";
      return `  - id: ${id}
    scope: ["*.txt"]
    retries: ${this.#random.below(2)}
    onConflict: ${this.#random.pick(["rerun", "ask"])}${gates}
    run: |
      ${sleep}echo "${id} $PLEACH_ATTEMPT $$" >> ${file}; ${ends}`;
    });
    const gate = 'ok: {run: "test ! -f bad.txt", required: true}';
    return `goal: work\nconcurrency: 3\ngates:\n  ${gate}\ntasks:\n${blocks.join("\n")}\n`;
  }

  async #cleanNamed(): Promise<string> {
    const listed = await this.#list();
    const named = typeof listed === "string" ? [] : listed.filter(({ kind }) => kind === "saved" || kind === "attempt");
    if (named.length === 0) return "";
    const { id, commits } = this.#random.pick(named);
    const { code } = await runProgram(this.#root, ["clean", id, "--yes"]);
    if (code === 0) this.#oracle.throwAway(commits.map(({ commit }) => commit));
    return `${id} -> ${code}`;
  }

  async #recover(): Promise<string> {
    const listed = await this.#list();
    const some = typeof listed === "string" ? [] : listed.filter(({ kind }) => kind !== "lost");
    if (some.length === 0) return "";
    const { id, commits } = this.#random.pick(some);
    const isOnto = this.#random.chance(0.5);
    const { code, stderr } = await runProgram(this.#root, ["recover", id, ...(isOnto ? ["--onto", "theirs"] : [])]);
    if (code === 0 && isOnto) this.#oracle.bringOver(commits.map(({ commit }) => commit));
    if (code !== 0 && !/does not fit onto/.test(stderr)) this.#done.violations.push(`recover ${id}: ${stderr}`);
    return `${id}${isOnto ? " onto theirs" : ""} -> ${code}`;
  }

  async #deleteWorktree(): Promise<string> {
    const paths = git(this.#root, "worktree", "list", "--porcelain").match(/^worktree .*$/gm) ?? [];
    const others = paths.map((line) => line.slice("worktree ".length)).filter((path) => path !== this.#root);
    if (others.length === 0) return "";
    const path = this.#random.pick(others);
    if (this.#random.chance(0.5)) rmSync(path, { recursive: true, force: true });
    else git(this.#root, "worktree", "remove", "-f", "-f", path);
    return path.slice(this.#root.length);
  }

  async #deleteFolder(): Promise<string> {
    const runs = this.#listRuns();
    if (runs.length === 0) return "";
    const run = this.#random.pick(runs);
    const part = this.#random.pick(["", "out", "snapshots", ".ce-state"]);
    rmSync(join(this.#root, ".ce-workspace", run, part), { recursive: true, force: true });
    return `${run}/${part}`;
  }

  /** Something is done while nothing, or little, can be written. */
  async #onFullDisk(): Promise<string> {
    if (this.#disk === null) return "";
    const makeRoom = this.#disk.fill(this.#random.pick([0, 64, 256, 1024]) * 1024);
    this.#done.full += 1;
    this.#isFull = true;
    try {
      return await this.#random.pick([
        () => this.#run(),
        () => this.#resume(),
        () => this.#pleach("retry", "--no-tui", "--no-learn"),
        () => this.#pleach("clean", "--yes", "--older", "0m"),
      ])();
    } finally {
      this.#isFull = false;
      makeRoom();
    }
  }
}
