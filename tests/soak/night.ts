/**
 * One night of a real run: agents whose services refuse for a while, a gate that is red now and then, kill -9, a full disk, and a
 * person who steps in; then the morning, in which all is let go on. What has become of it is judged by its log, its branch, and by what a
 * person was told.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { NoticeDocument } from "../../src/protocol/notices.ts";
import type { StatusDocument, TaskView } from "../../src/protocol/status.ts";
import { createRandomSequence, type RandomSequence } from "../../src/testing/determinism/seeded-random.ts";
import { CLI, type Ended, git, makeRepository, runProgram, type Started, startProgram } from "../helpers/program.ts";
import { NightOracle } from "./night-oracle.ts";
import { SmallDisk } from "./small-disk.ts";

export interface RealNight {
  seed: number;
  steps: string[];
  tasks: number;
  merged: number;
  kills: number;
  walls: number;
  /** How often the disk was full, or nearly. */
  fullDisks: number;
  /** What a person typed that was taken. */
  stepsTaken: number;
  /** How often a red gate was excused. */
  excused: number;
  notices: number;
  /** Notices that a person got twice. */
  doubled: number;
  violations: string[];
}

const AGENTS = ["sun", "moon"] as const;
const AGENT = join(dirname(CLI), "../tests/fixtures/agents/night-agent.mjs");
const MAX_WALL_MS = 8_000;
const MAX_PAUSE_MS = 1_500;
/** Of one step; a morning that takes longer has something that hangs. */
const MORNING_MS = 150_000;
const USD_A_TURN = 0.1;
const CONCURRENCY = 3;
/** Room for work to start, and for a disk that is nearly full to matter. */
const DISK_MB = 1_400;
const LEFT_BYTES = [0, 64e3, 1e6, 200e6, 600e6];
const MAX_FULL_MS = 3_000;
const OVER = ["succeeded", "partial", "failed", "cancelled"];
/** Command -> states of tasks that it is for. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  pause: ["running", "ready", "pending"],
  continue: ["paused"],
  tell: ["running", "ready"],
  takeover: ["running", "gating", "paused"],
  stop: ["running", "ready"],
  skip: ["pending", "ready"],
  edit: ["pending", "ready"],
  retry: ["failed", "skipped", "cancelled"],
};
const AT_REST = ["pending", "ready", "waiting"];

/** Lives through the night of `seed` in the folder `place`, which must not exist yet; so many things happen in it. */
export async function liveNight(place: string, seed: number, most: number): Promise<RealNight> {
  const night = new Night(place, seed);
  try {
    return await night.live(most);
  } finally {
    night.clear();
  }
}

class Night {
  readonly #root: string;
  readonly #run: string;
  /** Null where none can be had. */
  readonly #disk: SmallDisk | null;
  readonly #sky: string;
  readonly #book: string;
  readonly #config: string;
  readonly #random: RandomSequence;
  /** Dollars; null: as much as it takes. */
  #budget: number | null;
  readonly #done: RealNight;
  #host: Started | null = null;

  constructor(place: string, seed: number) {
    this.#disk = SmallDisk.mount(join(place, "disk"), DISK_MB);
    this.#root = join(place, "disk", "repo");
    // In its name the process, too: whatever carries it was started by this night.
    this.#run = `night-${process.pid}-${seed}`;
    [this.#sky, this.#book, this.#config] = ["sky.json", "told.jsonl", "config"].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ];
    this.#random = createRandomSequence(seed, "night");
    this.#budget = this.#random.chance(0.3) ? USD_A_TURN * (4 + this.#random.below(8)) : null;
    const counts = { tasks: 0, merged: 0, kills: 0, walls: 0, fullDisks: 0, stepsTaken: 0, excused: 0 };
    this.#done = { seed, steps: [], ...counts, notices: 0, doubled: 0, violations: [] };
  }

  async live(most: number): Promise<RealNight> {
    this.#lay();
    this.#begin(["run", "plan.yaml", "--run-id", this.#run]);
    await this.#until("the run has begun", async () => (await this.#status()) !== null);
    for (let at = 0; at < most; at += 1) {
      if (this.#host === null && (await this.#isOver())) break;
      const choices = this.#choices();
      // Somebody looks after it soon.
      const resumes = choices.filter(([name]) => name === "resume" && this.#host === null && this.#random.chance(0.4));
      const [name, act] = this.#random.pick(resumes.length > 0 ? resumes : choices);
      this.#done.steps.push(`${name}: ${await act()}`);
      await this.#wait(this.#random.below(MAX_PAUSE_MS));
    }
    await this.#morning();
    await this.#judge(await this.#status());
    return this.#done;
  }

  clear(): void {
    this.#disk?.unmount();
  }

  #lay(): void {
    mkdirSync(join(this.#config, "pleach"), { recursive: true });
    const command = `cat >> '${this.#book}'; echo >> '${this.#book}'`;
    const when = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];
    writeFileSync(join(this.#config, "pleach/config.yaml"), JSON.stringify({ notify: [{ when, run: command }] }));
    const agents = Object.fromEntries(
      AGENTS.map((name) => [
        name,
        { kind: "acp", command: process.execPath, args: [AGENT], env: { SKY: this.#sky, OWN: name, KEY: name } },
      ]),
    );
    const red = "test $(od -An -N1 -tu1 /dev/urandom) -gt 25";
    makeRepository(this.#root, {
      "pleach.yaml": JSON.stringify({ agents, agent: this.#random.chance(0.5) ? ["sun", "moon"] : "sun" }),
    });
    const count = 8 + this.#random.below(6);
    const tasks = Array.from({ length: count }, (_, at) => ({
      id: `t${at}`,
      scope: [`t${at}.txt`],
      retries: 3,
      instruction: `Write t${at}.txt.`,
      ...(at > 1 && this.#random.chance(0.4) ? { needs: [`t${this.#random.below(at)}`] } : {}),
      ...(this.#random.chance(0.3) ? { agent: "moon" } : {}),
    }));
    const budget = this.#budget === null ? {} : { budget: { usd: this.#budget, mode: "hard" } };
    const gates = { quiet: { run: red, required: true, flaky: "retry" } };
    writeFileSync(
      join(this.#root, "plan.yaml"),
      JSON.stringify({ goal: "a night", concurrency: CONCURRENCY, gates, tasks, ...budget }),
    );
  }

  #env(): Record<string, string> {
    return { XDG_CONFIG_HOME: this.#config };
  }

  #begin(args: string[]): void {
    const started = startProgram(this.#root, [...args, "--json", "--no-learn", "--trust"], this.#env());
    this.#host = started;
    void started.ended.then(() => {
      if (this.#host === started) this.#host = null;
    });
  }

  #choices(): [string, () => Promise<string>][] {
    return [
      ["wall", () => this.#wall()],
      ["wall", () => this.#wall()],
      ["wall", () => this.#wall()],
      ["wall", () => this.#wall()],
      ["kill", () => this.#kill()],
      ["kill", () => this.#kill()],
      ["resume", () => this.#resume()],
      ["full disk", () => this.#fillDisk()],
      ["edit", () => this.#step("edit", "--instruction", "Write it well.")],
      ["decide", () => this.#decide()],
      ["resume", () => this.#resume()],
      ["resume", () => this.#resume()],
      ["pause", () => this.#step("pause")],
      ["continue", () => this.#step("continue")],
      ["tell", () => this.#step("tell", "mind the gap")],
      ["take over", () => this.#step("takeover")],
      ["give back", () => this.#giveBack()],
      ["stop", () => (this.#random.chance(0.3) ? this.#step("stop") : this.#step("tell", "stop that"))],
      ["pause all", async () => `all -> ${(await this.#pleach("pause", "--all")).code}`],
      ["skip", () => (this.#random.chance(0.3) ? this.#step("skip") : this.#step("continue"))],
      ["retry", () => this.#step("retry")],
    ];
  }

  /** An agent's service refuses from now on, for some seconds. */
  async #wall(): Promise<string> {
    const name = this.#random.pick(AGENTS);
    const wall = {
      until: Date.now() + 1_000 + this.#random.below(MAX_WALL_MS),
      status: this.#random.pick([429, 429, 529]),
    };
    const sky = existsSync(this.#sky) ? (JSON.parse(readFileSync(this.#sky, "utf8")) as object) : {};
    writeFileSync(this.#sky, JSON.stringify({ ...sky, [name]: wall }));
    return `${name} ${wall.status}`;
  }

  async #kill(): Promise<string> {
    const host = this.#host;
    if (host === null) return "nobody";
    host.child.kill("SIGKILL");
    const { signal } = await host.ended;
    if (signal === "SIGKILL") this.#done.kills += 1;
    return String(signal);
  }

  /** For a while nothing, or little, can be written. */
  async #fillDisk(): Promise<string> {
    if (this.#disk === null) return "there is none";
    const left = this.#random.pick(LEFT_BYTES);
    const makeRoom = this.#disk.fill(left);
    this.#done.fullDisks += 1;
    await this.#wait(500 + this.#random.below(MAX_FULL_MS));
    makeRoom();
    return `${left} bytes left, ${this.#host === null ? "nobody there" : "the host is there"}`;
  }

  /** Answers one question as a person would who has time. */
  async #decide(): Promise<string> {
    const open = (await this.#status())?.conflicts.filter(({ status }) => status === "open") ?? [];
    if (open.length === 0) return "nothing";
    const { id, choices } = this.#random.pick(open);
    const { name } = this.#random.pick(choices);
    const more = (this.#budget ?? 0) + 2 * USD_A_TURN;
    const words = name === "raise" ? ["raise", `usd=${more}`] : [name];
    const { code } = await this.#pleach("decide", id, ...words);
    if (code === 0 && name === "raise") this.#budget = more;
    return `${id} ${words.join(" ")} -> ${code}`;
  }

  async #resume(): Promise<string> {
    if (this.#host !== null) return "goes on";
    this.#judgeWaits(await this.#status());
    this.#begin(["resume", this.#run]);
    return "";
  }

  /** What a person types of some task; that it is refused is as good. */
  async #step(command: string, ...words: string[]): Promise<string> {
    const some = (await this.#status())?.tasks ?? [];
    if (some.length === 0) return "nothing has begun";
    const fitting = some.filter(({ status }) => FITTING[command]?.includes(status) ?? true);
    // Now and then it is one that it does not fit.
    const { id: task } = this.#random.pick(fitting.length > 0 && this.#random.chance(0.8) ? fitting : some);
    const { code, signal, stderr } = await this.#pleach(command, task, ...words);
    if (code === 0) this.#done.stepsTaken += 1;
    if (code === null || ![0, 1, 2, 3].includes(code))
      this.#done.violations.push(`${command} ${task} ended with ${code ?? signal}: ${stderr}`);
    return `${task} -> ${code}`;
  }

  async #giveBack(): Promise<string> {
    const taken = (await this.#status())?.tasks.find(({ status }) => status === "takenOver");
    if (taken === undefined) return "nothing";
    return this.#handBack(taken, this.#random.chance(0.5));
  }

  async #handBack({ id }: TaskView, discards: boolean): Promise<string> {
    if (!discards) {
      // Where it lies is told with the refusal of taking it twice.
      const { stdout } = await this.#pleach("takeover", id, "--json");
      const path = /it lies in ([^,"]+),/.exec(stdout)?.[1];
      if (path !== undefined && existsSync(path)) writeFileSync(join(path, `${id}.txt`), "by hand\n");
    }
    const { code } = await this.#pleach("giveback", id, ...(discards ? ["--discard"] : []));
    return `${id} -> ${code}`;
  }

  #pleach(...args: string[]): Promise<Ended> {
    return runProgram(this.#root, args, this.#env());
  }

  async #status(): Promise<StatusDocument | null> {
    const { code, stdout } = await this.#pleach("status", this.#run, "--json");
    return stdout.trim() === "" || code === 2 ? null : (JSON.parse(stdout) as StatusDocument);
  }

  async #isOver(): Promise<boolean> {
    const status = (await this.#status())?.status;
    return status !== undefined && OVER.includes(status);
  }

  /** The weather is fair, whoever is paused goes on, all is given back and answered: everything has to come to its end. */
  async #morning(): Promise<void> {
    writeFileSync(this.#sky, "{}");
    const deadline = Date.now() + MORNING_MS;
    while (!(await this.#isOver())) {
      if (Date.now() > deadline) {
        const open = (await this.#status())?.tasks.map(
          ({ id, status, waitsFor }) => `${id} ${status} ${waitsFor?.text ?? ""}`,
        );
        this.#done.violations.push(`is not over in the morning: ${open?.join("; ")}`);
        this.#host?.child.kill("SIGKILL");
        return;
      }
      const status = await this.#status();
      if (this.#host === null) {
        this.#judgeWaits(status);
        this.#begin(["resume", this.#run]);
      }
      for (const task of status?.tasks ?? []) if (task.status === "takenOver") await this.#handBack(task, true);
      if (status?.tasks.some((task) => task.status === "paused")) await this.#pleach("continue", "--all");
      for (const { id, status: state, choices } of status?.conflicts ?? []) {
        const choice = choices.find(({ name }) => name === "stop" || name === "drop") ?? choices[0];
        if (state === "open" && choice !== undefined) await this.#pleach("decide", id, choice.name);
      }
      await this.#wait(300);
    }
    await this.#host?.ended;
    // Whoever was killed after the run's end may not have told it: the person looks once more.
    await this.#pleach("resume", this.#run, "--no-learn", "--trust");
  }

  /** Of a run that waits: every task that does not work says for what. */
  #judgeWaits(status: StatusDocument | null): void {
    if (status?.status !== "waiting") return;
    for (const { id, status: state, waitsFor } of status.tasks)
      if (AT_REST.includes(state) && waitsFor === undefined)
        this.#done.violations.push(`${id} is ${state}, and nothing says what for`);
  }

  async #judge(status: StatusDocument | null): Promise<void> {
    const oracle = NightOracle.read(this.#root, this.#run);
    const told = existsSync(this.#book)
      ? readFileSync(this.#book, "utf8")
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => JSON.parse(line) as NoticeDocument)
      : [];
    if (status === null) return void this.#done.violations.push("there is no status");
    this.#done.tasks = status.tasks.length;
    this.#done.merged = status.tasks.filter(({ status: state }) => state === "merged").length;
    this.#done.notices = told.flatMap(({ notices }) => notices).length;
    this.#done.walls = oracle.walls;
    this.#done.excused = oracle.excused;
    this.#done.doubled = this.#done.notices - new Set(told.flatMap(({ notices }) => notices.map(({ id }) => id))).size;
    const most = this.#budget === null ? null : this.#budget + CONCURRENCY * USD_A_TURN;
    this.#done.violations.push(...oracle.judge(status, { told, kills: this.#done.kills, mostUsd: most }));
    for (const { id } of status.tasks.filter(({ status: state }) => state === "merged"))
      if (!git(this.#root, "ls-tree", "--name-only", `pleach/${this.#run}`).includes(`${id}.txt`))
        this.#done.violations.push(`${id} is merged, and its file is not on the branch`);
    const left = await findProcesses({ run: this.#run });
    if (left.length > 0) this.#done.violations.push(`processes are left: ${left.map(({ pid }) => pid).join(", ")}`);
    for (const args of [
      ["log", "verify", this.#run],
      ["replay", this.#run, "--verify"],
    ]) {
      const { code, stdout } = await this.#pleach(...args, "--json");
      if (code !== 0) this.#done.violations.push(`${args.join(" ")} ended with ${code}: ${stdout.slice(-500)}`);
    }
    const changes = git(this.#root, "status", "--porcelain", "--untracked-files=no").trim();
    if (changes !== "") this.#done.violations.push(`the person's checkout was changed: ${changes}`);
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + MORNING_MS;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await this.#wait(50);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
