/**
 * Says which of the tests that failed a change adds or touches, from what reports tell of where tests are. Nobody is
 * excused by a guess: a test that cannot be found in the tree counts as touched where the change touches any tests. Pure.
 */
import { posix } from "node:path";
import type { FailedTest } from "../../protocol/gate-values.ts";
import type { ChangedFile } from "./gate-changes.ts";
import { isTest, PROGRAM } from "./test-texts.ts";

interface Asked {
  /** Null: it is not known which tests failed. */
  tests: readonly FailedTest[] | null;
  /** All paths that the change adds, edits or deletes. */
  changed: readonly string[];
  /** What stands, and stood, in those of them that may hold tests. */
  texts: readonly ChangedFile[];
  /** All files of the tree. */
  files: readonly string[];
  /** Folder that the gate ran in, relative to the root. */
  cwd?: string | undefined;
}

const MAX_NAMED = 5;
/** A shorter word stands in any file. */
const MIN_NAME_CHARS = 3;

/** Whether tests may stand in a file, so that what stands there has a say. */
export const mayHoldTests = (path: string): boolean => isTest(path) || PROGRAM.test(path);

/** The first of the touched tests; of those that cannot be named, the first of the touched files of tests. */
export function findTouched({ tests, changed: paths, texts, files, cwd = "" }: Asked): string[] {
  const changed = new Set(paths);
  const testFiles = [...changed].filter(isTest);
  if (tests === null) return testFiles.slice(0, MAX_NAMED);
  const stems = byStem(files);
  const isTouched = (test: FailedTest): boolean => {
    const places = locate(test, { files, stems, cwd });
    if (places.length > 0) return places.some((place) => changed.has(place));
    return testFiles.length > 0 || texts.some((text) => isNamedIn(test, text));
  };
  return tests
    .filter(isTouched)
    .slice(0, MAX_NAMED)
    .map(({ name }) => name);
}

interface Tree {
  files: readonly string[];
  stems: ReadonlyMap<string, readonly string[]>;
  cwd: string;
}

/** Files of the tree that a test may be in, where a report names its file, or what it is in is named after one. */
function locate({ file, group }: FailedTest, tree: Tree): string[] {
  const named = [file, group].flatMap((path) => (path === undefined ? [] : findPath(path, tree)));
  return named.length > 0 ? named : group === undefined ? [] : findGroup(group, tree);
}

/** The files that a path of a report may mean: it is absolute, or relative to the root, the gate's folder or a package. */
function findPath(path: string, { files, cwd }: Tree): string[] {
  const inside = posix.normalize(path.replaceAll("\\", "/"));
  const near = [inside, posix.join(cwd, inside)];
  const exact = files.filter((each) => near.includes(each));
  if (exact.length > 0 || inside.startsWith("../")) return exact;
  return files.filter((each) => inside.endsWith(`/${each}`) || each.endsWith(`/${inside}`));
}

/** The files that a class or a module is named after: `com.acme.CartTest`, `tests.test_cart.TestCart`. */
function findGroup(group: string, { stems }: Tree): string[] {
  const parts = (group.split("$")[0] ?? "").split(".");
  if (parts.some((part) => !/^\w+$/.test(part))) return [];
  for (let length = parts.length; length > 0; length -= 1) {
    const wanted = parts.slice(0, length).join("/");
    const last = parts[length - 1] ?? "";
    const found = (stems.get(last) ?? []).filter((path) => {
      const stem = path.slice(0, path.length - posix.extname(path).length);
      return stem === wanted || stem.endsWith(`/${wanted}`);
    });
    if (found.length > 0) return found;
  }
  return [];
}

/** Programs by their names without folders and ending. */
function byStem(files: readonly string[]): Map<string, string[]> {
  const stems = new Map<string, string[]>();
  for (const path of files) {
    if (!PROGRAM.test(path)) continue;
    const stem = posix.basename(path, posix.extname(path));
    stems.set(stem, [...(stems.get(stem) ?? []), path]);
  }
  return stems;
}

/** Whether a changed file names the test, before or after. */
function isNamedIn({ name, group }: FailedTest, { before, after }: ChangedFile): boolean {
  const own = group !== undefined && name.startsWith(`${group} `) ? name.slice(group.length + 1) : name;
  const words = [own, own.split(" > ").at(-1), own.split("/")[0], own.split("[")[0]];
  return words.some(
    (word) =>
      word !== undefined &&
      word.length >= MIN_NAME_CHARS &&
      (before?.includes(word) === true || after?.includes(word) === true),
  );
}
