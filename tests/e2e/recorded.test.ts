/** A run that is repeated from the recorded sessions of another: the same tree, and nobody at work. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { git, runProgram } from "../helpers/program.ts";
import {
  carryOut,
  type Finished,
  fates,
  PATIENCE_MS,
  RUN,
  readEnd,
  readLog,
  SHARED,
  taskOf,
  Workshop,
} from "./runs.ts";

const shop = new Workshop("recorded");
afterAll(() => shop.clean());

const first = {
  id: "first",
  stream: "builders",
  scope: ["lib/**", "list.txt", "old.txt"],
  script: [
    { run: `echo worked >> ${SHARED}/work; mkdir -p lib; head -c 5000 /dev/urandom > lib/data.bin` },
    { write: "lib/run.sh", content: "#!/bin/sh\necho hi\n" },
    { run: "chmod +x lib/run.sh; ln -s run.sh lib/link" },
    { edit: "list.txt", find: "b\n", replace: "B ü\n" },
    { remove: "old.txt" },
    { emit: "build_ready", payload: { note: "token=abcdef0123456789abcdef" } },
    { cost: { usd: 0.25, tokens: 1000 } },
  ],
};
const second = {
  id: "second",
  stream: "reviewers",
  scope: ["review.md"],
  script: [
    { await: "build_ready", stream: "builders" },
    { write: "review.md", content: "good\n" },
  ],
};

function planOf(tasks: object[]): string {
  return JSON.stringify({ goal: "again", streams: { builders: {}, reviewers: {} }, concurrency: 2, tasks });
}

async function repeat(root: string, run: string): Promise<Finished> {
  return readEnd(await runProgram(root, ["run", "again.json", "--run-id", run, "--json", "--no-learn", "--trust"]));
}

it(
  "repeats a run offline: the same tree and events, no step run again, no cost; what does not apply is said",
  async () => {
    const root = shop.repository(JSON.parse(planOf([first, second])), {
      "list.txt": "a\nb\nc\n",
      "old.txt": "old\n",
      "pleach.yaml": JSON.stringify({ agents: { replay: { kind: "recorded", from: RUN } } }),
    });
    const played = [first, second].map(({ script: _script, ...task }) => ({
      ...task,
      agent: "replay",
      instruction: "again",
    }));
    writeFileSync(join(root, "again.json"), planOf(played));
    const original = await carryOut(root);
    expect(fates(original.status)).toEqual({ first: "merged", second: "merged" });
    const out = join(root, ".ce-workspace", RUN, "out");
    const recording = readFileSync(join(out, "first.1.recording.jsonl"), "utf8");
    expect(recording).toContain("build_ready");
    expect(recording).not.toContain("abcdef0123456789abcdef");

    const again = await repeat(root, "again");
    expect(again.end.code, again.end.stderr).toBe(0);
    const tree = (run: string): string => git(root, "rev-parse", `pleach/${run}^{tree}`).trim();
    expect(tree("again")).toBe(tree(RUN));
    expect(readFileSync(join(root, ".git/work"), "utf8")).toBe("worked\n");
    expect(original.status.cost).toMatchObject({ usd: 0.25, tokens: 1000 });
    expect(again.status.cost).toMatchObject({ usd: 0, tokens: 0 });
    const said = again.events.filter(({ type }) => type === "build_ready");
    expect(said).toMatchObject([{ actor: "stream:builders", data: { task: "first" } }]);
    const records = readLog(root, "again");
    const seqOf = (type: string, actor: string): number =>
      records.find((record) => record.type === type && record.actor === actor)?.seq ?? Number.NaN;
    expect(seqOf("event.emitted", "stream:builders")).toBeLessThan(seqOf("agent.exited", "task:second"));
    const transcript = taskOf(again.status, "first").transcript ?? "";
    expect(readFileSync(join(root, ".ce-workspace/again", transcript), "utf8")).toContain("0.25 USD, 1000 tokens");

    writeFileSync(join(root, "list.txt"), "a\nsomething else\nc\n");
    git(root, "commit", "-qam", "move on");
    const other = { ...played[1], id: "other", prefers: [] };
    writeFileSync(join(root, "again.json"), planOf([played[0] as object, other]));
    const late = await repeat(root, "late");
    expect(late.end.code).toBe(1);
    expect(taskOf(late.status, "first").reason).toMatch(/recorded changes do not apply.*list\.txt/);
    expect(taskOf(late.status, "other").reason).toMatch(/no session of other in .* went well/);
    expect(readFileSync(join(root, ".git/work"), "utf8")).toBe("worked\n");
  },
  PATIENCE_MS,
);
