/**
 * Lays down the commands for Claude Code that pleach ships (`claude-commands/`) as `.claude/commands/` of a repository.
 * Only what is absent is created, and no link is followed: neither a folder of that path nor a file may be one.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, PleachError } from "../errors.ts";
import { packageFile } from "../package-file.ts";

/** The folder of the package that holds the commands. */
const SHIPPED = "claude-commands";
const FOLDERS = [".claude", ".claude/commands"];

/**
 * Throws `usage.noFolder` when the commands cannot be laid down below `root`, since something else than a folder is in the
 * way. Changes nothing, so that it may be asked before anything is.
 */
export function checkClaudeCommands(root: string): void {
  for (const folder of FOLDERS) {
    const found = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) continue;
    const what = found.isSymbolicLink() ? "a symbolic link, which is not followed" : "no folder";
    throw new PleachError("usage.noFolder", `the commands for Claude Code go into ${folder}, which is ${what}`, {
      hint: `make ${folder} a folder of the repository, or run pleach init without --claude`,
      file: join(root, folder),
    });
  }
}

/**
 * Creates the commands that are not there. Returns paths relative to `root`, sorted: those created, and those kept as they
 * are, whatever stands there. Throws as `checkClaudeCommands`, or `usage.commandsMissing` for a broken installation.
 */
export function layClaudeCommands(root: string): { created: string[]; kept: string[] } {
  const names = listShipped();
  checkClaudeCommands(root);
  for (const folder of FOLDERS) makeFolder(join(root, folder));
  const done = { created: [] as string[], kept: [] as string[] };
  for (const name of names) {
    const path = `${FOLDERS.at(-1)}/${name}`;
    try {
      // Exclusively: a link in its place is not followed either.
      writeFileSync(join(root, path), readFileSync(packageFile(join(SHIPPED, name))), { flag: "wx" });
      done.created.push(path);
    } catch (thrown) {
      if (codeOf(thrown) !== "EEXIST") throw thrown;
      done.kept.push(path);
    }
  }
  return done;
}

function listShipped(): string[] {
  try {
    return readdirSync(packageFile(SHIPPED))
      .filter((name) => name.endsWith(".md"))
      .sort();
  } catch (cause) {
    const file = packageFile(SHIPPED);
    const message = `the commands for Claude Code are not where pleach was installed: ${file}`;
    throw new PleachError("usage.commandsMissing", message, { hint: "install pleach again", file, cause });
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
}
