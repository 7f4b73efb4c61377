/** Processes that hide whose they are, known by the folder that they were left at work in. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { findStrays } from "../../../src/actors/process/strays.ts";
import { isRunning, makeWorker, type Worker, waitUntil } from "./worker.ts";

let worker: Worker;
const left: number[] = [];
beforeEach(() => {
  worker = makeWorker();
  mkdirSync(worker.path("tree"));
});
afterEach(() => {
  for (const pid of left.splice(0)) if (isRunning(pid)) process.kill(pid, "SIGKILL");
  worker.remove();
});

/** Starts a daemon that no one is the parent of, and says its pid. */
async function leave(script: string, env = ""): Promise<number> {
  const command = `env -i PATH="$PATH" ${env} setsid sh -c 'touch "../ready $$"; ${script}' >/dev/null 2>&1 </dev/null &\necho $!`;
  const { stdout } = spawnSync("sh", ["-c", command], { cwd: worker.path("tree"), encoding: "utf8" });
  const pid = Number(stdout);
  left.push(pid);
  // Before, it is another program, with another environment.
  await waitUntil(() => existsSync(worker.path(`ready ${pid}`)), "the daemon");
  return pid;
}

const tree = (): string => worker.path("tree");

it("are found by their working directory, with their children, and ended", async () => {
  const pid = await leave("sleep 600 & wait");
  await waitUntil(() => findStrays(tree()).length === 2, "both");
  expect(findStrays(tree())).toContain(pid);
  expect(findStrays(worker.path("elsewhere"))).toEqual([]);
  const swept = await localExecutor.sweep({ run: "run-1", place: tree() }, { graceMs: 1_000 });
  expect(swept).toEqual({ ended: 2, survivors: 0 });
  expect(isRunning(pid)).toBe(false);
});

it("are found by a file that they write, and not by one that they read", async () => {
  const writer = await leave("exec 7>log; cd /; exec sleep 600");
  const reader = await leave("echo x > text; exec 7<text; cd /; exec sleep 600");
  await waitUntil(() => findStrays(tree()).join() === String(writer), "the writer alone");
  expect(findStrays(tree())).not.toContain(reader);
});

it.each(["DISPLAY=:0", "SSH_CONNECTION=1", "VSCODE_PID=1", "TMUX=/x"])(
  "are left alone where %s tells of a person",
  async (env) => {
    const pid = await leave("exec sleep 600", env);
    expect(findStrays(tree())).toEqual([]);
    expect(isRunning(pid)).toBe(true);
  },
);

it("are left alone where their parent lives: somebody looks after them", () => {
  const child = spawn("sleep", ["600"], { cwd: tree(), env: {}, detached: true, stdio: "ignore" });
  left.push(child.pid ?? 0);
  expect(findStrays(tree())).toEqual([]);
});
