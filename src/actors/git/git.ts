/**
 * The one place that starts `git` (by `git-starter.ts` where many are): always the real binary, by argument array, never through a shell, in an environment
 * that is ours. What the parent process exported about some repository (GIT_DIR, GIT_INDEX_FILE, …) does not reach it;
 * hooks, signing, automatic maintenance and the file system monitor are off; messages are in C locale; output is bytes.
 *
 * GIT-1 An exit code is an answer only where git could answer: a lock, a missing permission, a full disk or a machine at its
 *    limits is an error, whatever codes the caller takes for answers.
 * GIT-2 A lock held by someone else (an editor that refreshes the index, a worker that packs refs) is waited for with
 *    bounded backoff: git takes its locks before it changes anything, so trying again is safe.
 * GIT-3 git runs in a session of its own: what is meant for this program alone, an interrupt from the terminal or a kill of
 *    its process group, does not cut it off between taking a lock and giving it back. Who goes on after a kill of this program
 *    waits for it (left-gits.ts).
 */
import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { codeOf, PleachError } from "../../errors.ts";
import { installedPath } from "../process/installed-path.ts";
import { GitStarter, type ToStart } from "./git-starter.ts";
import { startedByUs } from "./left-gits.ts";
import { LockWait } from "./lock-wait.ts";
import { describeRefusal, findTrouble } from "./refusals.ts";

export interface GitOptions {
  /** Bytes for stdin; absent: stdin is empty. */
  input?: string | Uint8Array;
  /** Variables on top of the scrubbed environment. */
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Exit codes that are answers rather than failures; default only 0. */
  codes?: readonly number[];
}

export interface GitOutput {
  /** -1 when it was killed. */
  code: number;
  /** What killed it; null when it ended by itself. */
  signal: string | null;
  stdout: Buffer;
  stderr: string;
}

/** The oldest git that this room works with: `merge-tree --write-tree` appeared in it. */
const minimumVersion = [2, 38] as const;

/** Settings that must hold whatever the user's configuration says. */
const fixedArgs: readonly string[] = [
  "--literal-pathspecs",
  ...[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.splitIndex=false",
    // Longer waits are ours (GIT-2).
    "core.filesRefLockTimeout=100",
    "core.packedRefsTimeout=100",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "color.ui=false",
    "log.showSignature=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
  ].flatMap((setting) => ["-c", setting]),
];

/**
 * Variables of the parent that point at a repository, or at a part of one; that change what a command or a path means, or
 * what it prints; and dates, which a commit of ours takes from the clock. All others describe the person, the machine and
 * the way to servers (GIT_SSH_COMMAND, GIT_ASKPASS, GIT_LFS_…), and git needs them.
 */
const droppedVariables = new RegExp(
  `^GIT_(?:${[
    "DIR|WORK_TREE|COMMON_DIR|IMPLICIT_WORK_TREE|NAMESPACE|PREFIX|INTERNAL_\\w+",
    "INDEX_\\w+|OBJECT_DIRECTORY|ALTERNATE_\\w+|QUARANTINE_PATH|SHALLOW_FILE|GRAFT_FILE|REF_\\w+",
    "CONFIG|CONFIG_PARAMETERS|ATTR_SOURCE|DEFAULT_HASH|REPLACE_\\w+|NO_REPLACE_\\w+|NOTES_\\w+|REFLOG_ACTION",
    "\\w*PATHSPECS|EDITOR|SEQUENCE_EDITOR|PAGER|PAGER_\\w+|DIFF_\\w+|EXTERNAL_DIFF|MERGE_\\w+|ADVICE|TEST_\\w+",
    "FORCE_UNTRACKED_CACHE|(?:AUTHOR|COMMITTER)_DATE",
  ].join("|")})$`,
  "i",
);

/**
 * Runs git in `cwd` and resolves with its output. Rejects with `git.missing`, `git.noDirectory`, `git.locked`, `git.denied`,
 * `git.noSpace` or `git.failed` (an exit code that is not in `codes`; the message ends with git's own words), or with the
 * abort error of `signal`.
 */
export async function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
  const codes = options.codes ?? [0];
  const wait = new LockWait(options.signal);
  for (;;) {
    const output = await runOnce(cwd, args, options);
    if (output.code === 0 && codes.includes(0)) return output;
    const trouble = findTrouble(cwd, output.stderr);
    if (trouble?.kind === "lock") {
      await wait.untilNextTry(trouble.path);
      continue;
    }
    if (trouble === null && codes.includes(output.code)) return output;
    throw describeRefusal({ cwd, args, ...output }, trouble);
  }
}

/** Output as text, without the one newline that git ends an answer with. */
export async function gitText(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const text = (await git(cwd, args, options)).stdout.toString("utf8");
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

let known: { path: string | undefined; version: string } | undefined;

/**
 * The version of git, for example `2.39.5`. Rejects with `git.missing` or `git.tooOld`. Asked once for each PATH: it is
 * looked for wherever a repository is opened.
 */
export async function checkGit(cwd: string = process.cwd()): Promise<string> {
  const path = process.env.PATH;
  if (known === undefined || known.path !== path) {
    known = { path, version: requireVersion(await gitText(cwd, ["version"])) };
  }
  return known.version;
}

/** Takes the version out of what `git version` prints; throws `git.tooOld` below the minimum. */
export function requireVersion(printed: string): string {
  const found = /(?<!\d)(\d+)\.(\d+)(?:\.\d+)*/.exec(printed);
  const major = Number(found?.[1] ?? 0);
  const minor = Number(found?.[2] ?? 0);
  const [wantMajor, wantMinor] = minimumVersion;
  if (found && (major > wantMajor || (major === wantMajor && minor >= wantMinor))) return found[0];
  throw new PleachError("git.tooOld", `git is too old: found "${printed}", need ${wantMajor}.${wantMinor} or newer`, {
    hint: "Install a newer git, or put one first in PATH.",
  });
}

/** The environment that git runs in: the parent's, without anything that points at a repository. */
export function scrubEnvironment(parent: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined) continue;
    if (droppedVariables.test(name)) continue;
    if (name === "LC_ALL" || name === "LANGUAGE") continue;
    env[name] = value;
  }
  return {
    ...env,
    LC_ALL: "C",
    // A question would be put to a person who does not see it; who answers by a program of their own may say otherwise.
    GIT_TERMINAL_PROMPT: env.GIT_TERMINAL_PROMPT ?? "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_EDITOR: "false",
    GIT_PAGER: "cat",
  };
}

/** Starts git for all who have it open. */
let starter: { process: GitStarter; users: number } | null = null;

/**
 * From now on git is started by a small process, until the returned function is called: worth it for who runs many. `cwd` is
 * the folder that it is in.
 */
export function openGitStarter(cwd: string): () => void {
  const [, mark = ""] = startedByUs();
  const opened = starter ?? { process: new GitStarter(mark, cwd), users: 0 };
  starter = opened;
  opened.users += 1;
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    opened.users -= 1;
    if (opened.users > 0) return;
    opened.process.close();
    starter = null;
  };
}

async function runOnce(cwd: string, args: readonly string[], options: GitOptions): Promise<GitOutput> {
  const start: ToStart = {
    file: "git",
    args: [...fixedArgs, ...startedByUs(), ...args],
    cwd,
    env: { ...scrubEnvironment(process.env), PATH: installedPath(process.env, cwd), ...options.env },
    input: options.input,
  };
  if (starter === null || !starter.process.takes(start)) return startHere(start, options.signal);
  const { code, signal, stdout, stderr, error } = await starter.process.run(start, options.signal);
  if (error !== null) {
    const cause = Object.assign(new Error(error.message), { code: error.code });
    throw error.code === "ENOENT" ? await explainMissing(cwd, cause) : cause;
  }
  return { code: code ?? -1, signal, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr).toString("utf8") };
}

function startHere({ file, args, cwd, env, input }: ToStart, aborts: AbortSignal | undefined): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: "pipe",
      detached: true,
      ...(aborts ? { signal: aborts } : {}),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // git may answer (or fail) before it has read all input; its exit code tells what happened.
    child.stdin.on("error", () => undefined);
    let isStarted = true;
    child.on("error", (error) => {
      isStarted = child.pid !== undefined;
      if (codeOf(error) === "ENOENT") explainMissing(cwd, error).then(reject, reject);
      else reject(error);
    });
    child.on("close", (code, signal) => {
      // A program that never started is closed too, while the reason is still being looked for.
      if (!isStarted) return;
      const [out, words] = [Buffer.concat(stdout), Buffer.concat(stderr).toString("utf8")];
      resolve({ code: code ?? -1, signal, stdout: out, stderr: words });
    });
    child.stdin.end(input);
  });
}

/** Starting a program fails with ENOENT for a missing program and for a missing folder alike. */
async function explainMissing(cwd: string, cause: Error): Promise<PleachError> {
  const hasFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!hasFolder) {
    return new PleachError("git.noDirectory", `cannot run git in ${cwd}: there is no such folder`, {
      hint: "Name a folder that exists: -C DIR",
      file: cwd,
      cause,
    });
  }
  return new PleachError("git.missing", "cannot run git: there is no program of that name in PATH", {
    hint: `Install git ${minimumVersion.join(".")} or newer.`,
    cause,
  });
}
