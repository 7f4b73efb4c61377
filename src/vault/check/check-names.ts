/**
 * What is wrong with the names of files: several of one name, and names that links or other systems cannot hold. Pure.
 */
import { foldName, lastSegment } from "../links/file-names.ts";
import type { Finding } from "./problem.ts";

/**
 * Checks the paths of a vault's notes and other files; of the notes, only those are told of again that share a name.
 */
export function checkNames(notes: readonly string[], others: readonly string[]): Finding[] {
  return [...findCollisions([...notes, ...others]), ...findDuplicates(notes), ...findUnsafe([...notes, ...others])];
}

/** Paths that are one file on a system that knows no case, or only one spelling of an accent. */
function findCollisions(paths: readonly string[]): Finding[] {
  return groupBy(paths, foldName).flatMap((same) =>
    same.slice(1).map((path): Finding => {
      return {
        code: "name.collision",
        path,
        message: `it differs from ${same[0]} in case or accents only`,
        line: null,
      };
    }),
  );
}

/** Notes of one name in several folders: what a link by name means is not certain. */
function findDuplicates(notes: readonly string[]): Finding[] {
  return groupBy(notes, (path) => foldName(lastSegment(path))).flatMap((same) => {
    const folded = new Set(same.map(foldName));
    if (folded.size < 2) return [];
    const [first = "", second = ""] = same;
    const more = same.length > 2 ? ` and ${same.length - 2} more` : "";
    return [{ code: "name.duplicate", path: first, message: `its name is also that of ${second}${more}`, line: null }];
  });
}

function findUnsafe(paths: readonly string[]): Finding[] {
  return paths.flatMap((path) => {
    const why = whyBadName(lastSegment(path));
    return why === undefined ? [] : [{ code: "name.unsafe", path, message: why, line: null }];
  });
}

function groupBy(paths: readonly string[], keyOf: (path: string) => string): string[][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/**
 * Why links, or a system that a vault may be synced to, cannot hold a file's name; undefined when all can. `name` is
 * without its folder.
 */
export function whyBadName(name: string): string | undefined {
  const link = /#|\^|\||\[\[|\]\]|%%/.exec(name)?.[0];
  if (link !== undefined) return `links cannot name a file with "${link}" in its name`;
  const sign = /[*"\\/<>:?]/.exec(name)?.[0];
  if (sign !== undefined) return `other systems allow no "${sign}" in a file's name`;
  if (/[\u0000-\u001f\u007f]/.test(name)) return "its name holds a control character";
  if (/[ .]$/.test(name)) return "its name ends in a space or a dot";
  return undefined;
}
