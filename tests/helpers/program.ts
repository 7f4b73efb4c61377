/** The built program, started as a user starts it, and scratch repositories for it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Path of the built command; PLEACH_CLI names another build. */
export const CLI = process.env.PLEACH_CLI ?? fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/**
 * Environment of a started program: this one's, less what belongs to vitest or to an enclosing run. What a program keeps for
 * itself is kept nowhere, and nothing is read of what the person running the tests has set, unless a test says where.
 */
export function programEnv(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const {
    NODE_OPTIONS: _options,
    VITEST: _vitest,
    PLEACH_RUN: _run,
    PLEACH_TASK: _task,
    CI: _ci,
    ...env
  } = process.env;
  return { ...env, XDG_STATE_HOME: "/dev/null", XDG_CONFIG_HOME: "/dev/null", ...more };
}

/** Starts `pleach` with these arguments in `cwd`. */
export function startProgram(cwd: string, args: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: programEnv(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs `pleach` to its end. */
export function runProgram(cwd: string, args: readonly string[], env?: Record<string, string>): Promise<Ended> {
  return startProgram(cwd, args, env).ended;
}

/** A folder of its own, with symlinks resolved; `remove` takes it away. */
export function scratchFolder(name = "pleach test"): { path: string; remove: () => void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${name} `)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** git in a scratch repository, with an identity of its own and without the user's settings. */
export function git(cwd: string, ...args: string[]): string {
  const env = { ...programEnv(), GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A repository with these files in its first commit. */
export function makeRepository(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(path, { recursive: true });
  git(path, "init", "-q");
  writeFiles(path, files);
  git(path, "add", "-A");
  git(path, "commit", "-q", "-m", "first");
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}
