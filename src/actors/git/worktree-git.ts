/**
 * How git looks at the files of a worktree of ours: exactly, whatever a person's settings say of that. Some settings have
 * git look less closely (`core.ignoreStat`, `core.checkStat`), some describe another file system than the one that the
 * worktree lies on (`core.fileMode`, `core.ignoreCase`, `core.symlinks`): with either, work would be overlooked and go
 * with its worktree. What a file system can do is tried beside the worktree, as `git init` tries it.
 *
 * Settings that say what the content is to be (line endings, filters) stay: they hold for the checkout and the commit
 * alike. Which new files are not to be taken is a person's to say, too: see `list-left-out.ts`.
 */
import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type GitOptions, type GitOutput, git } from "./git.ts";

/** Runs git on a worktree. */
export type WorktreeGit = (args: readonly string[], options?: GitOptions) => Promise<GitOutput>;

export interface WorktreePlace {
  /** Absolute path of the worktree's files. */
  path: string;
  /** Its git directory, which need not be the one that the worktree itself names. */
  gitDir: string;
  /** Another index than that of the git directory. */
  index?: string;
  /** A folder of ours on the same file system; default: the one that the worktree lies in. */
  beside?: string;
}

const CLOSELY = [
  "core.trustctime=true",
  "core.checkStat=default",
  "core.ignoreStat=false",
  "core.untrackedCache=false",
  "core.safecrlf=false",
  "index.sparse=false",
  "sparse.expectFilesOutsideOfPatterns=false",
];

/** Opens a worktree for git as pleach uses it. */
export async function openWorktreeGit(place: WorktreePlace): Promise<WorktreeGit> {
  const { path, gitDir, index, beside = dirname(path) } = place;
  const settings = [...CLOSELY, ...(await knowFileSystem(beside))].flatMap((setting) => ["-c", setting]);
  const env = {
    GIT_DIR: gitDir,
    GIT_WORK_TREE: path,
    ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
  };
  return (args, options = {}) => git(path, [...settings, ...args], { ...options, env: { ...env, ...options.env } });
}

/** What was tried already, by folder. */
const known = new Map<string, Promise<string[]>>();

function knowFileSystem(folder: string): Promise<string[]> {
  const found = known.get(folder) ?? probeFileSystem(folder);
  known.set(folder, found);
  found.catch(() => known.delete(folder));
  return found;
}

/** What the file system of a folder can do, as settings. */
async function probeFileSystem(folder: string): Promise<string[]> {
  const probe = join(folder, `.pleach-probe-${randomUUID()}`);
  await mkdir(probe);
  try {
    const file = join(probe, "file");
    await writeFile(file, "", { mode: 0o600 });
    await chmod(file, 0o700);
    const hasModes = ((await lstat(file)).mode & 0o100) !== 0 && (await isPlainAfter(file));
    const hasLinks = await symlink("file", join(probe, "link")).then(
      () => true,
      () => false,
    );
    const ignoresCase = await lstat(join(probe, "FILE")).then(
      () => true,
      () => false,
    );
    return [`core.fileMode=${hasModes}`, `core.symlinks=${hasLinks}`, `core.ignoreCase=${ignoresCase}`];
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function isPlainAfter(file: string): Promise<boolean> {
  await chmod(file, 0o600);
  return ((await lstat(file)).mode & 0o100) === 0;
}
