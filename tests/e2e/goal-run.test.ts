/**
 * A goal in words, carried out by the built program with a stand-in for an agent: a shell script that plans in two
 * steps, builds, and turns one change down before it approves. What is built starts while planning goes on.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { expectValid } from "../cli/program.ts";
import { git, runProgram } from "../helpers/program.ts";
import { readLogFolder } from "../helpers/read-log-folder.ts";
import { type Finished, PATIENCE_MS, RUN, readEnd, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("goal");
afterAll(() => workshop.clean());

const FIRST = `# Greetings

## English

\`\`\`yaml task
id: english
scope: [english.txt]
\`\`\`

Write english.txt.
`;
const SECOND = `${FIRST}
## French

\`\`\`yaml task
id: french
needs: [english]
scope: [french.txt]
\`\`\`

Write french.txt.
`;

/** What the stand-in does in each role; `$SHARED` is a folder that all worktrees see. */
const AGENT = `set -eu
SHARED="$(git rev-parse --git-common-dir)"
if [ -n "\${PLEACH_REVIEW:-}" ]; then
  if [ "$PLEACH_TASK" = english ] && [ ! -e "$SHARED/turned-down" ]; then
    touch "$SHARED/turned-down"
    echo '{"verdict": "reject", "findings": [{"severity": "blocking", "file": "english.txt", "line": 1, "confidence": 0.9, "preexisting": false, "text": "it greets nobody"}]}' > "$PLEACH_REVIEW"
  else
    echo '{"verdict": "approve", "findings": []}' > "$PLEACH_REVIEW"
  fi
elif [ -n "\${PLEACH_PLAN:-}" ]; then
  cat "$SHARED/first.md" > "$PLEACH_PLAN"
  while [ ! -e "$SHARED/english-began" ]; do sleep 0.05; done
  cat "$SHARED/$LAST" > "$PLEACH_PLAN"
elif [ "$PLEACH_TASK" = english ]; then
  touch "$SHARED/english-began"
  if [ -e english.txt ]; then
    grep -q "it greets nobody" "$PLEACH_FEEDBACK"
    echo "hello, world" >> english.txt
  else
    echo "hello" > english.txt
  fi
else
  test -e english.txt
  echo "bonjour" > french.txt
fi
`;

function makeGoal(last = "second.md", more = ""): string {
  const config = `agents:
  standin: {kind: command, command: sh, args: [agent.sh], env: {LAST: ${last}}}
agent: standin
${more}`;
  const root = workshop.repository({ goal: "unused", tasks: [] }, { "agent.sh": AGENT, "pleach.yaml": config });
  writeFileSync(join(root, ".git/first.md"), FIRST);
  writeFileSync(join(root, ".git/second.md"), SECOND);
  writeFileSync(join(root, ".git/bad.md"), SECOND.replace("needs: [english]", "needs: [nobody]"));
  return root;
}

const GOAL = "Greet people in two languages";

async function carryOutGoal(root: string, env: Record<string, string> = {}): Promise<Finished> {
  return readEnd(await runProgram(root, ["run", GOAL, "--run-id", RUN, "--json", "--no-learn", "--trust"], env));
}

describe("a goal in words", { timeout: PATIENCE_MS }, () => {
  it("is planned while it is built, reviewed, sent back once with the findings, and merged", async () => {
    const root = makeGoal();
    const { end, status, events } = await carryOutGoal(root);
    expect(end.code, end.stderr + end.stdout.slice(-3000)).toBe(0);
    expect(status).toMatchObject({ goal: GOAL, status: "succeeded" });
    expect(status.tasks.map(({ id, status: now }) => `${id} ${now}`)).toEqual([
      "plan done",
      "english merged",
      "french merged",
    ]);
    expect(git(root, "show", `pleach/${RUN}:english.txt`)).toBe("hello\nhello, world\n");
    expect(git(root, "show", `pleach/${RUN}:french.txt`)).toBe("bonjour\n");
    expect(git(root, "ls-tree", "--name-only", `pleach/${RUN}`)).not.toMatch(/pleach-(plan|review)/);
    const at = (type: string, actor: string): number =>
      events.findIndex((event) => event.type === type && event.actor === actor);
    expect(at("task.started", "task:english")).toBeLessThan(at("agent.exited", "task:plan"));
    expect(events.filter(({ type }) => type === "plan.extended").map(({ data }) => data.tasks)).toEqual([
      ["english"],
      ["french"],
    ]);
    expect(events.filter(({ type }) => type === "planning.closed")).toHaveLength(1);
    const reviews = events
      .filter(({ type }) => type.startsWith("review."))
      .map(({ actor, type }) => `${actor} ${type}`);
    expect(reviews).toEqual([
      "task:english review.rejected",
      "task:english review.approved",
      "task:french review.approved",
    ]);
    expect(taskOf(status, "english").gates).toEqual([{ name: "review", status: "passed" }]);
    for (const event of events) expectValid("events", event);
    expect(await findProcesses({ run: RUN })).toEqual([]);
    expect(git(root, "worktree", "list").trim().split("\n")).toHaveLength(1);
    const replayed = JSON.parse((await runProgram(root, ["replay", "--verify", "--json"])).stdout);
    expect(replayed).toMatchObject({ verified: true, hash: status.hash });
  });

  it("whose plan stays wrong fails with the errors, after they went back to the planner; what was sound is merged", async () => {
    const root = makeGoal("bad.md");
    const { end, status } = await carryOutGoal(root);
    expect(end.code).toBe(1);
    expect(taskOf(status, "plan")).toMatchObject({ status: "failed", attempts: 3 });
    expect(taskOf(status, "plan").reason).toContain("no task has that id");
    expect(taskOf(status, "english").status).toBe("merged");
    const records = readLogFolder(join(root, ".ce-workspace", RUN, "log"));
    const feedback = records.filter(
      ({ type, data }) => type === "agent.exited" && (data as { feedback?: string }).feedback,
    );
    expect(feedback).toHaveLength(3);
  });

  it("is killed with -9 while it is planned and while it is reviewed, and goes on to the same end", async () => {
    for (const point of ["before:startReview:1", "after:startReview:2", "after:startAgent:2", "before:commitWork:2"]) {
      const root = makeGoal();
      const killed = await runProgram(root, ["run", GOAL, "--run-id", RUN, "--json", "--no-learn", "--trust"], {
        PLEACH_CRASH_AT: point,
      });
      expect(killed.signal, point).toBe("SIGKILL");
      const { end, status } = readEnd(await runProgram(root, ["resume", RUN, "--json", "--no-learn", "--trust"]));
      expect(end.code, `${point}\n${end.stderr}${end.stdout.slice(-3000)}`).toBe(0);
      expect(status.tasks.map(({ status: now }) => now)).toEqual(["done", "merged", "merged"]);
      expect(git(root, "show", `pleach/${RUN}:french.txt`)).toBe("bonjour\n");
      expect(await findProcesses({ run: RUN })).toEqual([]);
    }
  });
});
