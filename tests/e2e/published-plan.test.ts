/** Plans that are handed in as the artifact `plan`, by the tool, instead of as a file: agents of the built program. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runProgram } from "../helpers/program.ts";
import { carryOut, fates, listFiles, PATIENCE_MS, RUN, readIf, readLog, show, taskOf, Workshop } from "./runs.ts";

const AGENT = fileURLToPath(new URL("../fixtures/agents/coordinating-agent.mjs", import.meta.url));
const workshop = new Workshop("published plan");
afterAll(() => workshop.clean());

type Step = [string, ...unknown[]];

const build = (id: string, steps: Step[], more: object = {}) => ({
  id,
  scope: [`${id}.txt`],
  instruction: JSON.stringify([["write", `${id}.txt`, `${id}\n`], ...steps]),
  ...more,
});
const publish = (level: string, tasks: object[], name = "plan"): Step => [
  "publish_artifact",
  { name, level, content: JSON.stringify({ goal: "more", tasks }) },
];
const waitFor = (name: string): Step => ["wait_for_event", { name, wait_s: 100 }];
const built = (name: string): Step => ["emit_event", { name }];

/** A repository of planning tasks that take these steps. */
function repositoryOf(planners: Record<string, Step[]>): string {
  const plan = {
    goal: "plan by the tool",
    concurrency: 4,
    agent: "helper",
    streams: { planners: { concurrency: 2 }, builders: { concurrency: 2 } },
    tasks: Object.entries(planners).map(([id, steps]) => ({
      id,
      stream: "planners",
      artifacts: ["plan"],
      instruction: JSON.stringify(steps),
    })),
  };
  const config = { agents: { helper: { kind: "command", command: process.execPath, args: [AGENT] } } };
  return workshop.repository(plan, { "pleach.yaml": JSON.stringify(config) });
}

describe("a plan that a planning task publishes", { timeout: PATIENCE_MS }, () => {
  it("joins the run at once, version by version, whatever another planner publishes or its own file still says", async () => {
    const first = build("first", [built("first_built")]);
    const second = build("second", [], { needs: ["first"] });
    const root = repositoryOf({
      plan: [
        ["write", "pleach-plan.md", JSON.stringify({ goal: "more", tasks: [build("filed", [built("filed_built")])] })],
        waitFor("filed_built"),
        publish("draft", [first]),
        // Only what has joined the run can be built, and emit this.
        waitFor("first_built"),
        publish("stable", [first, second]),
      ],
      other: [publish("final", [build("third", [])]), publish("draft", [build("never", [])], "notes")],
    });
    const { end, status } = await carryOut(root);
    expect(end.code, end.stderr + end.stdout.slice(-3_000)).toBe(0);
    expect(fates(status)).toEqual({
      plan: "done",
      other: "done",
      filed: "merged",
      first: "merged",
      second: "merged",
      third: "merged",
    });
    expect(listFiles(root)).toEqual(["README.md", "filed.txt", "first.txt", "pleach.yaml", "second.txt", "third.txt"]);
    expect(show(root, "second.txt")).toBe("second\n");
    const extended = readLog(root).filter(({ type }) => type === "plan.extended");
    const joined = extended.map(({ data }) => (data as { tasks: { id: string }[] }).tasks.map(({ id }) => id));
    expect(joined.toSorted()).toEqual([["filed"], ["first"], ["second"], ["third"]]);
    const { verified } = JSON.parse((await runProgram(root, ["replay", "--verify", "--json"])).stdout);
    expect(verified).toBe(true);
  });

  it("fails its planner with the errors when the newest version is not sound", async () => {
    const root = repositoryOf({ plan: [publish("draft", [build("only", [], { needs: ["nobody"] })])] });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({ plan: "failed" });
    expect(taskOf(status, "plan").reason).toContain("no task has that id");
    const feedback = join(root, ".ce-workspace", RUN, "out/plan.1.plan-errors.txt");
    expect(readIf(feedback)).toContain("nobody");
  });
});
