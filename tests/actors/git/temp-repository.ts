/** Real repositories in temporary folders, with the configuration of the person running the tests kept out. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openRepository, type Repository } from "../../../src/actors/git/index.ts";
import { makeTempFolder, NO_HOME } from "../../helpers/temp-folders.ts";

process.env.HOME = NO_HOME;
process.env.XDG_CONFIG_HOME = NO_HOME;
process.env.GIT_CONFIG_GLOBAL = "/dev/null";
process.env.GIT_CONFIG_NOSYSTEM = "1";

/** A fresh folder, removed after the test. */
export function makeFolder(name = "with space ünï"): string {
  const folder = join(makeTempFolder("git", "test"), name);
  mkdirSync(folder);
  return folder;
}

/** Runs git as a worker or a user would, with an identity; returns its output without the last newline. */
export function runGit(cwd: string, ...args: string[]): string {
  const identity = [
    "-c",
    "user.name=Tess Ter",
    "-c",
    "user.email=tess@example.org",
    "-c",
    "protocol.file.allow=always",
  ];
  return execFileSync("git", [...identity, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] })
    .toString("utf8")
    .replace(/\n$/, "");
}

export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** A repository on branch `main` with one commit of `files`. */
export function initRepository(
  files: Record<string, string> = { "a.txt": "one\ntwo\nthree\n" },
  ...args: string[]
): string {
  const root = makeFolder();
  runGit(root, "init", "-q", "-b", "main", ...args);
  writeFiles(root, files);
  commitAll(root, "start");
  return root;
}

export function commitAll(root: string, message: string): string {
  runGit(root, "add", "-A");
  runGit(root, "commit", "-q", "--allow-empty", "-m", message);
  return runGit(root, "rev-parse", "HEAD");
}

export async function openTemp(files?: Record<string, string>): Promise<Repository> {
  return openRepository(initRepository(files));
}

/** The paths of a commit. */
export function listFiles(root: string, commit: string): string[] {
  return runGit(root, "ls-tree", "-r", "-z", "--name-only", commit).split("\0").filter(Boolean).sort();
}

/**
 * A hash of each thing of the user's that a run must leave alone: files of the checkout, index, HEAD, configuration,
 * hooks, refs but ours, and the stash.
 */
export function fingerprint(root: string): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      if (name === ".git" || name === ".ce-workspace") continue;
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) seen[name] = `-> ${readlinkSync(path)}`;
      else if (entry.isDirectory()) walk(path, `${name}/`);
      else seen[name] = `${lstatSync(path).mode} ${lstatSync(path).mtimeMs} ${hash(path)}`;
    }
  };
  walk(root, "");
  const gitDir = runGit(root, "rev-parse", "--absolute-git-dir");
  for (const file of ["index", "HEAD", "config", "ORIG_HEAD", "logs/HEAD", "logs/refs/stash", "packed-refs"]) {
    seen[`.git/${file}`] = hash(join(gitDir, file));
  }
  for (const hook of readdirSync(join(gitDir, "hooks"))) seen[`.git/hooks/${hook}`] = hash(join(gitDir, "hooks", hook));
  const refs = runGit(root, "for-each-ref").split("\n");
  seen.refs = refs.filter((line) => !/refs\/(heads\/pleach(-tasks)?|pleach\/ship)\//.test(line)).join("\n");
  return seen;
}

function hash(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return "missing";
  }
}
