/**
 * What a repository inside a worktree holds besides its files: commits. Before it goes with its worktree, those that
 * nothing else holds are brought into another repository and kept there by a ref.
 *
 * Its settings are somebody's who may mean harm, and settings of git can run programs. So no git of ours works in such a
 * repository: its refs and objects are read through `git upload-pack`, which is made to be run on what is not trusted.
 */
import { lstat, mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PleachError } from "../../errors.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { git, gitText } from "./git.ts";
import { isObjectId } from "./repository.ts";

/** Where a repository keeps things. */
export interface GitFolders {
  gitDir: string;
  /** The git directory that its worktrees share. */
  commonDir: string;
  isShallow: boolean;
}

/** Commits that refs of a repository name. */
export interface Tips {
  /** What HEAD is at; null before the first commit. */
  head: string | null;
  /** HEAD, branches and stashed work, each once; tags too where nothing was ever fetched. */
  own: string[];
  /** What it fetched from elsewhere. */
  fetched: Set<string>;
}

const MAX_BYTES = 4 * 1024 * 1024;
const READ_ENV = { GIT_NO_LAZY_FETCH: "1" };

/** Variables for git on a git directory whose files, which may be nowhere, do not matter. */
export function at(gitDir: string): Record<string, string> {
  return { GIT_DIR: gitDir, GIT_WORK_TREE: gitDir };
}

/** Finds the git directory of the folder of a worktree; null when its `.git` leads to none. */
export async function findGitFolders(folder: string): Promise<GitFolders | null> {
  const dotGit = join(folder, ".git");
  const found = await stat(dotGit).catch(() => null);
  let gitDir = dotGit;
  if (found?.isFile()) {
    const target = /^gitdir: (.+?)\n*$/.exec((await readSmall(dotGit)) ?? "")?.[1];
    if (target === undefined) return null;
    gitDir = resolve(folder, target);
  } else if (!found?.isDirectory()) return null;
  const real = await realpath(gitDir).catch(() => null);
  if (real === null) return null;
  const shared = (await readSmall(join(real, "commondir")))?.trim();
  const commonDir = await realpath(shared === undefined ? real : resolve(real, shared)).catch(() => null);
  if (commonDir === null || (await lstat(join(commonDir, "objects")).catch(() => null)) === null) return null;
  return { gitDir: real, commonDir, isShallow: await isShallow(commonDir) };
}

/** Whether commits of a repository lack their parents. */
export async function isShallow(commonDir: string): Promise<boolean> {
  return ((await stat(join(commonDir, "shallow")).catch(() => null))?.size ?? 0) > 0;
}

/** Reads which commits a repository has. Rejects with `git.failed` when it is none, or damaged. */
export async function readTips(cwd: string, folder: string, { gitDir, commonDir }: GitFolders): Promise<Tips> {
  const { stdout } = await git(cwd, [...OVER_FILES, "ls-remote", "--quiet", folder], { env: READ_ENV });
  const refs = new Map<string, string>();
  for (const line of stdout.toString("latin1").split("\n")) {
    const [oid = "", name = ""] = line.split("\t");
    // A tag with words of its own comes twice: what it stands for comes second.
    if (isObjectId(oid)) refs.set(name.replace(/\^\{\}$/, ""), oid);
  }
  const fetched = new Set([...refs].filter(([name]) => name.startsWith("refs/remotes/")).map(([, oid]) => oid));
  const isOwn = (name: string): boolean =>
    !name.startsWith("refs/remotes/") && !(name.startsWith("refs/tags/") && fetched.size > 0);
  const own = [...refs].filter(([name]) => isOwn(name)).map(([, oid]) => oid);
  // Entries of the stash below the newest are named by its log alone.
  const stashed = refs.has("refs/stash") ? await readStashLog(commonDir) : [];
  const head = refs.get("HEAD") ?? (await readDetached(gitDir));
  return { head, own: [...new Set([...(head === null ? [] : [head]), ...own, ...stashed])], fetched };
}

/** Whether what a repository has fetched came from another machine, so that it is there still. */
export async function isFetchedFromAfar(cwd: string, { commonDir }: GitFolders): Promise<boolean> {
  const args = ["config", "-z", "--file", join(commonDir, "config"), "--get-regexp", "^remote\\..*\\.url$"];
  const { code, stdout } = await git(cwd, args, { codes: [0, 1, 128] });
  const urls = stdout
    .toString("utf8")
    .split("\0")
    .filter(Boolean)
    .map((entry) => entry.slice(entry.indexOf("\n") + 1));
  return code === 0 && urls.length > 0 && urls.every(isFarUrl);
}

const isFarUrl = (url: string): boolean =>
  /^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^[^/:]+:(?!\/\/)/.test(url);

/**
 * Brings commits of the repository at `folder` into that at `home`, with all that they need; resolves with how they are
 * called there, in the same order. What is shallow keeps its content but not its ids, unless `home` may be shallow too.
 * Rejects with `git.failed` when that cannot be done.
 */
export async function bringCommits(
  home: string,
  folder: string,
  commits: readonly string[],
  { isShallow: lacksParents, mayBeShallow }: { isShallow: boolean; mayBeShallow: boolean },
): Promise<string[]> {
  if (commits.length === 0 || (await holdsAll(home, commits))) return [...commits];
  if (!lacksParents || mayBeShallow) {
    await fetchCommits(home, folder, commits, lacksParents ? ["--update-shallow"] : []);
    return [...commits];
  }
  return withScratch(folder, async (scratch) => {
    await fetchCommits(scratch, folder, commits, ["--update-shallow"]);
    return copyHistory(scratch, home, commits);
  });
}

/** Gives `work` an empty bare repository that can hold commits of the one at `folder`, and removes it afterwards. */
export async function withScratch<T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), "pleach-scratch-"));
  try {
    const found = await findGitFolders(folder);
    const format = found === null ? "sha1" : await readObjectFormat(scratch, found);
    await git(scratch, ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, scratch]);
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What a fetch over files needs, whatever a person's settings say. */
const OVER_FILES = ["-c", "protocol.file.allow=always", "-c", "protocol.version=2"];

async function fetchCommits(home: string, folder: string, commits: readonly string[], more: string[]): Promise<void> {
  const quietly = ["--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-auto-maintenance"];
  const alone = ["--no-recurse-submodules", "--no-show-forced-updates", "--refmap=", ...more];
  const settings = [...OVER_FILES, "-c", "fetch.writeCommitGraph=false"];
  const env = { ...READ_ENV, ...at(home) };
  await git(home, [...settings, "fetch", ...quietly, ...alone, "--", folder, ...commits], { env });
  if (await holdsAll(home, commits)) return;
  throw new PleachError("git.failed", `git did not bring all commits of ${folder}`, { file: folder });
}

async function holdsAll(home: string, commits: readonly string[]): Promise<boolean> {
  const args = ["rev-list", "--quiet", "--objects", "--stdin", "--not", "--all"];
  const input = commits.map((commit) => `${commit}\n`).join("");
  return (await git(home, args, { env: { ...READ_ENV, ...at(home) }, input, codes: [0, 1, 128] })).code === 0;
}

/** Writes the history of commits of a shallow repository anew, its oldest commits without parents, and brings it home. */
async function copyHistory(scratch: string, home: string, commits: readonly string[]): Promise<string[]> {
  const names = commits.map((_, at) => `refs/heads/tip-${at}`);
  for (const [at, name] of names.entries()) await git(scratch, ["update-ref", name, commits[at] ?? ""]);
  const { stdout } = await git(scratch, ["fast-export", "--signed-tags=strip", "--reencode=no", ...names]);
  for (const name of names) await git(scratch, ["update-ref", "-d", name]);
  await rm(join(scratch, "shallow"), { force: true });
  await git(scratch, ["fast-import", "--quiet"], { input: stdout });
  const copies = await Promise.all(names.map((name) => gitText(scratch, ["rev-parse", "--verify", name])));
  await fetchCommits(home, scratch, copies, []);
  return copies;
}

async function readObjectFormat(cwd: string, { commonDir }: GitFolders): Promise<string> {
  const args = ["config", "--file", join(commonDir, "config"), "--get", "extensions.objectFormat"];
  const { stdout } = await git(cwd, args, { codes: [0, 1, 128] });
  return /^sha256\s*$/i.test(stdout.toString("latin1")) ? "sha256" : "sha1";
}

async function readDetached(gitDir: string): Promise<string | null> {
  const text = (await readSmall(join(gitDir, "HEAD")))?.trim() ?? "";
  return isObjectId(text) ? text : null;
}

async function readStashLog(commonDir: string): Promise<string[]> {
  const text = (await readSmall(join(commonDir, "logs", "refs", "stash"))) ?? "";
  return text
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((oid) => isObjectId(oid) && !/^0+$/.test(oid));
}

async function readSmall(path: string): Promise<string | undefined> {
  const read = await readUntrustedFile(path, { maxBytes: MAX_BYTES });
  return read.kind === "read" ? read.bytes.toString("utf8") : undefined;
}
