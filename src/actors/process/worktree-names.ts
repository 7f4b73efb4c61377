/**
 * Names for what a worktree has outside of itself: containers, networks, databases. No two worktrees on this machine have the
 * same, of whatever repository and run, and a worktree that is used again keeps its own.
 */
import { createHash } from "node:crypto";

export interface NamedWorktree {
  /** Name of the checkout's folder. */
  project: string;
  /** Mark of the repository (see identity.ts). */
  repo: string;
  run: string;
  /** Name of the worktree's folder. */
  worktree: string;
}

/** Databases have the shortest names of what is named so: 63 characters. */
const MAX_LENGTH = 50;
const HASH_LENGTH = 6;

/** Lower-case letters, digits and single dashes, beginning with a letter. */
export function slugOf({ project, repo, run, worktree }: NamedWorktree): string {
  const hash = createHash("sha256").update([repo, run, worktree].join("\0")).digest("hex").slice(0, HASH_LENGTH);
  const words = [project, run, worktree].map((word) => word.toLowerCase().replace(/[^a-z0-9]+/g, "-"));
  const plain = words
    .join("-")
    .replace(/-{2,}/g, "-")
    .replace(/^[-0-9]+/, "");
  return `${plain === "" ? "pleach" : plain}`
    .slice(0, MAX_LENGTH - HASH_LENGTH - 1)
    .replace(/-$/, "")
    .concat("-", hash);
}

/** The same with underscores, as databases have it without quotes. */
export function databaseOf(worktree: NamedWorktree): string {
  return slugOf(worktree).replaceAll("-", "_");
}
