/**
 * Finds the repository that a run works on and says early, in words, what git would say late: no repository, a bare
 * one, one without a commit. Also answers what it holds: bases, tracked files, contents. Only reads.
 */
import { realpath, stat } from "node:fs/promises";
import { PleachError } from "../../errors.ts";
import { checkGit, git, gitText } from "./git.ts";
import { showPaths, splitPaths } from "./raw-path.ts";

export interface Repository {
  /** The user's checkout, absolute, symlinks resolved. */
  readonly root: string;
  /** Git directory of this checkout (in a linked worktree not the same as `commonDir`). */
  readonly gitDir: string;
  /** Git directory that all worktrees share. */
  readonly commonDir: string;
  /** Where HEAD was when the repository was opened; `branch` is null when it is detached. */
  readonly head: { readonly commit: string; readonly branch: string | null };
  /** Variables that give commits of ours an author where none is configured. */
  readonly identity: Readonly<Record<string, string>>;
  readonly gitVersion: string;
}

/**
 * Opens the repository that `dir` lies in. Rejects with `git.missing`, `git.tooOld`, `git.noDirectory`,
 * `git.notRepository`, `git.notYours`, `git.bare` or `git.empty`.
 */
export async function openRepository(dir: string): Promise<Repository> {
  const found = await stat(dir).catch(() => null);
  if (!found?.isDirectory()) {
    throw new PleachError("git.noDirectory", `cannot open a repository in ${dir}: there is no such folder`, {
      hint: "Name a folder that exists: -C DIR",
      file: dir,
    });
  }
  const gitVersion = await checkGit(dir);
  const usual = await readAtOnce(dir);
  if (usual !== null) return { ...usual, identity: await findIdentity(usual.root), gitVersion };
  await requireCheckout(dir);
  const [root, gitDir, commonDir] = await Promise.all([
    gitText(dir, ["rev-parse", "--show-toplevel"]).then((path) => realpath(path)),
    gitText(dir, ["rev-parse", "--absolute-git-dir"]).then((path) => realpath(path)),
    gitText(dir, ["rev-parse", "--path-format=absolute", "--git-common-dir"]).then((path) => realpath(path)),
  ]);
  const commit = await findCommit(root, "HEAD");
  if (commit === null) {
    throw new PleachError("git.empty", `the repository ${root} has no commit yet, so there is nothing to branch from`, {
      hint: 'Make a first commit: git add -A && git commit -m "first commit"',
      file: root,
    });
  }
  const head = { commit, branch: await readHeadBranch(root) };
  return { root, gitDir, commonDir, head, identity: await findIdentity(root), gitVersion };
}

/**
 * Where a checkout is and where its HEAD, asked in one go, since starting git takes longer than its answer; null where
 * something is unusual, which then has to be asked for, and worded, bit by bit.
 */
async function readAtOnce(dir: string): Promise<Pick<Repository, "root" | "gitDir" | "commonDir" | "head"> | null> {
  const places = ["--show-toplevel", "--absolute-git-dir", "--path-format=absolute", "--git-common-dir"];
  const asked = [
    "--is-bare-repository",
    "--is-inside-work-tree",
    ...places,
    "HEAD^{commit}",
    "--symbolic-full-name",
    "HEAD",
  ];
  const { code, stdout } = await git(dir, ["rev-parse", ...asked], { codes: [0, 128] });
  // A name with a line break in it makes another number of lines.
  const [isBare, isInside, root, gitDir, commonDir, commit, ref, ...more] = stdout.toString("utf8").split("\n");
  if (code !== 0 || isBare !== "false" || isInside !== "true" || more.length !== 1) return null;
  if (root === undefined || gitDir === undefined || commonDir === undefined || ref === undefined) return null;
  if (commit === undefined || !isObjectId(commit)) return null;
  const [realRoot, realGitDir, realCommonDir] = await Promise.all(
    [root, gitDir, commonDir].map((path) => realpath(path)),
  );
  const head = { commit, branch: branchOf(ref) };
  return { root: realRoot ?? root, gitDir: realGitDir ?? gitDir, commonDir: realCommonDir ?? commonDir, head };
}

/**
 * The commit that `base` (branch, tag, commit; default HEAD) names now, and the branch if it is the name of one. Where a
 * branch and a tag have the same name, the branch is meant, though git would take the tag. Rejects with `git.badBase`.
 */
export async function resolveBase(repo: Repository, base?: string): Promise<{ commit: string; branch: string | null }> {
  const named = base === undefined || isObjectId(base) ? null : await findBranch(repo, base);
  const name = named === null ? (base ?? "HEAD") : `refs/heads/${named.branch}${named.rest}`;
  const commit = base === "" ? null : await findCommit(repo.root, name);
  if (commit === null) {
    throw new PleachError("git.badBase", `the base "${base ?? "HEAD"}" names no commit in ${repo.root}`, {
      hint: "Name a branch, a tag or a commit that exists: git branch --all",
      file: repo.root,
    });
  }
  if (base === undefined) return { commit, branch: await readHeadBranch(repo.root) };
  return { commit, branch: named?.rest === "" ? named.branch : null };
}

/** The branch that `base` is of, and where from it the way leads on (`~2`, `^`, `@{1}`); null when it is of none. */
async function findBranch(repo: Repository, base: string): Promise<{ branch: string; rest: string } | null> {
  const end = /[~^]|@\{/.exec(base)?.index ?? base.length;
  const branch = base.slice(0, end).replace(/^refs\/heads\//, "");
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `refs/heads/${branch}`];
  if (branch === "" || branch.includes("\0")) return null;
  const isThere = (await gitText(repo.root, args)) === `refs/heads/${branch}`;
  return isThere ? { branch, rest: base.slice(end) } : null;
}

/** Paths of all files tracked in `commit` (default: HEAD now), sorted. Submodules count as one path each. */
export async function listTrackedFiles({ root }: Pick<Repository, "root">, commit?: string): Promise<string[]> {
  const tree = commit === undefined ? "HEAD" : asCommit(commit);
  return showPaths(splitPaths((await git(root, ["ls-tree", "-r", "-z", "--full-tree", "--name-only", tree])).stdout));
}

/** The branch that HEAD of the checkout at `root` is on, or null when it is detached. */
export async function readHeadBranch(root: string): Promise<string | null> {
  const output = await git(root, ["symbolic-ref", "--quiet", "HEAD"], { codes: [0, 1] });
  return branchOf(output.stdout.toString("utf8").trimEnd());
}

function branchOf(ref: string): string | null {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null;
}

/** The commit that `name` means in `cwd`, or null. `name` cannot become an option. */
export async function findCommit(
  cwd: string,
  name: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  if (name.includes("\0")) return null;
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const output = await git(cwd, args, { env, codes: [0, 1, 128] });
  const answer = output.stdout.toString("utf8").trim();
  return output.code === 0 && isObjectId(answer) ? answer : null;
}

/** Whether `text` is a full object id (SHA-1 or SHA-256). */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** `commit` itself, after making sure that it is an object id and so neither an option nor an expression. */
export function asCommit(commit: string): string {
  if (isObjectId(commit)) return commit;
  throw new PleachError("git.badCommit", `"${commit}" is not a commit id`, {
    hint: "A commit id is 40 or 64 hexadecimal digits: git rev-parse NAME tells it.",
  });
}

async function requireCheckout(dir: string): Promise<void> {
  const output = await git(dir, ["rev-parse", "--is-bare-repository", "--is-inside-work-tree"], { codes: [0, 128] });
  if (output.code !== 0) {
    throw explainRefusal(dir, output.stderr);
  }
  const [isBare, isInside] = output.stdout.toString("utf8").trim().split("\n");
  if (isInside === "true") return;
  if (isBare === "true") {
    throw new PleachError("git.bare", `the repository ${dir} is bare: it has no checkout to work from`, {
      hint: "Clone it, or add a worktree: git worktree add ../checkout",
      file: dir,
    });
  }
  throw new PleachError("git.notRepository", `${dir} lies inside a git directory, not in a checkout`, {
    hint: "Change into the checkout.",
    file: dir,
  });
}

/** The error for a folder in which git found no repository, or one that it does not trust. */
export function explainRefusal(dir: string, stderr: string): PleachError {
  // A person who traces git has other lines before.
  const lines = stderr.trim().split("\n");
  const words = lines.find((line) => line.startsWith("fatal: ")) ?? lines[0] ?? "";
  const owned = /dubious ownership in repository at '(.+)'/.exec(words)?.[1];
  if (owned !== undefined) {
    return new PleachError(
      "git.notYours",
      `the repository ${owned} belongs to another user, and git does not trust it`,
      {
        hint: `If you do, say so to git: git config --global --add safe.directory '${owned}'`,
        file: dir,
      },
    );
  }
  return new PleachError("git.notRepository", `${dir} is not a git repository (${words})`, {
    hint: "Change into a repository, name one with -C DIR, or make one: git init && git commit",
    file: dir,
  });
}

async function findIdentity(root: string): Promise<Record<string, string>> {
  const pattern = "^(user|author|committer)\\.(name|email)$";
  const { stdout } = await git(root, ["config", "-z", "--get-regexp", pattern], { codes: [0, 1] });
  const configured = new Map<string, string>();
  for (const entry of stdout.toString("utf8").split("\0")) {
    const end = entry.indexOf("\n");
    if (end > 0) configured.set(entry.slice(0, end).toLowerCase(), entry.slice(end + 1).trim());
  }
  const identity: Record<string, string> = {};
  for (const who of ["AUTHOR", "COMMITTER"] as const) {
    for (const [what, fallback] of [
      ["NAME", "pleach"],
      ["EMAIL", "pleach@localhost"],
    ] as const) {
      const name = `GIT_${who}_${what}`;
      const known = [
        process.env[name],
        ...["user", who.toLowerCase()].map((s) => configured.get(`${s}.${what.toLowerCase()}`)),
      ];
      if (!known.some((value) => value)) identity[name] = fallback;
    }
  }
  return identity;
}
