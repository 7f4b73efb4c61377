/**
 * What a person told Obsidian and its plug-ins about the notes of a vault: which of them are forms that others are made
 * from, and which are not to come up ("Excluded files"). Settings that are missing, broken or of another form say nothing.
 *
 * An excluded file is written as the beginning of its path, or as a regular expression between slashes. Of the latter only
 * text, `.`, `.*`, `^` and `$` are followed, which take no longer than the path is; any other excludes nothing.
 */
import { foldName, lastSegment } from "../links/file-names.ts";
import { isInTemplates } from "../notes/placeholders.ts";
import type { ReadStore } from "./store.ts";

export interface ObsidianSettings {
  /** Whether a note is a form, by its path. */
  isTemplate(path: string): boolean;
  /** Whether a person wants a note not to come up. Notes of the program count wherever a person put them out of sight. */
  isExcluded(path: string): boolean;
}

/** Of a vault without settings. */
export const NO_SETTINGS: ObsidianSettings = { isTemplate: isInTemplates, isExcluded: () => false };

/** Where a folder of templates, or one template, is named: a file, and the members that lead to the name. */
const TEMPLATE_FOLDERS = [
  [".obsidian/templates.json", "folder"],
  [".obsidian/plugins/templater-obsidian/data.json", "templates_folder"],
  [".obsidian/plugins/quickadd/data.json", "templateFolderPath"],
] as const;
const TEMPLATE_NOTES = [
  [".obsidian/daily-notes.json", "template"],
  [".obsidian/zk-prefixer.json", "template"],
  ...["daily", "weekly", "monthly", "quarterly", "yearly"].map(
    (every) => [".obsidian/plugins/periodic-notes/data.json", `${every}.template`] as const,
  ),
] as const;

const MAX_FILTERS = 500;
const MAX_FILTER_CHARS = 500;
/** Ids begin the names of the program's own notes. */
const OWN_NAME = /^\d{14}-[0-9a-z]{4}\b/;

/** Reads them from the files of a vault. Never throws. */
export async function readObsidianSettings(store: ReadStore): Promise<ObsidianSettings> {
  const read = memberReader(store);
  const folders = (await Promise.all(TEMPLATE_FOLDERS.map(([file, path]) => read(file, path)))).flatMap(toPath);
  const notes = (await Promise.all(TEMPLATE_NOTES.map(([file, path]) => read(file, path))))
    .flatMap(toPath)
    .map((path) => (path.endsWith(".md") ? path : `${path}.md`));
  const filters = await read(".obsidian/app.json", "userIgnoreFilters");
  const excludes = (Array.isArray(filters) ? filters : [])
    .slice(0, MAX_FILTERS)
    .flatMap((filter) => (typeof filter === "string" ? (readFilter(filter) ?? []) : []));
  return {
    isTemplate(path) {
      const folded = foldName(path);
      return isInTemplates(path) || notes.includes(folded) || folders.some((folder) => folded.startsWith(`${folder}/`));
    },
    isExcluded: (path) => excludes.some((matches) => matches(path)) && !OWN_NAME.test(lastSegment(path)),
  };
}

/** The folder that Obsidian offers templates from, as it is written; undefined where none is named that can be written to. */
export async function readTemplatesFolder(store: ReadStore): Promise<string | undefined> {
  const folder = await memberReader(store)(...TEMPLATE_FOLDERS[0]);
  const parts = typeof folder === "string" ? folder.split("/").filter((part) => part !== "") : [];
  return parts.length === 0 || parts.some((part) => part.startsWith(".")) ? undefined : parts.join("/");
}

/** Reads members of files, each file once. */
function memberReader(store: ReadStore): (file: string, path: string) => Promise<unknown> {
  const files = new Map<string, Promise<unknown>>();
  return async (file, path) => {
    const parsed = files.get(file) ?? readJson(store, file);
    files.set(file, parsed);
    let value = await parsed;
    for (const key of path.split(".")) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return value;
  };
}

async function readJson(store: ReadStore, file: string): Promise<unknown> {
  const read = await store.read(file);
  if (read.kind !== "ok") return undefined;
  try {
    return JSON.parse(read.text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A path as it is compared; the vault itself, and what is no path, name nothing. */
function toPath(value: unknown): string[] {
  if (typeof value !== "string") return [];
  const parts = value.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 ? [] : [foldName(parts.join("/"))];
}

/** Tells which paths an excluded file names; undefined where that cannot be said in time. */
function readFilter(filter: string): ((path: string) => boolean) | undefined {
  if (filter.length > MAX_FILTER_CHARS || filter === "") return undefined;
  const inner = /^\/(.+)\/$/.exec(filter)?.[1];
  if (inner !== undefined) return readExpression(inner);
  const start = foldName(filter);
  return (path) => foldName(path).startsWith(start);
}

/** One sign of an expression: itself, or any one. */
type Sign = string | null;

/** Runs of signs that have to come one after the other, whatever stands between two of them. */
function readExpression(source: string): ((path: string) => boolean) | undefined {
  const isFromStart = source.startsWith("^");
  const isToEnd = /[^\\]\$$|^\$$/.test(source);
  const runs = readRuns(source.slice(isFromStart ? 1 : 0, isToEnd ? -1 : undefined));
  if (runs === undefined) return undefined;
  return (path) => {
    const signs = [...path];
    let from = 0;
    for (const [at, run] of runs.entries()) {
      const isFixed = at === 0 && isFromStart;
      const isLast = at === runs.length - 1 && isToEnd;
      const found = isLast ? fitAtEnd(run, signs, from, isFixed) : fit(run, signs, from, isFixed);
      if (found < 0) return false;
      from = found + run.length;
    }
    return true;
  };
}

/** Undefined where the expression says more than text and gaps. */
function readRuns(source: string): Sign[][] | undefined {
  const runs: Sign[][] = [[]];
  const signs = [...source];
  for (let at = 0; at < signs.length; at += 1) {
    const sign = signs[at] ?? "";
    const next = signs[at + 1] ?? "";
    if (sign === "." && next === "*") {
      runs.push([]);
      at += 1;
    } else if (sign === ".") runs.at(-1)?.push(null);
    else if (sign === "\\" && next !== "" && !/[\p{L}\p{N}]/u.test(next)) {
      runs.at(-1)?.push(next);
      at += 1;
    } else if (/[\\^$*+?()[\]{}|]/.test(sign)) return undefined;
    else runs.at(-1)?.push(sign);
  }
  return runs;
}

/** Where a run stands first, from there on; -1 for nowhere. */
function fit(run: readonly Sign[], signs: readonly string[], from: number, isFixed: boolean): number {
  const last = isFixed ? from : signs.length - run.length;
  for (let at = from; at <= last; at += 1) if (standsAt(run, signs, at)) return at;
  return -1;
}

function fitAtEnd(run: readonly Sign[], signs: readonly string[], from: number, isFixed: boolean): number {
  const at = signs.length - run.length;
  return at >= from && (!isFixed || at === from) && standsAt(run, signs, at) ? at : -1;
}

function standsAt(run: readonly Sign[], signs: readonly string[], at: number): boolean {
  return at + run.length <= signs.length && run.every((sign, index) => sign === null || sign === signs[at + index]);
}
