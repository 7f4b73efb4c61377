/**
 * Notices what workers do to the shared part of a repository behind the runtime's back: a worktree shares refs, the
 * stash, configuration and hooks with the user's checkout. Taken before and after a task, two snapshots tell what
 * changed; our own branches are left out. It reports and repairs nothing.
 */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { gitText } from "./git.ts";
import { ownBranchPrefixes } from "./refs.ts";
import { type Repository, readHeadBranch } from "./repository.ts";

/** What is watched: `ref refs/heads/main`, `file config`, `HEAD` and so on, each with its value. JSON. */
export type SharedSnapshot = Record<string, string>;

export interface SharedChange {
  /** For example `ref refs/stash`, `file hooks/pre-commit`. */
  name: string;
  /** Commit, or hash of the content; null when it did not exist. */
  before: string | null;
  after: string | null;
}

/** More than any hook has. */
const MAX_BYTES = 64 * 1024 * 1024;
const watchedFiles = ["config", "config.worktree", "info/attributes", "info/grafts", "objects/info/alternates"];

/** Takes down all refs but ours, where the checkout's HEAD is, and hashes of shared configuration and hooks. */
export async function snapshotRefs(repo: Repository): Promise<SharedSnapshot> {
  const [refs, head, hooks] = await Promise.all([
    gitText(repo.root, ["for-each-ref", "--format=%(refname) %(objectname)"]),
    readHeadBranch(repo.root),
    readdir(join(repo.commonDir, "hooks")).catch(() => []),
  ]);
  const seen = new Map<string, string>([["HEAD", head === null ? "(detached)" : `refs/heads/${head}`]]);
  for (const line of refs.split("\n")) {
    const [name = "", value = ""] = line.split(" ");
    if (name !== "" && !isOurs(name)) seen.set(`ref ${name}`, value);
  }
  for (const file of [...watchedFiles, ...hooks.map((hook) => `hooks/${hook}`)]) {
    // A hook may well be a link to a script of the repository.
    const read = await readUntrustedFile(join(repo.commonDir, file), { maxBytes: MAX_BYTES, links: "follow" });
    if (read.kind === "read") seen.set(`file ${file}`, createHash("sha256").update(read.bytes).digest("hex"));
  }
  return Object.fromEntries(seen);
}

/** What differs between two snapshots, sorted by name. */
export function compareRefs(before: SharedSnapshot, after: SharedSnapshot): SharedChange[] {
  const old = new Map(Object.entries(before));
  const now = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }));
}

function isOurs(ref: string): boolean {
  return ownBranchPrefixes.some((prefix) => ref.startsWith(`refs/heads/${prefix}`));
}
