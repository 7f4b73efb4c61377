/** `pleach doctor --fix` after a host that was killed: what it left at work and locked, while another run goes on beside it. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { isSameProcess, processStartToken } from "../../src/actors/process/index.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { type Going, readDocument, start } from "./program.ts";
import { makeRepository } from "./repositories.ts";

interface Thing {
  kind: string;
  path: string;
  pid: number | null;
  remedy: string | null;
  outcome?: string;
}

interface Doctor {
  checks: { name: string; status: string; hint: string | null }[];
  leftovers: Thing[];
  fixed?: Thing[];
}

const env = { TMPDIR: makeTempFolder("doctor", "file") };
/** Says who it is, and which process it hides, and goes on. */
const WORK = "echo begun > a.txt; env -i setsid sleep 300 & echo $! $$ >> pids; exec sleep 300";

async function doctor(root: string, ...args: string[]): Promise<Doctor> {
  const said = await start(["doctor", "--json", ...args], { cwd: root, env }).ended;
  expect(said.code, said.stderr).toBe(0);
  return readDocument<Doctor>("doctor", said);
}

interface Worker {
  pid: number;
  token: string;
}

/** Starts a run of one task, which is at work when this resolves. */
async function begin(root: string, run: string): Promise<{ host: Going; place: string; workers: Worker[] }> {
  const plan = join(root, "..", `${run}.json`);
  writeFileSync(plan, JSON.stringify({ goal: "left", tasks: [{ id: "a", scope: ["a.txt"], run: WORK }] }));
  const host = start(["run", plan, "--run-id", run, "--no-tui", "--no-learn"], { cwd: root, env });
  const place = join(`${root}.worktrees`, run, "@tree-1");
  const pids = await vi.waitFor(
    () => {
      const said = /^(\d+) (\d+)\n/.exec(readFileSync(join(place, "pids"), "utf8"));
      expect(said).not.toBeNull();
      return (said ?? []).slice(1).map(Number);
    },
    { timeout: 20_000, interval: 20 },
  );
  const workers = pids.map((pid) => ({ pid, token: processStartToken(pid) ?? "" }));
  onTestFinished(() => {
    host.child.kill("SIGKILL");
    for (const { pid, token } of workers) if (isSameProcess(pid, token)) process.kill(pid, "SIGKILL");
  });
  return { host, place, workers };
}

const live = (workers: readonly Worker[]): boolean[] => workers.map(({ pid, token }) => isSameProcess(pid, token));

const names = (things: readonly Thing[] | undefined, kinds: readonly string[]): string[] =>
  (things ?? []).filter(({ kind }) => kinds.includes(kind)).map(({ kind, path, pid }) => `${kind} ${pid ?? path}`);

it("ends what a killed host left at work and unlocks what it held, and nobody else's", {
  timeout: 60_000,
}, async () => {
  const root = makeRepository({});
  const [killed, other] = await Promise.all([begin(root, "ended"), begin(root, "other")]);
  // Somebody looks at what the worker does.
  const person = spawn("sleep", ["300"], { cwd: killed.place });
  onTestFinished(() => void person.kill("SIGKILL"));
  expect((await doctor(root, "--fix")).fixed).toEqual([]);
  killed.host.child.kill("SIGKILL");
  await killed.host.ended;
  const lock = (run: string): string => join(root, ".git/refs/heads/pleach", `${run}.lock`);
  for (const path of [lock("ended"), lock("other"), lock("mine")]) {
    writeFileSync(path, "");
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  }

  const { checks, leftovers } = await doctor(root, "--dry-run");
  expect(checks).toContainEqual(
    expect.objectContaining({ name: "left over", status: "warn", hint: "pleach doctor --fix" }),
  );
  const left = names(leftovers, ["process", "lock"]);
  expect(left).toEqual(
    expect.arrayContaining([...killed.workers.map(({ pid }) => `process ${pid}`), `lock ${lock("ended")}`]),
  );
  expect(left).not.toContain(`process ${person.pid}`);
  expect(leftovers.filter(({ kind }) => kind === "socket")).toHaveLength(1);
  expect(live(killed.workers)).toEqual([true, true]);

  const { fixed } = await doctor(root, "--fix");
  expect(names(fixed, ["process", "lock"]).sort()).toEqual(left.sort());
  expect(new Set(fixed?.map(({ outcome }) => outcome))).toEqual(new Set(["mended"]));
  expect(live([...killed.workers, ...other.workers])).toEqual([false, false, true, true]);
  expect(person.exitCode ?? person.signalCode).toBeNull();
  expect([lock("ended"), lock("other"), lock("mine")].map(existsSync)).toEqual([false, true, true]);
  // What it had begun is there for whoever goes on with the run.
  expect(readFileSync(join(killed.place, "a.txt"), "utf8")).toBe("begun\n");
  const again = await doctor(root, "--fix");
  expect([again.fixed, again.leftovers]).toEqual([[], []]);
});
