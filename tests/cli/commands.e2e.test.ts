/** Every command that looks at a run that is over: exit code, JSON by its schema, words for a person. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { pleach, readDocument, readError, readEvents, type Said, start } from "./program.ts";
import { git, makeRepository, planText } from "./repositories.ts";

const PLAN = planText(
  [
    { id: "first", run: "echo one > one.txt", more: ["scope: [one.txt]"] },
    { id: "second", run: "echo two > two.txt", more: ["needs: [first]", "scope: [two.txt]", "gates: [check]"] },
    {
      id: "odd",
      run: "test -f ../once || { touch ../once; echo 'Error: boom, nothing was touched' >&2; exit 3; }; echo three > three.txt",
      more: ["scope: [three.txt]", "retries: 1"],
    },
  ],
  ['gates: { check: { run: "test -f one.txt" } }', "concurrency: 2"],
);

let root: string;
let run: Said;
let status: StatusDocument;

beforeAll(async () => {
  root = makeRepository({ "plan.md": PLAN });
  run = await pleach(root, "run", "plan.md", "--json", "--run-id", "alpha");
  status = readEvents(run, "run.finished").status;
}, 60_000);

describe("pleach run --json", () => {
  it("prints events by their schema, in order, and closes with the status", () => {
    expect(run.code).toBe(0);
    const { events } = readEvents(run, "run.finished");
    const seqs = events.slice(0, -1).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(events.filter(({ type }) => type === "run.finished")).toHaveLength(1);
    expect(status).toMatchObject({
      run: "alpha",
      status: "succeeded",
      branch: "pleach/alpha",
      recoveries: 0,
      dropped_bytes: 0,
    });
    expect(status.tasks.map(({ id, status: state, attempts }) => [id, state, attempts])).toEqual([
      ["first", "merged", 1],
      ["second", "merged", 1],
      ["odd", "merged", 2],
    ]);
    expect(git(root, "ls-tree", "--name-only", "pleach/alpha").split("\n")).toEqual([
      "README.md",
      "one.txt",
      "plan.md",
      "three.txt",
      "two.txt",
    ]);
  });

  it("names each task's commit on the branch and what it changed", () => {
    for (const { commit, files } of status.tasks) {
      expect(git(root, "merge-base", "--is-ancestor", commit as string, "pleach/alpha")).toBe("");
      expect(git(root, "show", "--format=", "--name-only", commit as string).split("\n")).toEqual(files);
    }
  });
});

describe("looking at a run that is over", () => {
  it("status --json is the closing document, and its hash is that of replay", async () => {
    const later = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(later).toEqual({ ...status, host: { ...status.host, alive: false, pid: null } });
    const replayed = await pleach(root, "replay", "alpha", "--verify", "--json");
    expect(replayed.code).toBe(0);
    expect(readDocument("replay", replayed)).toMatchObject({
      run: "alpha",
      seq: later.seq,
      hash: later.hash,
      verified: true,
      differences: [],
      incompatible: null,
    });
  });

  it("status in words names every task, the time gained and what to type next", async () => {
    const { stdout, code } = await pleach(root, "status", "al");
    expect(code).toBe(0);
    for (const word of [
      "first",
      "second",
      "odd",
      "attempt 2",
      "run alpha succeeded: 3 merged of 3 tasks",
      "one after the other",
      "pleach ship alpha",
    ]) {
      expect(stdout).toContain(word);
    }
  });

  it("list shows a state of another program as it is, and counts what it does not know as not finished", async () => {
    const state = (name: string): string => join(root, ".ce-workspace/alpha/.ce-state", name);
    const [wasRun, wasTasks] = [readFileSync(state("run.json"), "utf8"), readFileSync(state("tasks.json"), "utf8")];
    const [runState, taskState] = [JSON.parse(wasRun), JSON.parse(wasTasks)];
    taskState.tasks[0].status = "hibernating";
    writeFileSync(state("run.json"), JSON.stringify({ ...runState, status: "moving" }));
    writeFileSync(state("tasks.json"), JSON.stringify(taskState));
    try {
      expect((await pleach(root, "list")).stdout).toMatch(/^alpha +moving +\d{4}-.* 2\/3 +try things out$/m);
    } finally {
      writeFileSync(state("run.json"), wasRun);
      writeFileSync(state("tasks.json"), wasTasks);
    }
  });

  it("list shows it", async () => {
    expect(readDocument("list", await pleach(root, "list", "--json"))).toMatchObject({
      runs: [{ run: "alpha", status: "succeeded", goal: "try things out", tasks: { done: 3, total: 3 }, why: null }],
    });
    expect((await pleach(root, "list")).stdout).toMatch(/^alpha +succeeded +\d{4}-.* 3\/3 +try things out$/m);
  });

  it("events --json repeats what the run printed; --follow ends with the run; --records shows all", async () => {
    const [plain, followed, records, words] = await Promise.all([
      pleach(root, "events", "--json"),
      pleach(root, "events", "--json", "--follow"),
      pleach(root, "events", "--json", "--records"),
      pleach(root, "events"),
    ]);
    const printed = readEvents(run).events.slice(0, -1);
    const { events } = readEvents(plain);
    expect(events.filter(({ type }) => type !== "run.finished")).toEqual(printed);
    expect(followed.stdout).toBe(plain.stdout);
    const seqs = records.stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: status.seq }, (_, index) => index + 1));
    expect(words.stdout.trimEnd().split("\n")).toHaveLength(events.length);
    expect([plain.code, followed.code, records.code, words.code]).toEqual([0, 0, 0, 0]);
  });

  it("replay --until shows an earlier state", async () => {
    const early = readDocument<{ seq: number; states: Record<string, unknown> }>(
      "replay",
      await pleach(root, "replay", "--until", "3", "--json"),
    );
    expect(early.seq).toBe(3);
    expect(Object.keys(early.states)).not.toContain("task:second");
    expect((await pleach(root, "replay", "--until", "3")).stdout).toContain("run alpha at record 3");
  });

  it("log verify counts every record", async () => {
    const said = await pleach(root, "log", "verify", "--json");
    expect(said.code).toBe(0);
    expect(readDocument("log-verify", said)).toEqual({
      schema: 1,
      run: "alpha",
      records: status.seq,
      ok: true,
      damage: null,
      dropped_bytes: 0,
    });
  });

  it("resume of it says so, starts nothing, and takes away what a host left that died at the very end", async () => {
    const left = [join(root, ".git/pleach.writes"), join(`${root}.worktrees`, "alpha/.pleach-trash-1/deep")];
    for (const folder of left) mkdirSync(folder, { recursive: true });
    const before = readFileSync(join(root, ".ce-workspace/alpha/log/1.jsonl"));
    const [words, json] = [await pleach(root, "resume"), await pleach(root, "resume", "--json")];
    expect([words.code, json.code]).toEqual([0, 0]);
    expect(words.stdout).toContain("run alpha is over; nothing is left to do");
    expect(words.stderr).toBe("");
    expect(readEvents(json, "run.finished").events).toHaveLength(1);
    expect(readFileSync(join(root, ".ce-workspace/alpha/log/1.jsonl"))).toEqual(before);
    expect(existsSync(join(root, ".ce-workspace/alpha/log/2.jsonl"))).toBe(false);
    expect(left.map((folder) => existsSync(folder))).toEqual([false, false]);
  });

  it("decide has nothing to ask, cancel nothing to cancel", async () => {
    const decided = await pleach(root, "decide", "--json");
    expect(decided.code).toBe(0);
    expect(readDocument("decide", decided)).toEqual({ schema: 1, run: "alpha", conflicts: [] });
    expect(readError(await pleach(root, "cancel", "--json"), 2).error.code).toBe("run.over");
  });

  it("attach without a terminal prints its events and ends with its code", async () => {
    const said = await pleach(root, "attach");
    expect(said.code).toBe(0);
    expect(said.stdout).toContain("run alpha succeeded");
    readEvents(await pleach(root, "attach", "--json"), "run.finished");
  });

  it("vault search finds what the run taught", async () => {
    const found = readDocument<{ results: { path: string }[] }>(
      "vault-search",
      await pleach(root, "vault", "search", "boom", "--json"),
    );
    expect(found.results.length).toBeGreaterThan(0);
    expect((await pleach(root, "vault", "search", "try things")).stdout).toContain("try things out");
  });

  it("the next plan check shows the pattern with its evidence", async () => {
    const said = await pleach(root, "plan", "check", "plan.md", "--json");
    const { predictions } = readDocument<{ predictions: { task: string }[] }>("plan-check", said);
    expect(predictions.map(({ task }) => task)).toContain("odd");
    expect((await pleach(root, "plan", "check", "plan.md")).stdout).toMatch(
      /▲ odd: .*boom.*\n {4}seen in 1 task, 1 succeeded on retry, last .*; found by .*same task before\n/,
    );
  });
});

describe("every command", () => {
  const COMMANDS = [
    ["run"],
    ["attach"],
    ["resume"],
    ["cancel"],
    ["decide"],
    ["ship"],
    ["status"],
    ["list"],
    ["events"],
    ["replay"],
    ["log", "verify"],
    ["plan", "check"],
    ["init"],
    ["vault", "init"],
    ["vault", "check"],
    ["vault", "search"],
    ["doctor"],
  ];

  it("shows help with an example", async () => {
    for (const command of COMMANDS) {
      const said = await pleach(root, ...command, "--help");
      expect(said.code).toBe(0);
      expect(said.stdout).toContain(`$ pleach ${command.join(" ")}`);
      expect(said.stdout).toContain("-C <dir>");
    }
  }, 60_000);

  it("takes -C before and after the command", async () => {
    const away = join(root, "..");
    expect((await pleach(away, "-C", root, "list")).stdout).toContain("alpha");
    expect((await pleach(away, "list", "-C", root)).stdout).toContain("alpha");
  });

  it("takes the newest run when none is named, by when it began", async () => {
    const said = await pleach(root, "run", "plan.md", "--json", "--run-id", "aardvark", "--no-learn");
    expect(said.code).toBe(0);
    expect(readDocument("status", await pleach(root, "status", "--json"))).toMatchObject({ run: "aardvark" });
    expect(readError(await pleach(root, "status", "a", "--json"), 2).error.code).toBe("run.ambiguous");
  });

  it("ends quietly when its reader leaves", async () => {
    const going = start(["events", "alpha", "--json"], { cwd: root });
    going.child.stdout?.destroy();
    const said = await going.ended;
    expect([said.code, said.stderr]).toEqual([0, ""]);
  });
});
