/**
 * What is wrong with the names of files: several of one name, and names that links or other systems cannot hold. Pure.
 */
import { foldName, lastSegment } from "../links/file-names.ts";
import type { Finding } from "./problem.ts";

/**
 * Checks the paths of a vault's notes and other files; of the notes, only those are told of again that share a name.
 */
export function checkNames(notes: readonly string[], others: readonly string[]): Finding[] {
  const all = [...notes, ...others];
  const folders = listFolders(all);
  return [...findCollisions(all, folders), ...findDuplicates(notes), ...findUnsafe([...folders, ...all])];
}

/** Every folder that holds one of the paths, and those around it. */
function listFolders(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return [...folders].sort();
}

/** Paths that are one file, or one folder, on a system that knows no case, or only one spelling of an accent. */
function findCollisions(files: readonly string[], folders: readonly string[]): Finding[] {
  const twins = groupBy(folders, foldName).filter(
    // Of folders in two such folders the outer ones are told.
    (same) => new Set(same.map((folder) => folder.slice(0, folder.lastIndexOf("/") + 1))).size === 1,
  );
  return [...twins, ...groupBy(files, foldName)].flatMap((same) =>
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
  const named = notes.filter((path) => !OF_ITS_FOLDER.test(lastSegment(path)));
  return groupBy(named, (path) => foldName(lastSegment(path))).flatMap((same) => {
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

/** Names of notes that tell of the folder that they lie in: many folders have one, and none is linked to by its name. */
const OF_ITS_FOLDER = /^(?:_?index|readme|license|changelog)\.md$/i;
/** Names of devices, whatever ending follows. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

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
  if (RESERVED.test(name)) return "Windows keeps this name for itself";
  return undefined;
}
