/** What the user has that a run must leave as it was, byte for byte. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { git } from "../helpers/program.ts";

/** Folders and files that a run may make. */
const OURS = new Set([".ce-workspace", "vault"]);
const GIT_FILES = ["index", "HEAD", "config", "ORIG_HEAD", "FETCH_HEAD", "logs/HEAD", "logs/refs/stash", "packed-refs"];

/** Every file with its mode, time and content, the index, HEAD, hooks, branches but the run's, stash and status. */
export function fingerprint(root: string): Record<string, string> {
  const seen = new Map<string, string>();
  const walk = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      if (name === ".git" || OURS.has(name)) continue;
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) seen.set(name, `-> ${readlinkSync(path)}`);
      else if (entry.isDirectory()) walk(path, `${name}/`);
      else seen.set(name, `${lstatSync(path).mode} ${lstatSync(path).mtimeMs} ${hash(path)}`);
    }
  };
  walk(root, "");
  for (const file of GIT_FILES) seen.set(`.git/${file}`, hash(join(root, ".git", file)));
  for (const hook of readdirSync(join(root, ".git/hooks")))
    seen.set(`.git/hooks/${hook}`, hash(join(root, ".git/hooks", hook)));
  const refs = git(root, "for-each-ref", "--format=%(refname) %(objectname)").split("\n");
  seen.set("refs", refs.filter((ref) => !/^refs\/heads\/pleach(-tasks)?\//.test(ref)).join("\n"));
  // Last, and without touching the index: a plain status would refresh it.
  seen.set("status", git(root, "--no-optional-locks", "status", "--porcelain", "-uall"));
  return Object.fromEntries(seen);
}

function hash(path: string): string {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch {
    return "missing";
  }
}
