/**
 * Brings the files of a worktree, as a worker left them, into an index of ours: tracked files as they are now, also those
 * that the worker has added though .gitignore names them, and untracked ones that it lets through, also those of repositories that lie in the worktree without being
 * submodules. Submodules are brought up to date with their own files committed (`stage-submodules.ts`).
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import { textOf } from "./keep-history.ts";
import { findGitFolders } from "./nested-history.ts";
import { lstatIfThere } from "./presence.ts";
import { isWithin, joinPaths, type RawPath, splitPaths } from "./raw-path.ts";
import { underRoot } from "./tree-changes.ts";
import { openWorktreeGit, type WorktreeGit, type WorktreePlace } from "./worktree-git.ts";

export interface StageRequest {
  place: WorktreePlace & { index: string };
  run: WorktreeGit;
  /** What is no part of the work: stays as it is in the index. */
  isLeft: (file: RawPath) => boolean;
  /** Folders that are submodules, checked out here. */
  submodules: readonly RawPath[];
  /** Takes only what was written at or after this moment, by change times; null: everything. */
  sinceNs: bigint | null;
}

/** Stages them; resolves with the nested repositories whose files were taken. */
export async function stageFiles(request: StageRequest): Promise<RawPath[]> {
  const { run, place, isLeft, submodules, sinceNs } = request;
  const isOurs = (file: RawPath): boolean => !isLeft(file) && !isWithin(file, submodules);
  const changed = await listChanged(run);
  // A folder may have taken the place of a file; where that is a repository, git would take it for a submodule.
  const replaced = await filterFolders(place.path, changed.present.filter(isOurs));
  const deleted = [...changed.deleted.filter((file) => !isLeft(file)), ...replaced];
  if (deleted.length > 0) await run(["update-index", "--force-remove", "-z", "--stdin"], { input: joinPaths(deleted) });
  // Only now: below a name that the index has as a file, git looks for nothing.
  const untracked = await listUntracked(request);
  const found = new Set([...changed.present, ...untracked.files, ...(await listForced(request))]);
  const candidates = [...found].filter(isOurs).filter((file) => !replaced.has(file));
  const present = sinceNs === null ? candidates : await filterNew(place.path, candidates, sinceNs);
  if (present.length > 0) {
    await run(["update-index", "--add", "--replace", "--remove", "-z", "--stdin"], { input: joinPaths(present) });
  }
  return untracked.repositories;
}

/**
 * Files that rules ignore, and that the worker has given to git all the same: they are tracked. Of the worker's own index
 * nothing is believed but which files those are.
 */
async function listForced({ place }: StageRequest): Promise<RawPath[]> {
  const { path, gitDir, beside } = place;
  const own = (await findGitFolders(path))?.gitDir ?? gitDir;
  const index = join(own, "index");
  if ((await lstatIfThere(index))?.isFile() !== true) return [];
  const run = await openWorktreeGit({ path, gitDir, index, ...(beside === undefined ? {} : { beside }) });
  try {
    const listed = splitPaths((await run(["ls-files", "-z", "-i", "-c", "--exclude-standard"])).stdout);
    const files: RawPath[] = [];
    for (const file of listed) {
      if (!isFileName(file)) continue;
      const there = await lstatIfThere(underRoot(path, file));
      if (there !== null && !there.isDirectory()) files.push(file);
    }
    return files;
  } catch (thrown) {
    // Damaged: then the rules alone say which files count.
    if (codeOf(thrown) === "git.failed") return [];
    throw thrown;
  }
}

/** An index that somebody made by hand may name what is no file of a worktree. */
const isFileName = (file: RawPath): boolean =>
  file.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");

async function filterFolders(root: string, files: readonly RawPath[]): Promise<Set<RawPath>> {
  const found = new Set<RawPath>();
  for (const file of files) {
    if ((await lstat(underRoot(root, file)).catch(() => null))?.isDirectory()) found.add(file);
  }
  return found;
}

async function filterNew(root: string, files: readonly RawPath[], sinceNs: bigint): Promise<RawPath[]> {
  const found: RawPath[] = [];
  for (const file of files) {
    const { ctimeNs } = (await lstat(underRoot(root, file), { bigint: true }).catch(() => null)) ?? {};
    if (ctimeNs === undefined || ctimeNs >= sinceNs) found.push(file);
  }
  return found;
}

/** Tracked files that differ from the index; ones that only look as if are among them, which does no harm. */
async function listChanged(run: WorktreeGit): Promise<{ deleted: RawPath[]; present: RawPath[] }> {
  const args = ["diff-files", "-z", "--name-status", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty"];
  const fields = splitPaths((await run(args)).stdout);
  const deleted: RawPath[] = [];
  const present: RawPath[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const file = fields[at + 1];
    if (file !== undefined) (fields[at] === "D" ? deleted : present).push(file);
  }
  return { deleted, present };
}

interface Untracked {
  files: RawPath[];
  /** Folders that are repositories of their own. */
  repositories: RawPath[];
}

/** Untracked files that are not ignored, those of repositories in the worktree among them. */
async function listUntracked({ run, place, isLeft, submodules }: StageRequest): Promise<Untracked> {
  const found = await listOthers(run);
  const files = found.filter((file) => !file.endsWith("/"));
  const open = found.filter((file) => file.endsWith("/")).map((file) => file.slice(0, -1) as RawPath);
  const repositories: RawPath[] = [];
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    if (isLeft(folder) || isWithin(folder, submodules)) continue;
    const inner = await listNested(run, place, folder);
    if (inner.files.length > 0) repositories.push(folder);
    files.push(...inner.files);
    open.push(...inner.repositories);
  }
  return { files: [...new Set(files)], repositories };
}

/** `git ls-files` names a repository in the worktree as one entry that ends in a slash. */
async function listOthers(run: WorktreeGit): Promise<RawPath[]> {
  return splitPaths((await run(["ls-files", "-z", "--others", "--exclude-standard"])).stdout);
}

/** Files of a repository in the worktree: those that it tracks, and others that neither its rules nor ours ignore. */
async function listNested(run: WorktreeGit, place: StageRequest["place"], folder: RawPath): Promise<Untracked> {
  const path = join(place.path, textOf(folder));
  const own = { path, gitDir: place.gitDir, beside: place.beside ?? join(place.path, "..") };
  // None is there: to an empty index everything is untracked.
  const empty = await openWorktreeGit({ ...own, index: `${place.index}.none` });
  const others = (await listOthers(empty)).map((file) => `${folder}/${file}` as RawPath);
  const ignored = await findIgnored(run, others);
  const kept = others.filter((file) => !ignored.has(file));
  return {
    files: [...kept.filter((file) => !file.endsWith("/")), ...(await listTrackedBy(own, folder))],
    repositories: kept.filter((file) => file.endsWith("/")).map((file) => file.slice(0, -1) as RawPath),
  };
}

async function findIgnored(run: WorktreeGit, files: readonly RawPath[]): Promise<Set<RawPath>> {
  if (files.length === 0) return new Set();
  // It refuses the flag by which names are no patterns to the rest of git; here they are none anyway, behind a dot.
  const args = ["--no-literal-pathspecs", "check-ignore", "--no-index", "-z", "--stdin"];
  const input = joinPaths(files.map((file) => `./${file}` as RawPath));
  const { stdout } = await run(args, { input, codes: [0, 1] });
  return new Set(splitPaths(stdout).map((file) => file.slice(2) as RawPath));
}

/** What a repository's own index names and is there: it counts even where ours would ignore it. */
async function listTrackedBy(
  own: { path: string; gitDir: string; beside: string },
  folder: RawPath,
): Promise<RawPath[]> {
  const found = await findGitFolders(own.path);
  if (found === null) return [];
  const run = await openWorktreeGit({ ...own, index: join(found.gitDir, "index") });
  try {
    const [all, deleted] = await Promise.all([run(["ls-files", "-z", "-s"]), run(["ls-files", "-z", "--deleted"])]);
    const gone = new Set(splitPaths(deleted.stdout));
    return splitPaths(all.stdout)
      .filter((entry) => !entry.startsWith("160000 "))
      .map((entry) => entry.slice(entry.indexOf("\t") + 1) as RawPath)
      .filter((file) => !gone.has(file) && isFileName(file))
      .map((file) => `${folder}/${file}` as RawPath);
  } catch (thrown) {
    // Of another format, or damaged: then the rules alone say which files count.
    if (codeOf(thrown) === "git.failed") return [];
    throw thrown;
  }
}
