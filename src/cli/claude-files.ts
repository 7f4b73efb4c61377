/**
 * Lays down for Claude Code what pleach ships for it: its commands (`claude-commands/`) as `.claude/commands/` of a repository,
 * and its plugin (`claude-plugin/`) as `.claude/skills/pleach/`, where Claude Code finds a plugin without a marketplace once the
 * person trusts the folder. Only what is absent is created, and no link is followed: neither a folder of that path nor a file
 * may be one.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf, PleachError } from "../errors.ts";
import { packageFile } from "../package-file.ts";

const COMMANDS = { shipped: "claude-commands", folder: ".claude/commands" };
const PLUGIN = { shipped: "claude-plugin", folder: ".claude/skills/pleach" };
/** Makes a plugin of a folder. It is laid down first, so that a folder without it is somebody else's skill. */
const MANIFEST = ".claude-plugin/plugin.json";

interface Shipped {
  /** Relative to the root. */
  path: string;
  /** Where it lies in the package. */
  file: string;
}

/**
 * Throws `usage.noFolder` when the files cannot be laid down below `root`, since something else than a folder is in the way.
 * Changes nothing, so that it may be asked before anything is.
 */
export function checkClaudeFiles(root: string): void {
  for (const folder of listFolders(listShipped(root))) {
    const found = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) continue;
    const what = found.isSymbolicLink() ? "a symbolic link, which is not followed" : "no folder";
    throw new PleachError("usage.noFolder", `files for Claude Code go into ${folder}, which is ${what}`, {
      hint: `make ${folder} a folder of the repository, or run pleach init without --claude`,
      file: join(root, folder),
    });
  }
}

/**
 * Creates the files that are not there. Returns paths relative to `root`: those created, and those kept as they are, whatever
 * stands there. Throws as `checkClaudeFiles`, or `usage.commandsMissing` for a broken installation.
 */
export function layClaudeFiles(root: string): { created: string[]; kept: string[] } {
  const files = listShipped(root);
  checkClaudeFiles(root);
  const done = { created: [] as string[], kept: [] as string[] };
  if (isSomebodysSkill(root)) done.kept.push(`${PLUGIN.folder}/`);
  for (const folder of listFolders(files)) makeFolder(join(root, folder));
  for (const { path, file } of files) {
    try {
      // Exclusively: a link in its place is not followed either.
      writeFileSync(join(root, path), readFileSync(packageFile(file)), { flag: "wx" });
      done.created.push(path);
    } catch (thrown) {
      if (codeOf(thrown) !== "EEXIST") throw thrown;
      done.kept.push(path);
    }
  }
  return done;
}

/** What is to be laid down here: no plugin into a folder that somebody made for a skill of that name. */
function listShipped(root: string): Shipped[] {
  const commands = listFiles(COMMANDS);
  if (isSomebodysSkill(root)) return commands;
  const isManifest = ({ path }: Shipped): number => Number(path.endsWith(MANIFEST));
  return [...commands, ...listFiles(PLUGIN).sort((a, b) => isManifest(b) - isManifest(a))];
}

function isSomebodysSkill(root: string): boolean {
  const folder = join(root, PLUGIN.folder);
  try {
    return (
      lstatSync(folder).isDirectory() && lstatSync(join(folder, MANIFEST), { throwIfNoEntry: false }) === undefined
    );
  } catch {
    // Nothing is there, or something else than a folder in its way.
    return false;
  }
}

function listFiles({ shipped, folder }: typeof COMMANDS): Shipped[] {
  try {
    return readdirSync(packageFile(shipped), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(packageFile(shipped).length + 1))
      .sort()
      .map((name) => ({ path: join(folder, name), file: join(shipped, name) }));
  } catch (cause) {
    const file = packageFile(shipped);
    const message = `the files for Claude Code are not where pleach was installed: ${file}`;
    throw new PleachError("usage.commandsMissing", message, { hint: "install pleach again", file, cause });
  }
}

/** Every folder on the way, the outer ones first. */
function listFolders(files: readonly Shipped[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    const above: string[] = [];
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) above.unshift(folder);
    for (const folder of above) folders.add(folder);
  }
  return [...folders];
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
}
