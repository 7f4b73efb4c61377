/** Notes, sockets, files that others may read, and processes of runs that nobody knows any more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { endProcesses, isSameProcess, processStartToken } from "../../../src/actors/process/index.ts";
import { type Fixed, fixLeftovers } from "../../../src/cli/leftovers/find-leftovers.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { initRepository, writeFiles } from "../../actors/git/temp-repository.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let root: string;

beforeEach(() => {
  root = initRepository();
  vi.stubEnv("TMPDIR", makeTempFolder("left", "test"));
  vi.stubEnv("XDG_STATE_HOME", makeTempFolder("state", "test"));
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function fix(): Promise<string[]> {
  const fixed: Fixed[] = [];
  await fixLeftovers(await findPlace(root), (each) => void fixed.push(each));
  return fixed.map(({ leftover: { kind, path, pid }, outcome }) => `${kind} ${pid ?? path}: ${outcome}`);
}

it("throws away notes of processes that are dead, with the locks that they tell of", async () => {
  const folder = join(root, ".git/pleach.writes");
  const packed = join(root, ".git/packed-refs.lock");
  const note = (pid: number, token: string | null, locks: string[]): string =>
    JSON.stringify({ pid, process: token, startedAtMs: Date.now() - 5_000, locks });
  writeFiles(folder, {
    "1-1.json": note(process.pid, "another start", [packed]),
    [`${process.pid}-1.json`]: note(process.pid, processStartToken(process.pid), []),
    [`${process.pid}-2.json`]: "{",
  });
  writeFileSync(packed, "");
  expect(await fix()).toEqual([`lock ${packed}: mended`, `note ${join(folder, "1-1.json")}: mended`]);
  expect(existsSync(join(folder, `${process.pid}-2.json`))).toBe(true);
  writeFileSync(packed, "");
  expect(await fix()).toEqual([]);
});

it("removes sockets at which nobody listens, and no other", async () => {
  const folder = join(process.env.TMPDIR ?? "", `pleach-${userInfo().uid}`);
  mkdirSync(folder, { mode: 0o700 });
  const [dead, alive] = [join(folder, "dead.sock"), join(folder, "alive.sock")];
  const listen = `require("net").createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", listen]), "exit");
  const server = createServer().listen(alive);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  for (const path of [dead, alive]) utimesSync(path, 1_700_000_000, 1_700_000_000);
  expect(await fix()).toEqual([`socket ${dead}: mended`]);
  expect([dead, alive].map(existsSync)).toEqual([false, true]);
});

it("closes what runs said, and what pleach keeps, to others, and follows no link", async () => {
  const { path } = runFolder(root, "mine");
  writeFiles(path, { "log/1.jsonl": "", "out/a.log": "secret\n" });
  const own = join(process.env.XDG_STATE_HOME ?? "", "pleach");
  writeFiles(own, { "trust.json": "{}" });
  const elsewhere = join(root, "a.txt");
  symlinkSync(elsewhere, join(path, "out/link"));
  chmodSync(elsewhere, 0o644);
  expect(await fix()).toEqual([`files ${path}: mended`, `files ${own}: mended`]);
  const modes = ["", "log", "log/1.jsonl", "out/a.log"].map((name) => statSync(join(path, name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  expect(lstatSync(elsewhere).mode & 0o777).toBe(0o644);
  expect(await fix()).toEqual([]);
});

it("ends what a run left of which nothing is there, unless who started it may live", async () => {
  const { repo } = runFolder(root, "any");
  const env = (run: string) => ({ PATH: process.env.PATH, PLEACH_RUN: run, PLEACH_REPO: repo, PLEACH_TASK: "a" });
  const attended = spawn("sleep", ["300"], { env: env("attended") });
  const said = join(root, "../pid");
  await once(spawn("sh", ["-c", `sleep 300 & echo $! > '${said}'`], { env: env("left"), stdio: "ignore" }), "exit");
  const pid = Number(readFileSync(said, "utf8"));
  const token = processStartToken(pid) ?? "";
  onTestFinished(() => {
    attended.kill("SIGKILL");
    if (isSameProcess(pid, token)) process.kill(pid, "SIGKILL");
  });
  // A later process of the same number is another one.
  expect(await endProcesses([{ pid, startedAt: `${token} later` }], { graceMs: 10 })).toEqual([]);
  expect(isSameProcess(pid, token)).toBe(true);
  expect(await fix()).toEqual([`process ${pid}: mended`, `process ${attended.pid}: kept`]);
  expect([isSameProcess(pid, token), attended.signalCode]).toEqual([false, null]);
});
