/**
 * Submodules of a worktree in an index of ours. What was committed in one, and what was only changed, becomes a commit in
 * the repository that the person's checkout has for it, kept there by a ref: so the commit that the tree names exists
 * after the worktree is gone. Only what was written since the worktree was ready counts as a change: builds of `setup`
 * inside a submodule are nobody's work.
 */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isTouchedSince } from "./find-repositories.ts";
import { git, gitText } from "./git.ts";
import { describeNotKept, keepCommits, orNotKept, refFor, textOf } from "./keep-history.ts";
import { bringCommits, findGitFolders, type GitFolders, readTips, type Tips, withScratch } from "./nested-history.ts";
import type { RawPath } from "./raw-path.ts";
import { splitPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { type StageRequest, stageFiles } from "./stage-files.ts";
import { type Modules, openModuleHome, readSubmodules } from "./submodules.ts";
import { underRoot } from "./tree-changes.ts";
import { openWorktreeGit, type WorktreeGit } from "./worktree-git.ts";

/** One level of a worktree: its own files, or those of a submodule in it. */
export interface Level extends Pick<StageRequest, "place" | "run" | "isLeft" | "sinceNs"> {
  modules: Modules;
  /** Where it is from the worktree's root. */
  prefix: string;
}

export interface Staging {
  repo: Repository;
  worktree: string;
  /** The attempt's branch. */
  branch: string | null;
  /** When the worktree was ready, by its file system. */
  readyNs: bigint;
  /** What somebody should know. */
  notes: string[];
  /** Submodules at any level, from the worktree's root. */
  submodules: Set<string>;
}

/** Stages the files of a level and its submodules; resolves with the nested repositories whose files were taken. */
export async function stageLevel(staging: Staging, level: Level): Promise<RawPath[]> {
  const { run, place } = level;
  const links = await readLinks(run);
  const names = await readSubmodules(place.path);
  const checkedOut: Submodule[] = [];
  for (const path of new Set([...links.keys(), ...names.keys()])) {
    if (level.isLeft(path)) continue;
    const found = await look(staging, level, { path, name: names.get(path), before: links.get(path) ?? null });
    if (found === "files") await run(["update-index", "--force-remove", "--", textOf(path)]);
    else if (found !== null) checkedOut.push(found);
  }
  const submodules = checkedOut.map(({ path }) => path);
  for (const path of submodules) staging.submodules.add(`${level.prefix}${path}`);
  const taken = await stageFiles({ ...level, submodules });
  for (const submodule of checkedOut) await stageSubmodule(staging, level, submodule);
  return taken;
}

/** Paths of submodules in the index, with the commits that it names. */
async function readLinks(run: WorktreeGit): Promise<Map<RawPath, string>> {
  const entries = splitPaths((await run(["ls-files", "-z", "-s"])).stdout);
  return new Map(
    entries
      .filter((entry) => entry.startsWith("160000 "))
      .map((entry) => [entry.slice(entry.indexOf("\t") + 1) as RawPath, entry.split(" ")[1] ?? ""]),
  );
}

interface Submodule {
  path: RawPath;
  name: string | undefined;
  /** The commit that the base names; null when it names none. */
  before: string | null;
  folders: GitFolders;
  tips: Tips & { head: string };
}

/** What is in the place of a submodule: null for nothing that matters, `files` where ordinary files have taken its place. */
async function look(
  { worktree, readyNs }: Staging,
  { place, prefix }: Level,
  { path, name, before }: Pick<Submodule, "path" | "name" | "before">,
): Promise<Submodule | "files" | null> {
  const entries = await readdir(underRoot(place.path, path)).catch(() => []);
  if (entries.length === 0) return null;
  const label = prefix + textOf(path);
  const folder = join(place.path, textOf(path));
  const folders = await findGitFolders(folder);
  const tips =
    folders === null ? null : await orNotKept(label, worktree, () => readTips(place.gitDir, folder, folders));
  if (folders !== null && tips !== null && tips.head !== null) {
    return { path, name, before, folders, tips: { ...tips, head: tips.head } };
  }
  if (before === null || !(await isTouchedSince(place.path, path, readyNs))) return null;
  if (name === undefined) return "files";
  throw describeNotKept(label, worktree, "files were written there, but the submodule is not checked out");
}

async function stageSubmodule(staging: Staging, level: Level, submodule: Submodule): Promise<void> {
  const { path, before, tips } = submodule;
  const label = level.prefix + textOf(path);
  const isTouched = await isTouchedSince(level.place.path, path, staging.readyNs);
  const strangers = tips.own.filter((commit) => commit !== before && commit !== tips.head && !tips.fetched.has(commit));
  if (tips.head === before && !isTouched && strangers.length === 0) return;
  const commit = await orNotKept(label, staging.worktree, () =>
    bringHome(staging, level, submodule, { strangers, isTouched }),
  );
  if (commit === before) return;
  await level.run(["update-index", "--add", "--replace", "--cacheinfo", `160000,${commit},${textOf(path)}`]);
}

/** Resolves with the commit that stands for the submodule as it is now, once the checkout's repository holds it. */
async function bringHome(
  staging: Staging,
  level: Level,
  submodule: Submodule,
  { strangers, isTouched }: { strangers: readonly string[]; isTouched: boolean },
): Promise<string> {
  const { repo, worktree, branch, notes } = staging;
  const { path, name, before, folders, tips } = submodule;
  const [text, label] = [textOf(path), level.prefix + textOf(path)];
  const folder = join(level.place.path, text);
  return withScratch(folder, async (scratch) => {
    // All that the submodule's repository holds, without its settings.
    await mkdir(join(scratch, "objects", "info"), { recursive: true });
    await writeFile(join(scratch, "objects", "info", "alternates"), `${join(folders.commonDir, "objects")}\n`);
    if (folders.isShallow) await copyFile(join(folders.commonDir, "shallow"), join(scratch, "shallow"));
    const inside: Level = {
      place: { path: folder, gitDir: scratch, index: join(scratch, "index"), beside: besideOf(level) },
      run: await openWorktreeGit({
        path: folder,
        gitDir: scratch,
        index: join(scratch, "index"),
        beside: besideOf(level),
      }),
      isLeft: (file) => level.isLeft(`${path}/${file}` as RawPath),
      sinceNs: staging.readyNs,
      prefix: `${label}/`,
      modules: {
        checkout: join(level.modules.checkout, text),
        folder: join(level.modules.folder, name ?? text, "modules"),
      },
    };
    const commit = isTouched ? await commitInside(staging, inside, tips.head) : tips.head;
    const commits = [...new Set([commit, ...strangers])].filter((each) => each !== before);
    if (commits.length === 0) return commit;
    const home = await openModuleHome(repo, level.modules, { path: text, name });
    if (home === null) throw describeNotKept(label, worktree, "the checkout has no repository for it");
    const shallow = { isShallow: folders.isShallow && home.mayBeShallow, mayBeShallow: home.mayBeShallow };
    await bringCommits(home.gitDir, scratch, commits, shallow);
    const ref = refFor(branch, label);
    await keepCommits(repo, home.gitDir, ref, commits);
    if (commit !== tips.head)
      notes.push(`changes in the submodule ${label} were not committed there: it is at a commit of them`);
    if (commit !== before) notes.push(`the new commits of the submodule ${label} are in ${home.gitDir}, on ${ref}`);
    return commit;
  });
}

const besideOf = ({ place }: Level): string => place.beside ?? dirname(place.path);

/** Commits what was changed in a submodule on top of its HEAD; resolves with HEAD when nothing was. */
async function commitInside(staging: Staging, inside: Level, head: string): Promise<string> {
  const { run, place } = inside;
  await run(["read-tree", head]);
  await run(["update-index", "-q", "--refresh"], { codes: [0, 1] });
  await stageLevel(staging, inside);
  const tree = await textFrom(run, ["write-tree"]);
  const [old, date] = (await gitText(place.gitDir, ["show", "-s", "--format=%T %cd", "--date=raw", head])).split(
    / (.*)/,
  );
  if (tree === old) return head;
  // The same changes are the same commit, however often they are looked at.
  const dates = { GIT_AUTHOR_DATE: `@${date}`, GIT_COMMITTER_DATE: `@${date}` };
  const { stdout } = await git(place.gitDir, ["commit-tree", tree, "-p", head, "-F", "-"], {
    env: { ...staging.repo.identity, ...dates },
    input: `Changes in ${inside.prefix.slice(0, -1)}\n\nMade in a worktree, and not committed there.\n`,
  });
  return stdout.toString("latin1").trim();
}

async function textFrom(run: WorktreeGit, args: readonly string[]): Promise<string> {
  return (await run(args)).stdout.toString("latin1").trim();
}
