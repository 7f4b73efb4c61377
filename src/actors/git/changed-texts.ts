/** The texts of some of the files that differ between two trees, as they were and are. */
import { git } from "./git.ts";
import { showPath } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { listChanges, readBlobs, type TreeSide } from "./tree-changes.ts";

/** Null where there is no file. */
export interface ChangedText {
  path: string;
  before: string | null;
  after: string | null;
}

/** A longer text is taken as empty. */
const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 1_000;

/** Reads the changed files whose path is wanted, the first thousand; a symlink's text is where it leads. */
export async function readChangedTexts(
  repo: Repository,
  { from, to, isWanted }: { from: string; to: string; isWanted: (path: string) => boolean },
): Promise<ChangedText[]> {
  const changes = (await listChanges(repo, from, to))
    .filter(({ path }) => isWanted(showPath(path)))
    .slice(0, MAX_FILES);
  const sides = changes.flatMap((change) => [change.old, change.new]).filter((side) => side !== null);
  const texts = await readTexts(repo, sides);
  const textOf = (side: TreeSide | null): string | null => (side === null ? null : (texts.get(side.oid) ?? ""));
  return changes.map((change) => ({
    path: showPath(change.path),
    before: textOf(change.old),
    after: textOf(change.new),
  }));
}

/** All paths that differ between two commits or trees. */
export async function listChangedPaths(repo: Repository, from: string, to: string): Promise<string[]> {
  return (await listChanges(repo, from, to)).map(({ path }) => showPath(path));
}

async function readTexts(repo: Repository, sides: readonly TreeSide[]): Promise<Map<string, string>> {
  const oids = [...new Set(sides.filter(({ mode }) => mode !== "160000").map(({ oid }) => asCommit(oid)))];
  if (oids.length === 0) return new Map();
  const input = oids.map((oid) => `${oid}\n`).join("");
  const sizes = (await git(repo.root, ["cat-file", "--batch-check=%(objectsize)"], { input })).stdout
    .toString("latin1")
    .split("\n");
  const short = oids.filter((_, index) => Number(sizes[index]) <= MAX_BYTES);
  const contents = await readBlobs(repo, short);
  return new Map(short.map((oid, index) => [oid, contents[index]?.toString("utf8") ?? ""]));
}
