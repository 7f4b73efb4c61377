/**
 * Looks whether a worktree of ours holds work, and starts nothing that the repository names: no filter, no hook. So files are
 * compared byte for byte, and one that a filter changes on its way counts as work.
 *
 * LOOK-1 Only looks, and when in doubt says that there is work: what may not be read, and repositories in the worktree, are.
 */
import { createHash } from "node:crypto";
import { lstat, readdir, readlink } from "node:fs/promises";
import { codeOf } from "../../errors.ts";
import { git } from "./git.ts";
import { statIfThere } from "./presence.ts";
import { isWithin, type RawPath, showPath, splitPaths } from "./raw-path.ts";
import { isHeld, readBranch } from "./refs.ts";
import { findCommit, type Repository } from "./repository.ts";
import { listTreeFiles, underRoot } from "./tree-changes.ts";
import { isLockedByOther, readMark, readReadyTime } from "./worktree-admin.ts";

export interface LookedAtWorktree {
  path: string;
  admin: string;
  /** Whether all that was wanted of it is elsewhere: then what the repository's rules ignore is no work. */
  isDone: boolean;
  /** Commits elsewhere that may hold what lies in it. */
  alsoIn?: readonly string[];
}

/** Where a file was found that may be work. */
interface Found {
  file: RawPath;
  mode: "100644" | "100755" | "120000";
}

interface Walked {
  all: Set<RawPath>;
  /** Files that may have been written since the worktree was ready. */
  touched: Found[];
}

const SHOWN = 3;

/** What would be lost with the worktree, in words; null when that is nothing. Branches stay: what they hold does not count. */
export async function lookForWork(repo: Repository, worktree: LookedAtWorktree): Promise<string | null> {
  if (await isLockedByOther(worktree.admin)) return "somebody locked it (git worktree lock)";
  return (await lookAtWork(repo, worktree))?.why ?? null;
}

/** What a worktree holds that nothing else does. */
export interface SeenWork {
  /** In words. */
  why: string;
  /** Files that are not as a commit has them; none where they cannot be told, or its HEAD is what counts. */
  files: string[];
}

/** The same, with its files, whoever locked it. */
export async function lookAtWork(repo: Repository, worktree: LookedAtWorktree): Promise<SeenWork | null> {
  const { path, admin, alsoIn = [] } = worktree;
  const mark = await readMark(admin);
  const head = await findCommit(repo.root, "HEAD", { GIT_DIR: admin });
  if (head !== null && !(await isOnBranch(repo, admin)) && !(await isHeld(repo, head, isLasting))) {
    return { why: `its HEAD is at ${head.slice(0, 12)}, which nothing else holds`, files: [] };
  }
  if ((await statIfThere(path)) === null) return null;
  const tip = mark?.branch == null ? null : await readBranch(repo, mark.branch);
  const ids = [...new Set([mark?.base ?? null, head, tip, ...alsoIn])].filter((id) => id !== null);
  const trees = await Promise.all(ids.map((id) => readFiles(repo, id)));
  const walked = await walk(path, mark === null ? 0n : await readReadyTime(admin)).catch((thrown: unknown) => {
    if (thrown instanceof NotLookedThrough) return thrown.message;
    throw thrown;
  });
  if (typeof walked === "string") return { why: walked, files: [] };
  const changed = await filterNew(repo, path, { touched: walked.touched, trees });
  // An unfinished checkout lacks files, too.
  const lacking = mark === null ? [] : listMissing(walked.all, trees);
  const ignored = worktree.isDone && changed.length > 0 ? await listIgnored(path, admin) : [];
  const work = [...changed.filter((file) => !isWithin(file, ignored)), ...lacking].sort();
  return work.length === 0 ? null : { why: `it holds changes: ${describeFiles(work)}`, files: work.map(showPath) };
}

/** Refs that do not go with what is looked at, and that a person sees. */
export const isLasting = (ref: string): boolean =>
  !ref.startsWith("refs/pleach/") && !ref.startsWith("refs/heads/pleach-tasks/");

class NotLookedThrough extends Error {}

async function isOnBranch({ root }: Repository, admin: string): Promise<boolean> {
  const { code, stdout } = await git(root, ["symbolic-ref", "--quiet", "HEAD"], {
    env: { GIT_DIR: admin },
    codes: [0, 1],
  });
  return code === 0 && stdout.toString("latin1").startsWith("refs/heads/");
}

/** File -> mode and id, of a commit. */
async function readFiles(repo: Repository, commit: string): Promise<Map<RawPath, string>> {
  const files = await listTreeFiles(repo, commit);
  return new Map(files.map(({ path, mode, oid }) => [path, `${mode} ${oid}`]));
}

/** All files of a worktree. Rejects with `NotLookedThrough`. */
async function walk(root: string, readyNs: bigint): Promise<Walked> {
  const walked: Walked = { all: new Set(), touched: [] };
  const open: { folder: RawPath; isTouched: boolean }[] = [{ folder: "" as RawPath, isTouched: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { folder, isTouched } = next;
    for (const entry of await readFolder(root, folder)) {
      const file = (folder === "" ? entry : `${folder}/${entry}`) as RawPath;
      if (file === ".git") continue;
      if (entry === ".git") throw new NotLookedThrough(`it holds a repository: ${showPath(folder)}`);
      const found = await lstat(underRoot(root, file), { bigint: true });
      // Another link to a file, elsewhere, changes the one time; work in it changes the other.
      const changedNs = found.isFile() && found.nlink > 1n ? found.mtimeNs : found.ctimeNs;
      const isNew = isTouched || changedNs >= readyNs;
      if (found.isDirectory()) open.push({ folder: file, isTouched: isNew });
      else if (found.isFile() || found.isSymbolicLink()) {
        walked.all.add(file);
        const mode = found.isSymbolicLink() ? "120000" : (found.mode & 0o100n) !== 0n ? "100755" : "100644";
        if (isNew) walked.touched.push({ file, mode });
      }
    }
  }
  return walked;
}

/** Names as bytes. */
async function readFolder(root: string, folder: RawPath): Promise<string[]> {
  try {
    return await readdir(underRoot(root, folder), { encoding: "latin1" });
  } catch (thrown) {
    if (codeOf(thrown) !== "EACCES" && codeOf(thrown) !== "EPERM") throw thrown;
    throw new NotLookedThrough(`${showPath(folder) || "its folder"} may not be read`);
  }
}

/** Those of which no commit holds the content at this path. */
async function filterNew(
  repo: Repository,
  root: string,
  { touched, trees }: { touched: readonly Found[]; trees: readonly Map<RawPath, string>[] },
): Promise<RawPath[]> {
  const isTracked = ({ file }: Found): boolean => trees.some((tree) => tree.has(file));
  const tracked = touched.filter(isTracked);
  const ids = await hashFiles(repo, root, tracked);
  const known = new Set(
    tracked.filter((found, at) => trees.some((tree) => tree.get(found.file) === `${found.mode} ${ids[at]}`)),
  );
  return touched.filter((found) => !known.has(found)).map(({ file }) => file);
}

/** The ids that their contents have, or would have, as they are. */
async function hashFiles(repo: Repository, root: string, files: readonly Found[]): Promise<string[]> {
  const plain = files.filter(({ file, mode }) => mode !== "120000" && !file.includes("\n"));
  const input = Buffer.concat(plain.flatMap(({ file }) => [underRoot(root, file), Buffer.from("\n")]));
  const args = ["hash-object", "--no-filters", "--stdin-paths"];
  const printed = plain.length === 0 ? "" : (await git(repo.root, args, { input })).stdout.toString("latin1");
  const ids = new Map(printed.split("\n").map((id, at) => [plain[at], id] as const));
  const kind = repo.head.commit.length === 40 ? "sha1" : "sha256";
  return Promise.all(
    files.map(async (found) => {
      if (found.mode !== "120000") return ids.get(found) ?? "";
      const target = await readlink(underRoot(root, found.file), { encoding: "buffer" });
      return createHash(kind).update(`blob ${target.length}\0`).update(target).digest("hex");
    }),
  );
}

/** Files of a commit that are gone, unless another one does without them. */
function listMissing(all: ReadonlySet<RawPath>, trees: readonly Map<RawPath, string>[]): RawPath[] {
  const [base = new Map<RawPath, string>(), ...more] = trees;
  return [...base]
    .filter(([file, side]) => !side.startsWith("160000") && !all.has(file) && more.every((tree) => tree.has(file)))
    .map(([file]) => file);
}

async function listIgnored(path: string, admin: string): Promise<RawPath[]> {
  const args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  const listed = await git(path, args, { env: { GIT_DIR: admin, GIT_WORK_TREE: path } }).catch(() => null);
  return listed === null ? [] : splitPaths(listed.stdout).map((entry) => entry.replace(/\/$/, "") as RawPath);
}

function describeFiles(files: readonly RawPath[]): string {
  const shown = files.slice(0, SHOWN).map(showPath).join(", ");
  return files.length > SHOWN ? `${shown} and ${files.length - SHOWN} more` : shown;
}
