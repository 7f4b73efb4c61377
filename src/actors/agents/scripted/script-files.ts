/**
 * What a script may do to files: write, edit, append, remove, inside the worktree and nowhere else. A symbolic link
 * that stays inside is followed; one that leads out, git's own folder, and anything that is no file, is refused.
 */
import { constants } from "node:fs";
import { lstat, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../../../errors.ts";
import { confinePath, openUntrusted, readUntrustedFile } from "../../../safe-files/index.ts";

/** What was done, or why not; both one line. */
export type FileStepResult = { kind: "done"; text: string } | { kind: "failed"; reason: string };

/** A file to be edited is read whole; this is far above any source file. */
const MAX_EDIT_BYTES = 64 * 1024 * 1024;

type Change = (path: string, exists: boolean) => Promise<FileStepResult>;

async function changeInside(root: string, path: string, change: Change): Promise<FileStepResult> {
  const target = confinePath(root, path);
  if (target.kind === "refused") return failed(target.reason);
  try {
    if (target.exists && (await lstat(target.path)).isDirectory()) return failed(`${quote(path)} is a folder`);
    return await change(target.path, target.exists);
  } catch (error) {
    return failed(`${quote(path)}: ${messageOf(error)}`);
  }
}

/** Creates or replaces a file, with its folders. */
export function writeInside(root: string, path: string, content: string): Promise<FileStepResult> {
  return changeInside(root, path, async (real) => {
    await mkdir(dirname(real), { recursive: true });
    await put(real, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, content);
    return done(`wrote ${quote(path)} (${Buffer.byteLength(content)} bytes)`);
  });
}

/** Adds to the end of a file, which is created when it is not there. */
export function appendInside(root: string, path: string, content: string): Promise<FileStepResult> {
  return changeInside(root, path, async (real) => {
    await mkdir(dirname(real), { recursive: true });
    await put(real, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, content);
    return done(`appended ${Buffer.byteLength(content)} bytes to ${quote(path)}`);
  });
}

/** Replaces the first occurrence of `find`, taken literally; fails when there is none. */
export function editInside(root: string, path: string, find: string, replace: string): Promise<FileStepResult> {
  return changeInside(root, path, async (real, exists) => {
    if (!exists) return failed(`${quote(path)} is to be edited but does not exist`);
    if (find === "") return failed(`the text to find in ${quote(path)} is empty`);
    const read = await readUntrustedFile(real, { maxBytes: MAX_EDIT_BYTES });
    if (read.kind === "absent") return failed(`${quote(path)} is to be edited but does not exist`);
    if (read.kind === "refused") return failed(`${quote(path)} cannot be edited: ${read.reason}`);
    const before = read.bytes.toString("utf8");
    const at = before.indexOf(find);
    if (at === -1) return failed(`${quote(path)} does not hold the text to replace: ${quote(shorten(find))}`);
    // By position, not String.replace: `$&` in the new text means itself.
    const after = before.slice(0, at) + replace + before.slice(at + find.length);
    await put(real, constants.O_WRONLY | constants.O_TRUNC, after);
    return done(`edited ${quote(path)}`);
  });
}

/** Removes a file; fails when there is none. */
export function removeInside(root: string, path: string): Promise<FileStepResult> {
  return changeInside(root, path, async (real, exists) => {
    if (!exists) return failed(`${quote(path)} is to be removed but does not exist`);
    await rm(real);
    return done(`removed ${quote(path)}`);
  });
}

async function put(path: string, flags: number, content: string): Promise<void> {
  const file = await openUntrusted(path, flags);
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is not a file");
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

const quote = (text: string) => JSON.stringify(text);
const shorten = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);
const done = (text: string): FileStepResult => ({ kind: "done", text });
const failed = (reason: string): FileStepResult => ({ kind: "failed", reason });
