/** What a person is told when something is red: the file that holds the reason, whoever ran it, and what stands there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { type Ended, runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, RUN, readStatus, taskOf, Workshop } from "./runs.ts";

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
    end = await runProgram(root, ["run", "plan.json", "--run-id", RUN, "--no-tui", "--no-learn"]);
    status = await readStatus(root);
  }, PATIENCE_MS);

  const own = [...Array.from({ length: 9 }, (_, index) => `line ${index + 12}`), "the own gate"];
  const told: [task: string, log: RegExp, evidence: string[]][] = [
    ["own-gate", /^out\/own-gate\.1\.gates\/own\.log$/, own],
    ["merge-gate", /^out\/merge\.\d+\.gates(\.fresh)?\/tree\.log$/, ["the merged tree"]],
    ["work", /^out\/work\.1\.log$/, ["the work itself"]],
    ["set-up", /^out\/set-up\.\d+\.setup\.log$/, ["no registry"]],
  ];

  it.each(told)("is told of %s with the file that holds the reason, and its last lines", (id, log, evidence) => {
    const task = taskOf(status, id);
    expect(task).toMatchObject({ status: "failed", log: expect.stringMatching(log), evidence });
    expect(readFileSync(join(root, folder, String(task.log)), "utf8")).toContain(evidence.at(-1)?.split(" ").at(-1));
    const path = `log: ${folder}${task.log}`;
    const [lines, summary] = end.stdout.split(`\nrun ${RUN} `);
    for (const part of [lines, summary]) {
      expect(part).toContain(path);
      expect(part).toContain(evidence.at(-1));
    }
    expect(summary).toContain(`      | ${evidence[0]}\n`);
    // Not the output of work that did nothing wrong.
    if (id !== "work") expect(end.stdout).not.toContain(`log: ${folder}out/${id}.1.log`);
  });

  it("names the output of a teardown that fails", () => {
    expect(status.warnings.join("\n")).toContain(
      `teardown of fine: ${JSON.parse(CONFIG.split("teardown: ")[1] ?? "")} exited with 7: cannot stop it (${folder}out/fine.teardown.log)`,
    );
    expect(taskOf(status, "fine")).not.toHaveProperty("log");
  });
});
