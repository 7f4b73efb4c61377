/** Several agents try one task side by side: one of them is merged, the others are stopped and their work is kept. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, runProgram } from "../helpers/program.ts";
import { begin, carryOut, type Finished, fates, PATIENCE_MS, RUN, resume, SHARED, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("candidates");
afterAll(() => workshop.clean());

const shell = (text: string) => ({ kind: "command", command: "sh", args: ["-c", text] });
const awaits = (name: string): string => `while [ ! -e ${SHARED}/${name} ]; do sleep 0.1; done`;

/** The second begins, and never ends; the first is done once that has begun. */
const AGENTS = {
  quick: shell(`${awaits("begun")}; echo quick > work.txt`),
  endless: shell(`echo endless > work.txt; touch ${SHARED}/begun; sleep 600`),
};
const TASKS = [
  { id: "t", instruction: "Write work.txt.", scope: ["work.txt"], candidates: { endless: 1, quick: 1 } },
  { id: "n", run: "cp work.txt copy.txt", needs: ["t"] },
];

function prepare(tasks: object[], agents: object, more: object = {}): string {
  const root = workshop.repository({ goal: "the best of several", tasks, ...more });
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents }));
  return root;
}

function expectQuick(root: string, { end, status }: Finished): void {
  expect(end.code, end.stderr).toBe(0);
  expect(fates(status)).toEqual({ "t-endless-1": "cancelled", "t-quick-1": "merged", n: "merged" });
  expect(taskOf(status, "t-endless-1")).toMatchObject({ candidateOf: "t", reason: "t-quick-1 was chosen" });
  expect(git(root, "show", `pleach/${RUN}:copy.txt`)).toBe("quick\n");
  const saved = git(root, "for-each-ref", "--format=%(refname:short)", `refs/heads/pleach-tasks/${RUN}/t-endless-1`);
  expect(saved).toMatch(/-saved$/m);
  expect(git(root, "show", `${saved.split("\n").find((name) => name.endsWith("-saved"))}:work.txt`)).toBe("endless\n");
}

describe("candidates", () => {
  it("end when the first is green: that is merged, what needs it goes on, the other's work is on a saved branch", {
    timeout: PATIENCE_MS,
  }, async () => {
    const root = prepare(TASKS, AGENTS);
    const finished = await carryOut(root);
    expectQuick(root, finished);
    const chosen = finished.events.filter(({ type }) => type === "candidate.chosen");
    expect(chosen.map(({ data }) => data)).toEqual([{ of: "t", task: "t-quick-1", others: ["t-endless-1"] }]);
    const said = (await runProgram(root, ["status"])).stdout;
    expect(said).toMatch(/t-endless-1 +cancelled .*candidate for t; t-quick-1 was chosen/);
    expect(said).toContain("2 merged, 1 cancelled of 3 tasks");
    expect(said).toContain("pleach ship");
  });

  it("stay decided when the host is killed between the choice and the stop", { timeout: 2 * PATIENCE_MS }, async () => {
    const root = prepare(TASKS, AGENTS);
    const killed = await begin(root, { PLEACH_CRASH_AT: "before:stopAgent:1" }).ended;
    expect(killed.signal).toBe("SIGKILL");
    expectQuick(root, await resume(root));
  });

  it("are compared by the reviewer, who has the last word on the one that it found best, too", {
    timeout: PATIENCE_MS,
  }, async () => {
    const book = `${SHARED}/asked`;
    const judge = shell(
      `cat > prompt; if grep -q "say which is best" prompt; then echo compare >> ${book}; cp prompt ${SHARED}/compared; ` +
        `n=$(grep -n "+long" prompt | head -1 | cut -d: -f1); o=$(grep -n "+short" prompt | head -1 | cut -d: -f1); ` +
        `best=1; [ "$n" -lt "$o" ] && best=2; printf '{"best": %s, "why": "It is shorter."}' $best > pleach-review.json; ` +
        `else echo review >> ${book}; printf '{"verdict": "approve", "findings": []}' > pleach-review.json; fi; rm prompt`,
    );
    const agents = { long: shell("echo long > work.txt"), short: shell("echo short > work.txt"), judge };
    const task = {
      id: "t",
      instruction: "Write.",
      scope: ["work.txt"],
      candidates: { long: 1, short: 1 },
      choose: "review",
    };
    const streams = { builders: { reviewedBy: "reviewers" }, reviewers: { agent: "judge" } };
    const root = prepare([task], agents, { streams });
    const { end, status, events } = await carryOut(root);
    expect(end.code, end.stderr).toBe(0);
    expect(fates(status)).toEqual({ "t-long-1": "cancelled", "t-short-1": "merged" });
    expect(git(root, "show", `pleach/${RUN}:work.txt`)).toBe("short\n");
    const compared = events.filter(({ type }) => type === "review.compared");
    expect(compared.map(({ data }) => data)).toMatchObject([{ best: "t-short-1", summary: "It is shorter." }]);
    expect(readFileSync(join(root, ".git/asked"), "utf8")).toBe("compare\nreview\n");
    // Nobody is to be preferred for whose work it is.
    const [, changes = ""] = readFileSync(join(root, ".git/compared"), "utf8").split("# Change 1");
    expect(changes).toContain("# Change 2");
    expect(changes).not.toMatch(/t-(long|short)-1/);
    expect(existsSync(join(root, "pleach-review.json"))).toBe(false);
  });
});
