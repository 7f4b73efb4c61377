/**
 * What commits on a run's branch changed, many of them in few calls: paths, kinds, numbers of lines; texts of some files; which
 * lines are new. Only reads, and without anybody's diff drivers. What is too large is not read, and the answer says so.
 */
import { git } from "./git.ts";
import { type Hunks, parseHunks } from "./hunks.ts";
import { type RawPath, showPath, splitPaths } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { readBlobs, type TreeSide } from "./tree-changes.ts";

export interface LandedFile {
  path: RawPath;
  /** Null when the file was added. */
  old: TreeSide | null;
  /** Null when the file was deleted. */
  new: TreeSide | null;
  /** Null of what has no lines. */
  added: number | null;
  removed: number | null;
}

export interface LandedChange {
  commit: string;
  /** Its first parent, which it is compared with. */
  parent: string;
  tree: string;
  /** In git's order, the first of them. */
  files: LandedFile[];
  /** How many more there are. */
  more: number;
}

/** Commits that are asked for at once. */
const AT_ONCE = 100;
const MAX_FILES = 10_000;
const MAX_TEXT_BYTES = 1024 * 1024;
/** Of texts that are read together. */
const MAX_TEXTS_BYTES = 64 * 1024 * 1024;
const EXACTLY = ["--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv"];

/** Reads what these commits changed; those that are not in the repository any more are left out. */
export async function readLandedChanges(
  { root }: Pick<Repository, "root">,
  commits: readonly string[],
): Promise<Map<string, LandedChange>> {
  const found = new Map<string, LandedChange>();
  for (let at = 0; at < commits.length; at += AT_ONCE) {
    const facts = await readParents(root, commits.slice(at, at + AT_ONCE).map(asCommit));
    if (facts.size === 0) continue;
    const input = [...facts].map(([commit, { parent }]) => `${commit} ${parent}\n`).join("");
    const args = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--numstat", ...EXACTLY];
    const files = parseChanges(splitPaths((await git(root, args, { input })).stdout));
    for (const [commit, { parent, tree }] of facts) {
      const all = files.get(commit) ?? [];
      const more = Math.max(0, all.length - MAX_FILES);
      found.set(commit, { commit, parent, tree, files: all.slice(0, MAX_FILES), more });
    }
  }
  return found;
}

async function readParents(
  root: string,
  commits: readonly string[],
): Promise<Map<string, { parent: string; tree: string }>> {
  const input = commits.flatMap((each) => [`${each}^{tree}\n`, `${each}^1^{commit}\n`]).join("");
  const args = ["cat-file", "--batch-check=%(objectname)"];
  const lines = (await git(root, args, { input })).stdout.toString("latin1").split("\n");
  const facts = commits.flatMap((commit, index): [string, { parent: string; tree: string }][] => {
    const [tree = "", parent = ""] = lines.slice(2 * index, 2 * index + 2);
    return isId(tree) && isId(parent) ? [[commit, { tree, parent }]] : [];
  });
  return new Map(facts);
}

const isId = (text: string): boolean => /^[0-9a-f]{40,64}$/.test(text);

/** Takes apart what `git diff-tree --stdin --raw --numstat -z` prints. */
function parseChanges(fields: readonly RawPath[]): Map<string, LandedFile[]> {
  const changes = new Map<string, LandedFile[]>();
  let files: LandedFile[] = [];
  let byPath = new Map<RawPath, LandedFile>();
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    if (field.startsWith(":")) {
      const file = parseFile(field, fields[++at] as RawPath);
      files.push(file);
      byPath.set(file.path, file);
    } else if (field.includes("\t")) {
      const [added = "", removed = "", ...path] = field.split("\t");
      const file = byPath.get(path.join("\t") as RawPath);
      if (file === undefined || added === "-") continue;
      Object.assign(file, { added: Number(added), removed: Number(removed) });
    } else {
      [files, byPath] = [[], new Map()];
      changes.set(field, files);
    }
  }
  return changes;
}

function parseFile(facts: string, path: RawPath): LandedFile {
  const [oldMode = "", newMode = "", oldOid = "", newOid = ""] = facts.slice(1).split(" ");
  const sideOf = (mode: string, oid: string): TreeSide | null => (mode === "000000" ? null : { mode, oid });
  return { path, old: sideOf(oldMode, oldOid), new: sideOf(newMode, newOid), added: null, removed: null };
}

/** What `git diff-tree --raw -z` prints of two trees. */
function parseFiles(fields: readonly RawPath[]): LandedFile[] {
  return fields.flatMap((facts, at) => (at % 2 === 0 ? [parseFile(facts, fields[at + 1] as RawPath)] : []));
}

/**
 * Texts of blobs by their ids. What is longer than a mebibyte, or does not fit into memory with the others, is not among them, nor
 * is what is not in the repository any more.
 */
export async function readSmallTexts(
  { root }: Pick<Repository, "root">,
  oids: readonly string[],
): Promise<Map<string, string>> {
  const small = await listSmall(root, oids);
  const contents = small.length === 0 ? [] : await readBlobs({ root }, small);
  return new Map(small.map((oid, index) => [oid, contents[index]?.toString("utf8") ?? ""]));
}

/** Those that are there and not too large, nor together with those before. */
async function listSmall(root: string, oids: readonly string[]): Promise<string[]> {
  if (oids.length === 0) return [];
  const input = oids.map((oid) => `${asCommit(oid)}\n`).join("");
  const { stdout } = await git(root, ["cat-file", "--batch-check=%(objectsize)"], { input });
  const sizes = stdout.toString("latin1").split("\n").map(Number);
  let bytes = 0;
  return oids.filter((_, index) => {
    const size = sizes[index] ?? Number.NaN;
    const isSmall = size <= MAX_TEXT_BYTES && bytes + size <= MAX_TEXTS_BYTES;
    if (isSmall) bytes += size;
    return isSmall;
  });
}

/** The ids of the blobs at some paths of some commits; null where there is none. */
export async function findBlobs(
  { root }: Pick<Repository, "root">,
  places: readonly { commit: string; path: string }[],
): Promise<(string | null)[]> {
  // What git would take for two lines is not asked for.
  const asked = places.map(({ commit, path }) => (/[\n\r]/.test(path) ? "" : `${asCommit(commit)}:${path}`));
  if (asked.length === 0) return [];
  const input = asked.map((name) => `${name}\n`).join("");
  const args = ["cat-file", "--batch-check=%(objecttype) %(objectname)"];
  const lines = (await git(root, args, { input })).stdout.toString("latin1").split("\n");
  return asked.map((_, index) => {
    const [type, oid = ""] = (lines[index] ?? "").split(" ");
    return type === "blob" ? oid : null;
  });
}

/** How the lines of a file differ between two trees. */
export interface LineChanges {
  /** Null where they are too many to be compared. */
  hunks: Hunks | null;
  /** Whether the file is on both sides. */
  isKept: boolean;
}

/** How the lines of some files differ between two commits or trees: of those that do, by their paths. Paths are text. */
export async function readLineChanges(
  { root }: Pick<Repository, "root">,
  { from, to, paths }: { from: string; to: string; paths: readonly string[] },
): Promise<Map<string, LineChanges>> {
  const changed = new Map<string, LineChanges>();
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const between = [asCommit(from), asCommit(to), "--"];
    const raw = ["diff-tree", "-r", "-z", "--raw", ...EXACTLY, ...between, ...paths.slice(at, at + AT_ONCE)];
    const files = parseFiles(splitPaths((await git(root, raw)).stdout));
    const sides = files.flatMap((file) => [file.old, file.new]).flatMap((side) => (side === null ? [] : [side.oid]));
    const small = new Set(await listSmall(root, [...new Set(sides)]));
    const isSmall = (side: TreeSide | null): boolean => side === null || small.has(side.oid);
    const compared = files.filter((file) => isSmall(file.old) && isSmall(file.new));
    const hunks = await readHunks(root, [...between, ...compared.map(({ path }) => showPath(path))]);
    for (const file of files) {
      const isKept = file.old !== null && file.new !== null;
      // A mode alone changes no line.
      const lines = compared.includes(file) ? (hunks.get(keyOf(file)) ?? { removed: [], added: [] }) : null;
      changed.set(showPath(file.path), { hunks: lines, isKept });
    }
  }
  return changed;
}

const keyOf = (file: Pick<LandedFile, "old" | "new">): string => `${file.old?.oid ?? ""} ${file.new?.oid ?? ""}`;

/** Hunks by the blobs on both sides. No line of a file begins a line of such a diff, so that none can look like a header. */
async function readHunks(root: string, wanted: readonly string[]): Promise<Map<string, Hunks>> {
  const hunks = new Map<string, Hunks>();
  if (wanted.at(-1) === "--") return hunks;
  const args = ["diff-tree", "-r", "-p", "-U0", "--text", "--full-index", "--diff-algorithm=histogram", ...EXACTLY];
  const { stdout } = await git(root, [...args, ...wanted]);
  for (const part of stdout.toString("latin1").split(/^(?=diff --git )/m)) {
    const ids = /^index ([0-9a-f]+)\.\.([0-9a-f]+)/m.exec(part)?.slice(1) ?? [];
    if (ids.length > 0) hunks.set(ids.map((id) => (/^0+$/.test(id) ? "" : id)).join(" "), parseHunks(part));
  }
  return hunks;
}
