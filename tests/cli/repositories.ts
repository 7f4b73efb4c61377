/** Real repositories in temporary folders, and a fingerprint of what a run must leave alone. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { environment } from "./program.ts";

/** A fresh folder, removed after the tests of the file. */
export function makeFolder(name = "repo"): string {
  const folder = join(makeTempFolder("cli", "file"), name);
  mkdirSync(folder);
  return folder;
}

/** Runs git with an identity on the command line only; hands back its output. */
export function git(cwd: string, ...args: string[]): string {
  const settings = [
    "-c",
    "user.name=Tess Ter",
    "-c",
    "user.email=tess@example.org",
    "-c",
    "protocol.file.allow=always",
  ];
  return execFileSync("git", [...settings, ...args], { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] })
    .toString("utf8")
    .trimEnd();
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

/** A repository on branch `main` with one commit of these files. */
export function makeRepository(files: Readonly<Record<string, string>>, name = "repo"): string {
  const root = makeFolder(name);
  git(root, "init", "-q", "-b", "main");
  writeFiles(root, { "README.md": "a repository\n", ...files });
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "start");
  return root;
}

export interface TaskText {
  id: string;
  run: string;
  /** Further lines of YAML. */
  more?: string[];
}

/** A plan in Markdown. */
export function planText(tasks: readonly TaskText[], header: readonly string[] = []): string {
  const parts = tasks.map(({ id, run, more = [] }) => {
    const lines = [`id: ${id}`, `run: ${JSON.stringify(run)}`, ...more];
    return `## ${id}\n\n\`\`\`yaml task\n${lines.join("\n")}\n\`\`\`\n`;
  });
  return `---\n${["goal: try things out", ...header].join("\n")}\n---\n\n${parts.join("\n")}`;
}

/** What the user has that a run must not touch: each file, index, HEAD, configuration, hooks, refs but ours, stash. */
export function fingerprint(root: string): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      if (name === ".git" || name === ".ce-workspace" || name === "vault") continue;
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) seen[name] = `-> ${readlinkSync(path)}`;
      else if (entry.isDirectory()) walk(path, `${name}/`);
      else seen[name] = `${lstatSync(path).mode} ${lstatSync(path).mtimeMs} ${hash(path)}`;
    }
  };
  walk(root, "");
  const gitDir = git(root, "rev-parse", "--absolute-git-dir");
  for (const file of ["index", "HEAD", "config", "ORIG_HEAD", "logs/HEAD", "logs/refs/stash", "packed-refs"]) {
    seen[`.git/${file}`] = hash(join(gitDir, file));
  }
  for (const hook of readdirSync(join(gitDir, "hooks"))) seen[`.git/hooks/${hook}`] = hash(join(gitDir, "hooks", hook));
  const refs = git(root, "for-each-ref").split("\n");
  seen.refs = refs.filter((ref) => !/refs\/(heads\/)?pleach(-tasks)?\//.test(ref)).join("\n");
  return seen;
}

function hash(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return "missing";
  }
}
