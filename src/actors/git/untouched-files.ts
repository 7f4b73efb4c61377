/**
 * What differs from the base in a worktree though no worker touched it: what set-up changed before the worker came, and
 * files that git always shows as modified (line endings, or pointers of large files, that an attribute came too late for).
 *
 * UNTOUCHED-1 In every tree of ours, a path that is as it was when the worktree was ready is as in the base. What was ignored
 *    then is judged without its content (`ignored-at-ready.ts`).
 */
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { git, gitText } from "./git.ts";
import { describeMadeBySetUp, findMadeBySetUp } from "./ignored-at-ready.ts";
import { joinPaths, type RawPath, showPath, splitPaths } from "./raw-path.ts";
import type { Repository } from "./repository.ts";
import { listChanges, type TreeChange, type TreeSide } from "./tree-changes.ts";
import { withIndexCopy } from "./worktree-admin.ts";

/** Where what set-up changed is kept, in the worktree's admin folder. */
const NAME = "pleach-ready.json";
/** Some hundred thousand files; what set-up does beyond that is the task's. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Path -> what set-up made of it; null where it deleted it. */
export type ReadyState = ReadonlyMap<string, TreeSide | null>;

export interface WrittenWork {
  /** Absolute path of the worktree, and of its admin folder. */
  path: string;
  admin: string;
  base: string;
  /** All files of the worktree, as a tree. */
  tree: string;
}

/** Keeps what set-up changed. */
export async function keepReadyState(admin: string, changes: readonly TreeChange[]): Promise<void> {
  const text = JSON.stringify(changes.map((change) => [change.path, change.new]));
  if (text.length <= MAX_BYTES) await writeAtomically(join(admin, NAME), text, { durability: "none" });
}

export interface TouchedWork {
  tree: string;
  /** What was left out though the worker made it count, a line each. */
  notes: string[];
}

/**
 * The tree with all untouched paths as in the base (UNTOUCHED-1). What only looks modified is taken as work where the
 * worker staged it, and is to have it: that is how line endings are set right.
 */
export async function leaveOutUntouched(
  repo: Repository,
  work: WrittenWork,
  isWanted: (path: string) => boolean,
): Promise<TouchedWork> {
  const changes = await listChanges(repo, work.base, work.tree);
  const everything = { tree: work.tree, notes: [] };
  if (changes.length === 0) return everything;
  const ready = await readReadyState(work.admin);
  const isAsReady = ({ path, new: now }: TreeChange): boolean => ready.has(path) && isSame(ready.get(path), now);
  const changed = changes.filter((change) => !isAsReady(change));
  const made = await findMadeBySetUp(work, changed);
  const left = new Set(made.changes);
  const others = changed.filter((change) => !left.has(change));
  const staged = new Set<TreeChange>();
  const seeming = await findSeeming(work, others);
  if (seeming.length > 0) {
    const index = await readStaged(work);
    for (const change of seeming) {
      if (index.get(change.path) === change.new?.oid && isWanted(showPath(change.path))) staged.add(change);
    }
  }
  const seemingOnly = seeming.filter((change) => !staged.has(change));
  const untouched = [...changes.filter(isAsReady), ...made.changes, ...seemingOnly];
  if (untouched.length === 0) return everything;
  const tree = await putBack(work, untouched);
  // Where a file has become a folder, both cannot be had: then all of it is work.
  const rest = await listChanges(repo, work.base, tree);
  if (rest.length !== changes.length - untouched.length) return everything;
  return { tree, notes: describeMadeBySetUp(made.entries) };
}

/** Changed files whose bytes are those of the base: only what git makes of them has changed. */
async function findSeeming({ path, admin }: WrittenWork, changes: readonly TreeChange[]): Promise<TreeChange[]> {
  // Other attributes are work, and so is what follows from them.
  if (changes.some((change) => /(?:^|\/)\.gitattributes$/.test(change.path))) return [];
  // git would read a name with a quote in front in another way.
  const candidates = changes.filter(
    ({ path: file, old, new: now }) => old?.mode.startsWith("100") && now?.mode === old.mode && !/^"|\n/.test(file),
  );
  if (candidates.length === 0) return [];
  const env = { GIT_DIR: admin, GIT_WORK_TREE: path };
  const input = Buffer.from(candidates.map((change) => `${change.path}\n`).join(""), "latin1");
  try {
    const { stdout } = await git(path, ["hash-object", "--no-filters", "--stdin-paths"], { env, input });
    const oids = stdout.toString("latin1").split("\n");
    return candidates.filter(({ old }, at) => oids[at] === old?.oid);
  } catch {
    return [];
  }
}

/** What the worker's own index holds; nothing when git cannot read it. */
async function readStaged({ path, admin }: WrittenWork): Promise<Map<string, string>> {
  const env = { GIT_DIR: admin, GIT_WORK_TREE: path };
  const listed = await git(path, ["ls-files", "-s", "-z"], { env }).catch(() => null);
  const entries = listed === null ? [] : splitPaths(listed.stdout);
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf("\t");
      return [entry.slice(end + 1), entry.slice(0, end).split(" ")[1] ?? ""];
    }),
  );
}

function putBack({ path, admin, tree }: WrittenWork, changes: readonly TreeChange[]): Promise<string> {
  const gone = changes.filter(({ old }) => old === null);
  const lines = [...gone, ...changes.filter(({ old }) => old !== null)].map(
    ({ path: file, old }) => `${old?.mode ?? "0"} ${old?.oid ?? "0".repeat(tree.length)}\t${file}` as RawPath,
  );
  return withIndexCopy(admin, async (index) => {
    const env = { GIT_DIR: admin, GIT_WORK_TREE: path, GIT_INDEX_FILE: index };
    await git(path, ["read-tree", tree], { env });
    await git(path, ["update-index", "--replace", "-z", "--index-info"], { env, input: joinPaths(lines) });
    return gitText(path, ["write-tree"], { env });
  });
}

async function readReadyState(admin: string): Promise<ReadyState> {
  const file = await readUntrustedFile(join(admin, NAME), { maxBytes: MAX_BYTES });
  if (file.kind !== "read") return new Map();
  try {
    return new Map(JSON.parse(file.bytes.toString("utf8")) as [string, TreeSide | null][]);
  } catch {
    return new Map();
  }
}

function isSame(was: TreeSide | null | undefined, now: TreeSide | null): boolean {
  return was?.oid === now?.oid && was?.mode === now?.mode;
}
