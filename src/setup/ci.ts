/**
 * What continuous integration runs: the best witness of how a project is tested. Read from the files of usual services; behind
 * them stand the commands in what is written for agents and for those who contribute.
 */
import { parse } from "yaml";
import type { Project } from "./model.ts";
import { isPlainCommand } from "./plain.ts";

export interface CiCommand {
  run: string;
  /** Folder that it is run in; "" for the root. */
  folder: string;
  /** File that it stands in. */
  from: string;
}

const FILES =
  /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci\/config\.yml|\.travis\.yml|azure-pipelines\.yml|\.forgejo\/workflows\/[^/]+\.ya?ml|\.gitea\/workflows\/[^/]+\.ya?ml)$/;
/** Those do something else than checking. */
const OTHER_FILES = /(?:release|publish|deploy|codeql|stale|label|pages|docs?|nightly|bench)[^/]*$/i;
/** Written for agents, and for those who contribute. */
const PAPERS = ["AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md"];
const MAX_LINES = 5_000;
const MAX_FILES = 20;
const MAX_COMMANDS = 500;
const MAX_DEPTH = 12;
/** Keys under which commands stand. */
const COMMANDS = new Set(["run", "script", "before_script", "command", "bash"]);

/** Commands in the order in which they stand, those of the workflows that only check first. */
export function readCi(project: Project): CiCommand[] {
  const files = project.files.filter((path) => FILES.test(path));
  const ordered = [
    ...files.filter((path) => !OTHER_FILES.test(path)),
    ...files.filter((path) => OTHER_FILES.test(path)),
  ];
  const found: CiCommand[] = [];
  for (const from of ordered.slice(0, MAX_FILES))
    collect(parseFile(project.read(from) ?? ""), { folder: "", from }, 0, found);
  for (const from of PAPERS.filter((name) => project.files.includes(name))) {
    for (const run of listQuoted(project.read(from) ?? "")) add(run, { folder: "", from }, found);
  }
  return found;
}

/** Lines of code blocks, and what stands in backticks. */
function listQuoted(text: string): string[] {
  const found: string[] = [];
  let isCode = false;
  for (const line of text.split(/\r?\n/).slice(0, MAX_LINES)) {
    if (/^[ \t]*(?:```|~~~)/.test(line)) isCode = !isCode;
    else if (isCode) found.push(line.trim().replace(/^\$ /, ""));
    else found.push(...line.split("`").filter((_part, at) => at % 2 === 1));
  }
  return found;
}

function parseFile(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "silent" });
  } catch {
    return null;
  }
}

type Place = Pick<CiCommand, "folder" | "from">;

function collect(value: unknown, place: Place, depth: number, found: CiCommand[]): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH || found.length >= MAX_COMMANDS) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, place, depth + 1, found);
    return;
  }
  const here = { ...place, folder: folderOf(value as Record<string, unknown>) ?? place.folder };
  for (const [key, item] of Object.entries(value)) {
    if (!COMMANDS.has(key)) collect(item, here, depth + 1, found);
    else if (typeof item === "string") add(item, here, found);
    else if (Array.isArray(item))
      for (const line of item)
        if (typeof line === "string") add(line, here, found);
        else collect(line, here, depth + 1, found);
    else collect(item, here, depth + 1, found);
  }
}

/** The folder that a step works in, or all steps below. */
function folderOf(value: Record<string, unknown>): string | null {
  const defaults = value.defaults as { run?: { "working-directory"?: unknown } } | undefined;
  const named = value["working-directory"] ?? defaults?.run?.["working-directory"] ?? value.working_directory;
  if (typeof named !== "string" || named.includes("$") || named.startsWith("/") || named.startsWith("~")) return null;
  return named
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function add(script: string, place: Place, found: CiCommand[]): void {
  const joined = script.replace(/\\\r?\n[ \t]*/g, " ");
  for (const line of joined.split(/\r?\n|&&|;/)) {
    const run = line.trim();
    if (run === "" || run.startsWith("#") || found.length >= MAX_COMMANDS) continue;
    found.push({ ...place, run });
  }
}

/** The first plain command of a folder that this matches, without the words that `drop` matches. */
export function pickCi(
  ci: readonly CiCommand[],
  { folder, command, drop }: { folder: string; command: RegExp; drop?: RegExp },
): { run: string; why: string } | undefined {
  for (const { run, folder: at, from } of ci) {
    if (at !== folder || !command.test(run) || !isPlainCommand(run)) continue;
    const words = run.split(/ +/);
    return { run: (drop === undefined ? words : words.filter((word) => !drop.test(word))).join(" "), why: from };
  }
  return undefined;
}
