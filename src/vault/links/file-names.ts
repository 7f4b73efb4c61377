/**
 * The files of one vault by name, and which of them a link names. As Obsidian resolves: case and Unicode form do not
 * matter, a path from the vault's root comes before the end of a path, `.md` may be left out and no other ending may.
 * What Obsidian does when several files fit is written nowhere, so all of them are named.
 *
 * - A target with `./` or `../`, and in Markdown links every target, may start at the note's own folder.
 * - Of files that differ in case or Unicode form only, the one that is written exactly like the target is meant.
 */
import { normalizeText } from "../../terminal-text/index.ts";

export type Resolution =
  | { kind: "resolved"; path: string }
  /** Sorted. */
  | { kind: "ambiguous"; candidates: string[] }
  | { kind: "unresolved" };

/** A name or path as it is compared. */
export function foldName(name: string): string {
  return normalizeText(name.replaceAll("\u00a0", " ")).toLowerCase();
}

/** What stands after the last slash. */
export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folded names that links may call a file by: with its ending, and for a note also without. */
export function namesOf(path: string): string[] {
  const name = foldName(lastSegment(path));
  return isNote(path) ? [name, name.slice(0, -3)] : [name];
}

/** Whether a path is a note's. */
export function isNote(path: string): boolean {
  return /\.md$/i.test(path);
}

const RELATIVE = /^\.\.?\//;

export class FileNames {
  readonly #byName = new Map<string, Set<string>>();

  add(path: string): void {
    for (const name of namesOf(path)) {
      const paths = this.#byName.get(name);
      if (paths === undefined) this.#byName.set(name, new Set([path]));
      else paths.add(path);
    }
  }

  delete(path: string): void {
    for (const name of namesOf(path)) {
      const paths = this.#byName.get(name);
      paths?.delete(path);
      if (paths?.size === 0) this.#byName.delete(name);
    }
  }

  /** Resolves a target that is not empty, as it stands in the note `from`. */
  resolve(target: string, from: string, isMarkdown: boolean): Resolution {
    const named = this.#byName.get(nameOfTarget(target));
    if (named === undefined) return { kind: "unresolved" };
    const isAbsolute = target.startsWith("/");
    const isRelative = RELATIVE.test(target);
    const folder = folderOf(from);
    const fromRoot = isRelative ? undefined : joinPath("", target);
    const fromNote = (isMarkdown || isRelative) && !isAbsolute ? joinPath(folder, target) : undefined;
    const exact = [...named].filter((path) => fits(path, fromRoot) || fits(path, fromNote));
    if (exact.length > 0) return choose(exact, [fromRoot, fromNote]);
    if (isAbsolute || isRelative || fromRoot === undefined) return { kind: "unresolved" };
    const end = `/${foldName(fromRoot)}`;
    const ending = [...named].filter((path) => {
      const folded = foldName(path);
      return folded.endsWith(end) || (isNote(path) && folded.slice(0, -3).endsWith(end));
    });
    return ending.length > 0 ? choose(ending, [fromRoot]) : { kind: "unresolved" };
  }
}

/** The name by which the files that a target may mean are found. */
export function nameOfTarget(target: string): string {
  return foldName(lastSegment(target.replace(/(?<!\/)\/+$/, "")));
}

/** Whether a target leads out of the vault: who looks at the vault alone cannot say what is there. */
export function leadsOut(target: string, from: string): boolean {
  return RELATIVE.test(target) && joinPath(folderOf(from), target) === undefined;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The path without `.` and `..`; undefined when it leads out of the vault. */
function joinPath(folder: string, target: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of target.split("/")) {
    if (part === ".." && parts.pop() === undefined) return undefined;
    if (part !== "" && part !== "." && part !== "..") parts.push(part);
  }
  return parts.join("/");
}

function fits(path: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false;
  const [folded, key] = [foldName(path), foldName(wanted)];
  return folded === key || (isNote(path) && folded.slice(0, -3) === key);
}

/** The only one, or the only one that is written like the target. */
function choose(paths: string[], written: readonly (string | undefined)[]): Resolution {
  const [only, second] = paths;
  if (only !== undefined && second === undefined) return { kind: "resolved", path: only };
  const same = paths.filter((path) =>
    written.some((wanted) => wanted !== undefined && withoutEnding(`/${path}`, wanted).endsWith(`/${wanted}`)),
  );
  const [exact, another] = same;
  if (exact !== undefined && another === undefined) return { kind: "resolved", path: exact };
  return { kind: "ambiguous", candidates: paths.sort((a, b) => (a < b ? -1 : 1)) };
}

function withoutEnding(path: string, wanted: string): string {
  return isNote(path) && !isNote(wanted) ? path.slice(0, -3) : path;
}
