/** What differs between two trees, file by file. Renames are taken apart: the old name is deleted, the new one added. */
import { git } from "./git.ts";
import { pathBytes, type RawPath, splitPaths } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";

export interface TreeSide {
  /** As git prints it: `100644` file, `100755` program, `120000` symlink, `160000` submodule. */
  mode: string;
  oid: string;
}

export interface TreeChange {
  path: RawPath;
  /** Null when the file was added. */
  old: TreeSide | null;
  /** Null when the file was deleted. */
  new: TreeSide | null;
}

/** The files that differ between two commits or trees. */
export async function listChanges(repo: Repository, from: string, to: string): Promise<TreeChange[]> {
  // Submodules too, whatever .gitmodules asks to ignore of them.
  const exactly = ["--no-renames", "--no-abbrev", "--ignore-submodules=none"];
  const args = ["diff-tree", "-r", "-z", "--raw", ...exactly, asCommit(from), asCommit(to)];
  const fields = splitPaths((await git(repo.root, args)).stdout);
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = "", newMode = "", oldOid = "", newOid = ""] = (fields[at] ?? "").slice(1).split(" ");
    const path = fields[at + 1];
    if (path === undefined) continue;
    changes.push({
      path,
      old: oldMode === "000000" ? null : { mode: oldMode, oid: oldOid },
      new: newMode === "000000" ? null : { mode: newMode, oid: newOid },
    });
  }
  return changes;
}

/** The tree of a commit. */
export async function readTree(repo: Repository, commit: string): Promise<string> {
  const { stdout } = await git(repo.root, ["rev-parse", "--verify", "--quiet", `${asCommit(commit)}^{tree}`]);
  return stdout.toString("latin1").trim();
}

/** All files of a commit; a submodule is one. */
export async function listTreeFiles(repo: Repository, commit: string): Promise<(TreeSide & { path: RawPath })[]> {
  const { stdout } = await git(repo.root, ["ls-tree", "-r", "-z", "--full-tree", asCommit(commit)]);
  return splitPaths(stdout).map((entry) => {
    const [mode = "", , oid = ""] = entry.slice(0, entry.indexOf("\t")).split(" ");
    return { mode, oid, path: entry.slice(entry.indexOf("\t") + 1) as RawPath };
  });
}

/** The content of a blob. */
export async function readBlob(repo: Repository, oid: string): Promise<Buffer> {
  return (await git(repo.root, ["cat-file", "blob", asCommit(oid)])).stdout;
}

/** The contents of blobs, in this order. Rejects where one is missing. */
export async function readBlobs(repo: Pick<Repository, "root">, oids: readonly string[]): Promise<Buffer[]> {
  const input = oids.map((oid) => `${asCommit(oid)}\n`).join("");
  const { stdout } = await git(repo.root, ["cat-file", "--batch"], { input });
  const contents: Buffer[] = [];
  for (let at = 0; at < stdout.length && contents.length < oids.length; ) {
    const end = stdout.indexOf(10, at);
    const size = Number(stdout.toString("latin1", at, end).split(" ")[2]);
    contents.push(stdout.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}

/** Where a path lies below `root`, as bytes, for the file system. */
export function underRoot(root: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), pathBytes(path)]);
}
