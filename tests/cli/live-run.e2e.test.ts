/** Runs that are going on, stopped, killed and gone on with: by signals, by other processes, through the drop box. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { type Going, pleach, readDocument, readError, readEvents, start } from "./program.ts";
import { git, makeRepository, planText } from "./repositories.ts";

/** One quick task, and one that ends once the file `go` is there; every start of it is noted. */
const PLAN = planText(
  [
    { id: "quick", run: "echo quick > quick.txt", more: ["scope: [quick.txt]"] },
    {
      id: "slow",
      run: 'echo x >> "$ROOT/starts"; while ! test -f "$ROOT/go"; do sleep 0.05; done; echo slow > slow.txt',
      more: ["scope: [slow.txt]"],
    },
  ],
  ["concurrency: 2"],
);

function makeWaiting(): string {
  const root = makeRepository({});
  writeFileSync(join(root, "plan.md"), PLAN.replaceAll("$ROOT", root));
  return root;
}

/** Starts the run and waits until one task is merged and the other at work. */
async function startRun(root: string, ...more: string[]): Promise<Going> {
  const going = start(["run", "plan.md", "--json", "--run-id", "live", "--no-learn", ...more], { cwd: root });
  await going.says(/"actor":"task:quick","type":"merge.landed"/);
  while (!existsSync(join(root, "starts"))) await new Promise((resolve) => setTimeout(resolve, 20));
  return going;
}

const release = (root: string): void => writeFileSync(join(root, "go"), "");
const countStarts = (root: string): number => readFileSync(join(root, "starts"), "utf8").length / 2;

describe("a run that is going on", () => {
  it("refuses a second host, answers those who look, and takes what is dropped into its box", async () => {
    const root = makeWaiting();
    const going = await startRun(root);
    const [resumed, again] = [
      await pleach(root, "resume", "--json"),
      await pleach(root, "run", "plan.md", "--run-id", "live", "--json"),
    ];
    expect(readError(resumed, 2).error).toMatchObject({
      code: "run.live",
      hint: expect.stringContaining("pleach attach live"),
    });
    expect(readError(again, 2).error.code).toBe("run.exists");
    const follower = start(["events", "--follow", "--json"], { cwd: root });
    const watcher = start(["attach"], { cwd: root });
    expect(readDocument<StatusDocument>("status", await pleach(root, "status", "--json"))).toMatchObject({
      status: "running",
      host: { alive: true, pid: going.child.pid },
    });
    expect(readDocument("list", await pleach(root, "list", "--json"))).toMatchObject({
      runs: [{ run: "live", status: "running", tasks: { done: 1, total: 2 } }],
    });
    expect(readError(await pleach(root, "ship", "--json"), 2).error.code).toBe("run.notOver");

    const box = join(root, ".ce-workspace/live/.ce-events");
    writeFileSync(
      join(box, "good.json"),
      JSON.stringify({ stream: "builders", event_type: "build_ready", payload: { by: "hand" } }),
    );
    writeFileSync(join(box, "bad.json"), JSON.stringify({ stream: "nobody", event_type: "build_ready" }));
    await going.says(/"type":"build_ready","data":\{"payload":\{"by":"hand"\}/);
    await follower.says(/"type":"build_ready"/);
    while (!existsSync(join(box, "rejected/bad.json"))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(join(box, "rejected/bad.json.reason.txt"), "utf8")).toContain("stream must be one of");
    while (!existsSync(join(box, "done/good.json"))) await new Promise((resolve) => setTimeout(resolve, 20));

    release(root);
    const said = await going.ended;
    expect(said.code, said.stderr).toBe(0);
    readEvents(said, "run.finished");
    const followed = await follower.ended;
    expect(followed.code).toBe(0);
    expect(readEvents(followed).events.map(({ type }) => type)).toContain("run.finished");
    const watched = await watcher.ended;
    expect(watched.code).toBe(0);
    expect(watched.stdout).toContain("run live succeeded: 2 merged of 2 tasks");
    expect(countStarts(root)).toBe(1);
    const state = JSON.parse(
      readFileSync(join(root, ".ce-workspace/live/.ce-state/run.json"), "utf8"),
    ) as StatusDocument;
    expect(state).toMatchObject({ status: "succeeded", host: { alive: false } });
  }, 60_000);

  it("ends with 130 on SIGINT, its workers gone, and goes on with resume", async () => {
    const root = makeWaiting();
    const going = await startRun(root);
    going.child.kill("SIGINT");
    const said = await going.ended;
    expect(said.code, said.stderr).toBe(130);
    const { status } = readEvents(said, "run.interrupted");
    expect(status).toMatchObject({ status: "interrupted", host: { alive: false } });
    expect(await findProcesses({ run: "live" })).toEqual([]);
    expect((await pleach(root, "status")).stdout).toContain("pleach resume live");
    release(root);
    const resumed = await pleach(root, "resume", "--json", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readEvents(resumed, "run.finished").status).toMatchObject({ status: "succeeded", recoveries: 1 });
    expect(git(root, "ls-tree", "--name-only", "pleach/live").split("\n")).toEqual([
      "README.md",
      "quick.txt",
      "slow.txt",
    ]);
  }, 60_000);

  it("stops at once on a second SIGINT, though a worker does not heed the first, and can be resumed", async () => {
    const root = makeRepository({});
    const script = "trap '' TERM; echo deaf; while ! test -f \"$ROOT/go\"; do sleep 0.05; done; echo a > a.txt";
    const plan = planText([{ id: "deaf", run: script.replaceAll("$ROOT", root), more: ["scope: [a.txt]"] }]);
    writeFileSync(join(root, "plan.md"), plan);
    const going = start(["run", "plan.md", "--json", "--run-id", "deaf", "--no-learn"], { cwd: root });
    const transcript = join(root, ".ce-workspace/deaf/out/deaf.1.log");
    while (!existsSync(transcript) || !readFileSync(transcript, "utf8").includes("deaf")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const warned = new Promise<void>((resolve) => {
      going.child.stderr?.on("data", (chunk: string) => chunk.includes("once more to stop at once") && resolve());
    });
    going.child.kill("SIGINT");
    await warned;
    going.child.kill("SIGINT");
    const said = await going.ended;
    expect([said.code, said.signal], said.stderr).toEqual([130, null]);
    expect(said.stderr).toContain("once more to stop at once");
    // The status document of an ordered end is not waited for.
    expect(readEvents(said).events.at(-1)?.data).not.toHaveProperty("schema");
    expect(await findProcesses({ run: "deaf" })).toEqual([]);
    release(root);
    const resumed = await pleach(root, "resume", "--json", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(git(root, "ls-tree", "--name-only", "pleach/deaf").split("\n")).toContain("a.txt");
  }, 60_000);

  it("can be looked at and gone on with after kill -9; what was merged is not run again", async () => {
    const root = makeWaiting();
    const going = await startRun(root);
    going.child.kill("SIGKILL");
    await going.ended;
    const status = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(status).toMatchObject({ status: "interrupted", host: { alive: false, pid: null } });
    expect(status.tasks.map((task) => [task.id, task.status])).toEqual([
      ["quick", "merged"],
      ["slow", "running"],
    ]);
    expect(readDocument("list", await pleach(root, "list", "--json"))).toMatchObject({
      runs: [{ status: "interrupted" }],
    });
    const attached = await pleach(root, "attach");
    expect(attached.code).toBe(130);
    release(root);
    const resumed = await pleach(root, "resume", "--no-learn");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toMatch(/resumed \(start 2\)[\s\S]*run live succeeded: 2 merged of 2 tasks/);
    expect(countStarts(root)).toBe(2);
    expect(await findProcesses({ run: "live" })).toEqual([]);
    expect(git(root, "log", "--format=%s", "pleach/live", "--", "quick.txt").split("\n")).toHaveLength(1);
  }, 60_000);

  it("is cancelled through its host", async () => {
    const root = makeWaiting();
    const going = await startRun(root);
    const told = await pleach(root, "cancel", "--json");
    expect(told.code).toBe(0);
    expect(readDocument("cancel", told)).toMatchObject({ run: "live", ok: true });
    const said = await going.ended;
    expect(said.code).toBe(1);
    const { status } = readEvents(said, "run.finished");
    expect(status.status).toBe("cancelled");
    expect(status.tasks.map((task) => task.status)).toEqual(["merged", "cancelled"]);
    expect(await findProcesses({ run: "live" })).toEqual([]);
  }, 60_000);

  it("is cancelled without its host, and its worktrees are cleaned up", async () => {
    const root = makeWaiting();
    const going = await startRun(root);
    going.child.kill("SIGKILL");
    await going.ended;
    const told = await pleach(root, "cancel", "--json");
    expect(told.code, told.stderr).toBe(0);
    expect(readDocument("cancel", told)).toMatchObject({ ok: true, message: "run live is cancelled" });
    expect(await findProcesses({ run: "live" })).toEqual([]);
    expect(readDocument("status", await pleach(root, "status", "--json"))).toMatchObject({ status: "cancelled" });
    expect(git(root, "worktree", "list")).not.toContain("slow");
    expect((await pleach(root, "resume")).code).toBe(1);
  }, 60_000);
});
