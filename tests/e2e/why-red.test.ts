/** What a person is told when something is red: the file that holds the reason, whoever ran it, and what stands there. */
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { expectValid, readError, start } from "../cli/program.ts";
import { type Ended, runProgram } from "../helpers/program.ts";
import { begin, PATIENCE_MS, RUN, readIf, readStatus, SHARED, taskOf, until, Workshop } from "./runs.ts";

const workshop = new Workshop("why red");
afterAll(() => workshop.clean());

const ONLY_IF = (task: string, then: string): string => `[ "$PLEACH_TASK" != ${task} ] || { ${then}; }`;

/** One task for each place at which something may be red, and one that goes well. */
const PLAN = {
  goal: "trouble everywhere",
  concurrency: 4,
  gates: {
    own: { run: "! test -e own.txt || { seq 1 20 | sed 's/^/line /'; echo the own gate; exit 3; }", at: ["task"] },
    tree: { run: "! test -e tree.txt || { printf 'the \\033[31mmerged\\033[0m tree\\n'; exit 4; }", required: true },
  },
  tasks: [
    { id: "fine", scope: ["fine.txt"], run: "echo all is well; echo 1 > fine.txt" },
    { id: "own-gate", scope: ["own.txt"], gates: ["own"], run: "echo nothing to see; echo 1 > own.txt" },
    { id: "merge-gate", scope: ["tree.txt"], gates: [], run: "echo nothing to see; echo 1 > tree.txt" },
    { id: "work", scope: ["work.txt"], run: "echo the work itself; exit 5" },
    { id: "set-up", scope: ["set-up.txt"], run: "echo 1 > set-up.txt" },
  ],
};
const CONFIG = `worktree:
  setup: ${JSON.stringify(ONLY_IF("set-up", "echo no registry; exit 6"))}
  teardown: ${JSON.stringify(ONLY_IF("fine", "echo cannot stop it; exit 7"))}
`;

describe("what is red in a run", { timeout: PATIENCE_MS }, () => {
  let root: string;
  let end: Ended;
  let status: StatusDocument;
  const folder = `.ce-workspace/${RUN}/`;

  beforeAll(async () => {
    root = workshop.repository(
      { ...PLAN, gates: { ...PLAN.gates, own: { ...PLAN.gates.own, required: true } } },
      { "pleach.yaml": CONFIG },
    );
    end = await runProgram(root, ["run", "plan.json", "--run-id", RUN, "--no-tui", "--no-learn", "--trust"]);
    status = await readStatus(root);
  }, PATIENCE_MS);

  const own = [...Array.from({ length: 9 }, (_, index) => `line ${index + 12}`), "the own gate"];
  const told: [task: string, log: RegExp, evidence: string[]][] = [
    ["own-gate", /^out\/own-gate\.1\.gates\/own\.log$/, own],
    ["merge-gate", /^out\/merge\.\d+\.gates(\.fresh)?\/tree\.log$/, ["the merged tree"]],
    ["work", /^out\/work\.1\.log$/, ["the work itself"]],
    ["set-up", /^out\/set-up\.\d+\.setup\.log$/, ["no registry"]],
  ];

  it.each(told)("is told of %s with the file that holds the reason, and its last lines", async (id, log, evidence) => {
    const task = taskOf(status, id);
    expect(task).toMatchObject({ status: "failed", log: expect.stringMatching(log), evidence });
    expect(readFileSync(join(root, folder, String(task.log)), "utf8")).toContain(evidence.at(-1)?.split(" ").at(-1));
    const path = `log: ${folder}${task.log}`;
    const [lines, summary] = end.stdout.split(`\nrun ${RUN} `);
    const table = (await runProgram(root, ["status"])).stdout;
    for (const part of [lines, table]) {
      expect(part).toContain(path);
      expect(part).toContain(evidence.at(-1));
    }
    expect(summary).toContain(path);
    expect(table).toContain(`      | ${evidence[0]}\n`);
    // Not the output of work that did nothing wrong.
    if (id !== "work") expect(end.stdout).not.toContain(`log: ${folder}out/${id}.1.log`);
  });

  it("names the output of a teardown that fails", () => {
    expect(status.warnings.join("\n")).toContain(
      `teardown of fine: ${JSON.parse(CONFIG.split("teardown: ")[1] ?? "")} exited with 7: cannot stop it (${folder}out/fine.teardown.log)`,
    );
    expect(taskOf(status, "fine")).not.toHaveProperty("log");
  });

  it("is shown by pleach logs: of a task what says why, of a gate what it printed, clean", async () => {
    const say = (...args: string[]): Promise<Ended> => runProgram(root, ["logs", ...args]);
    const shown: [args: string[], stdout: string | RegExp, stderr: RegExp][] = [
      [
        ["own-gate"],
        /^line 1\n.*the own gate\n$/s,
        /^own-gate, attempt 1: gate own failed \(exited with code 3\): \.ce-w/,
      ],
      [["merge-gate"], "the merged tree\n", /^merge of .*merge-gate.*: gate tree failed/],
      [["set-up"], "no registry\n", /^set-up, attempt 3: setup failed/],
      [["work"], "the work itself\n", /^work, attempt 1: work failed \(exited with code 5\)/],
      [["fine"], "all is well\n", /^fine, attempt 1: work passed/],
      [["own-gate", "--attempt", "1", "--gate", "own"], /the own gate\n$/, /gate own failed/],
      [["fine", "--gate", "tree"], "", /^merge of .*fine.*: gate tree passed.*it printed nothing/],
      [["--gate", "tree"], /^(the merged tree\n)?$/, /^merge of .*: gate tree/],
      [[`${RUN}/work`], "the work itself\n", /^work/],
      [["work", "--run", RUN.slice(0, 5), "--follow"], "the work itself\n", /^work, attempt 1/],
    ];
    for (const [args, stdout, stderr] of shown) {
      const said = await say(...args);
      expect(said.code, said.stderr).toBe(0);
      expect(said.stdout, args.join(" ")).toEqual(typeof stdout === "string" ? stdout : expect.stringMatching(stdout));
      expect(said.stderr).toMatch(stderr);
    }
    const list = (await say()).stdout.split("\n");
    expect(list).toContain(`work, attempt 1: work failed (exited with code 5)  ${folder}out/work.1.log`);
    const document = JSON.parse((await say("merge-gate", "--json")).stdout);
    expect(document).toMatchObject({ schema: 1, run: RUN, gate: "tree", status: "failed", text: "the merged tree\n" });
    expectValid("logs", document);
    expectValid("logs", JSON.parse((await say("--json")).stdout));
  });

  it.each([
    [["nobody"], "usage.noTask", /own-gate/],
    [["work", "--gate", "nothing"], "usage.noLog", /attempts 1/],
    [["work", "--attempt", "7"], "usage.noLog", /attempts 1/],
    [["other/work", "--run", RUN], "usage.manyRuns", /./],
  ])("that pleach logs does not know is refused with what there is: %j", async (args, code, hint) => {
    const said = readError(await start(["logs", ...args, "--json"], { cwd: root }).ended, 2);
    expect(said.error).toMatchObject({ code, hint: expect.stringMatching(hint) });
  });

  it("is not read through a link that leads out of the run's folder", async () => {
    const path = join(root, folder, "out/work.1.log");
    writeFileSync(join(root, "secret.txt"), "a secret\n");
    rmSync(path);
    symlinkSync(join(root, "secret.txt"), path);
    const said = await runProgram(root, ["logs", "work"]);
    expect(said.stdout + said.stderr).not.toContain("a secret");
  });
});

describe("pleach logs --follow", { timeout: PATIENCE_MS }, () => {
  it("shows an output as it grows, and what follows it, until the task is over", async () => {
    const root = workshop.repository({
      goal: "slow",
      gates: { test: { run: "echo the gate", required: true } },
      tasks: [
        {
          id: "slow",
          gates: ["test"],
          scope: ["a.txt"],
          run: `echo first; until test -e ${SHARED}/go; do sleep 0.05; done; echo last; echo 1 > a.txt`,
        },
      ],
    });
    const going = begin(root);
    await until("the output", () => readIf(join(root, `.ce-workspace/${RUN}/out/slow.1.log`)));
    const follower = start(["logs", "slow", "-f"], { cwd: root });
    await follower.says(/^first\n$/);
    writeFileSync(join(root, ".git/go"), "");
    expect((await going.ended).code).toBe(0);
    const { code, stdout, stderr } = await follower.ended;
    expect([code, stdout]).toEqual([0, "first\nlast\nthe gate\nthe gate\n"]);
    expect(stderr).toMatch(/slow, attempt 1: work running.*\n.*gate test.*\n.*merge of slow: gate test/);
  });
});
