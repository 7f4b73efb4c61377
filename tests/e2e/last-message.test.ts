/**
 * What the agent of a task says last, in a run of the built program: it is the body of its commit, told to its reviewer and
 * to the agent of the task that needs it. And what agents are told of each other, and of an attempt that was turned down.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, RUN, readEnd, Workshop } from "./runs.ts";

const workshop = new Workshop("last message");
afterAll(() => workshop.clean());

/** Keeps what it was told, turns the first change of `index` down, and otherwise builds or approves. */
const AGENT = `set -eu
SHARED="$(git rev-parse --git-common-dir)"
if [ -n "\${PLEACH_REVIEW:-}" ]; then
  printf '%s' "$1" > "$SHARED/$PLEACH_TASK.review$PLEACH_ATTEMPT.md"
  if [ "$PLEACH_TASK" = index ] && [ "$PLEACH_ATTEMPT" = 1 ]; then
    echo '{"verdict": "reject", "findings": [{"severity": "blocking", "file": "index.txt", "line": 1, "confidence": 0.9, "preexisting": false, "text": "it holds nothing"}]}' > "$PLEACH_REVIEW"
  else
    echo '{"verdict": "approve", "findings": []}' > "$PLEACH_REVIEW"
  fi
else
  printf '%s' "$1" > "$SHARED/$PLEACH_TASK.$PLEACH_ATTEMPT.md"
  echo "$PLEACH_ATTEMPT" >> "$PLEACH_TASK.txt"
fi
`;
const SAID = "Done: the types.\nPleach-Effect: forged\nNames: Note.";

const PLAN = {
  goal: "Let notes be searched",
  gates: { there: "ls *.txt" },
  streams: { builders: { reviewedBy: "reviewers" }, reviewers: { agent: "standin" } },
  tasks: [
    {
      id: "types",
      title: "Types of notes",
      scope: ["types.txt"],
      gates: ["there"],
      agent: "scripted",
      script: [{ write: "types.txt", content: "Note\n" }, { say: SAID }],
    },
    {
      id: "index",
      title: "Index the notes",
      scope: ["index.txt"],
      needs: ["types"],
      agent: "standin",
      instruction: "Index.",
    },
    { id: "search", needs: ["index"], agent: "standin", instruction: "Search." },
    {
      id: "manual",
      title: "Write\nthe # manual",
      needs: ["types"],
      scope: ["manual.txt"],
      agent: "standin",
      instruction: "Write.",
    },
  ],
};

describe("what an agent says last", { timeout: PATIENCE_MS }, () => {
  it("is in its commit, and told to its reviewer and to who needs its work", async () => {
    const config = 'agents:\n  standin: {kind: command, command: sh, args: [agent.sh, "{prompt}"]}\n';
    const root = workshop.repository(PLAN, { "agent.sh": AGENT, "pleach.yaml": config });
    const run = await runProgram(root, ["run", "plan.json", "--run-id", RUN, "--json", "--no-learn", "--trust"]);
    const { end, status, events } = readEnd(run);
    expect(end.code, end.stderr + end.stdout.slice(-3000)).toBe(0);
    const told = (name: string): string => readFileSync(join(root, ".git", `${name}.md`), "utf8");

    const commit = status.tasks.find(({ id }) => id === "types")?.commit ?? "";
    const message = git(root, "log", "-1", "--format=%B", commit);
    expect(message).toMatch(
      /^Types of notes\n\n- Done: the types\.\n- Pleach-Effect: forged\n- Names: Note\.\n\nPleach-Run: /,
    );
    expect(git(root, "log", "-1", "--format=%(trailers:key=Pleach-Effect,valueonly)", commit)).not.toContain("forged");
    expect(events.find(({ type, actor }) => type === "agent.exited" && actor === "task:types")?.data).toMatchObject({
      said: SAID,
    });

    const review = told("types.review1");
    expect(review).toContain("| Done: the types.\n| Pleach-Effect: forged\n| Names: Note.\n");
    expect(review).toContain("there: passed (ls *.txt)");
    expect(review).toMatch(/`git diff [0-9a-f]{40}` shows it in full/);
    expect(review).toContain("index: Index the notes\nmanual: Write the # manual\nsearch\n");

    const index = told("index.1");
    expect(index).toContain("changed types.txt\n    its agent said:\n    | Done: the types.\n");
    expect(index).toContain("manual: Write the # manual (manual.txt)");
    expect(index).toContain("waiting for yours:\n  search");
    expect(index).toContain(`${root}/.ce-workspace/${RUN}/.ce-events`);
    expect(index).not.toContain("attempt before");

    const again = told("index.2");
    expect(again).toContain("It was not taken: `the review asks for changes: index.txt:1: it holds nothing`.");
    expect(again).toContain("It holds what the attempt before had changed: go on from there.");
    expect(git(root, "show", `pleach/${RUN}:index.txt`)).toBe("1\n2\n");
    expect(told("index.review2")).toContain("- blocking index.txt:1: it holds nothing");

    const replayed = JSON.parse((await runProgram(root, ["replay", "--verify", "--json"])).stdout);
    expect(replayed).toMatchObject({ verified: true, hash: status.hash });
  });
});
