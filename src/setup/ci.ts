/** What continuous integration runs: the best witness of how a project is tested. Read from the files of usual services. */
import { parse } from "yaml";
import type { Project } from "./model.ts";
import { isPlainCommand } from "./plain.ts";

export interface CiCommand {
  run: string;
  /** Folder that it is run in; "" for the root. */
  folder: string;
}

const FILES =
  /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci\/config\.yml|\.travis\.yml|azure-pipelines\.yml|\.forgejo\/workflows\/[^/]+\.ya?ml|\.gitea\/workflows\/[^/]+\.ya?ml)$/;
/** Those do something else than checking. */
const OTHER_FILES = /(?:release|publish|deploy|codeql|stale|label|pages|docs?|nightly|bench)[^/]*$/i;
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
  for (const path of ordered.slice(0, MAX_FILES)) collect(parseFile(project.read(path) ?? ""), "", 0, found);
  return found;
}

function parseFile(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "silent" });
  } catch {
    return null;
  }
}

function collect(value: unknown, folder: string, depth: number, found: CiCommand[]): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH || found.length >= MAX_COMMANDS) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, folder, depth + 1, found);
    return;
  }
  const here = folderOf(value as Record<string, unknown>) ?? folder;
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

function add(script: string, folder: string, found: CiCommand[]): void {
  const joined = script.replace(/\\\r?\n[ \t]*/g, " ");
  for (const line of joined.split(/\r?\n|&&|;/)) {
    const run = line.trim();
    if (run === "" || run.startsWith("#") || found.length >= MAX_COMMANDS) continue;
    found.push({ run, folder });
  }
}

/** The first plain command of a folder that this matches, without the words that `drop` matches. */
export function pickCi(
  ci: readonly CiCommand[],
  { folder, command, drop }: { folder: string; command: RegExp; drop?: RegExp },
): string | undefined {
  for (const { run, folder: at } of ci) {
    if (at !== folder || !command.test(run) || !isPlainCommand(run)) continue;
    const words = run.split(/ +/);
    return (drop === undefined ? words : words.filter((word) => !drop.test(word))).join(" ");
  }
  return undefined;
}
