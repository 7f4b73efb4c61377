/** Steps that tests of repositories inside a worktree share. */
import { existsSync, mkdirSync } from "node:fs";
import { expect } from "vitest";
import { type Repository, removeWorktree } from "../../../src/actors/git/index.ts";
import { noteSetUp } from "../../../src/actors/git/worktree-admin.ts";
import { commitAll, runGit, writeFiles } from "./temp-repository.ts";

/** A repository in a folder of the worktree, with one commit of files. */
export function makeNested(path: string, files: Record<string, string>, ...init: string[]): string {
  mkdirSync(path, { recursive: true });
  runGit(path, "init", "-q", "-b", "main", ...init);
  writeFiles(path, files);
  return commitAll(path, "nested");
}

/** Whether some ref of a repository holds a commit. */
export function isHeld(root: string, commit: string): boolean {
  try {
    return runGit(root, "for-each-ref", "--contains", commit) !== "";
  } catch {
    return false;
  }
}

/** Removes a worktree whose work has landed. */
export async function landed(repo: Repository, made: { path: string; branch: string }): Promise<void> {
  expect(await removeWorktree(repo, made, "landed")).toMatchObject({ kind: "removed" });
  expect(existsSync(made.path)).toBe(false);
}

/** Notes that a worktree is set up, with a moment on both sides: file systems tell time in steps. */
export async function noteReady(repo: Repository, path: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  await noteSetUp(repo, path);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
