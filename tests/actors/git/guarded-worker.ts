/** A worker under a guard, as tests let it type. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Guard, openGuard } from "../../../src/actors/git/guard.ts";
import type { Repository } from "../../../src/actors/git/index.ts";
import { startAttempt } from "./attempt.ts";
import { makeFolder, runGit } from "./temp-repository.ts";

export interface Said {
  code: number;
  text: string;
}

export interface Worker {
  path: string;
  branch: string;
  env: Record<string, string>;
  /** Runs git as the worker would, in its worktree or another folder. */
  git: (args: string[], cwd?: string) => Said;
  sh: (command: string, cwd?: string) => Said;
  close: Guard["close"];
}

const IDENTITY = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((who) => [
    [`GIT_${who}_NAME`, "W"],
    [`GIT_${who}_EMAIL`, "w@example.org"],
  ]),
);

export async function guard(
  repo: Repository,
  given: { env?: Record<string, string>; task?: string } = {},
): Promise<Worker> {
  const { path, branch } = await startAttempt(repo, given.task ?? "t1");
  return guardPlace(repo, { path, branch, ...given });
}

export async function guardPlace(
  repo: Repository,
  { path, branch, env = {} }: { path: string; branch: string | null; env?: Record<string, string> },
): Promise<Worker> {
  const folder = join(repo.root, ".ce-workspace", "it's a guard", branch ?? "none");
  const opened = await openGuard(repo, {
    folder,
    worktree: path,
    branch,
    env: {
      ...{ PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" },
      ...IDENTITY,
      ...env,
    },
  });
  const run = (program: string, args: string[], cwd: string): Said => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env: opened.env, encoding: "utf8" });
    return { code: status ?? -1, text: `${stdout}${stderr}` };
  };
  return {
    path,
    branch: branch ?? "",
    env: opened.env,
    git: (args, cwd = path) => run("git", args, cwd),
    sh: (command, cwd = path) => run("sh", ["-c", command], cwd),
    close: () => opened.close(),
  };
}

/** A bare repository that has the branch main, as a remote. */
export function openBare(repo: Repository, name = "origin"): string {
  const bare = join(makeFolder(), "bare.git");
  runGit(repo.root, "init", "-q", "--bare", bare);
  runGit(repo.root, "push", "-q", bare, "HEAD:main");
  runGit(repo.root, "remote", "add", name, bare);
  return bare;
}
