/**
 * Estimates what a task makes its agent read: the prompt, and the tracked files that its scope matches. An agent may read
 * less or more; what is told is whether the task is cut too large for its agent's window.
 *
 * Bounded: no more is counted than is needed to tell, and no more than `MAX_BYTES` is read for one task.
 */
import { lstat } from "node:fs/promises";
import type { AgentSpec } from "../../plan/model.ts";
import { compileScope } from "../../plan/scope.ts";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import { adapterOf } from "../agents/registry.ts";
import { estimateTokens } from "./token-estimate.ts";

const MAX_BYTES = 16 * 1024 * 1024;
/** Beyond this many windows it does not matter any more how much it is. */
const ENOUGH = 2;
/** As git tells binary files: by a zero byte near the beginning. */
const BINARY_LOOK = 8_000;

export interface ContextEstimate {
  /** Of the prompt and the files; when not complete, at least so many. */
  tokens: number;
  /** Tokens that the agent has. */
  window: number;
  isComplete: boolean;
}

export interface EstimatedTask {
  prompt: string;
  scope: readonly string[];
  /** Where the files lie. */
  root: string;
  /** All tracked files, relative to `root`. */
  files: readonly string[];
  /** Tokens. */
  window: number;
}

/** Tokens that an agent has for all it reads and says; null when nobody knows. */
export function windowOf({ kind, window }: AgentSpec): number | null {
  return window ?? adapterOf(kind).window;
}

export function isTooLarge({ tokens, window }: ContextEstimate): boolean {
  return tokens > window;
}

/** One sentence without its subject: `reads about 312,000 tokens …`. */
export function describeEstimate({ tokens, window, isComplete }: ContextEstimate): string {
  const figure = `${isComplete ? "about" : "more than"} ${roundTokens(tokens)} tokens`;
  return `may not fit its agent: instruction and files in scope are ${figure}, and the agent has ${roundTokens(window)}`;
}

/**
 * Estimates one task. `counts` keeps what files came to, by path, for further tasks on the same files. Files that cannot
 * be read, links and binary files count nothing.
 */
export async function estimateContext(
  { prompt, scope, root, files, window }: EstimatedTask,
  counts = new Map<string, number>(),
): Promise<ContextEstimate> {
  const most = ENOUGH * window;
  let tokens = await estimateTokens(prompt, most);
  let bytes = 0;
  const isInScope = compileScope(scope);
  for (const path of files.filter(isInScope)) {
    if (tokens >= most || bytes >= MAX_BYTES) return { tokens, window, isComplete: false };
    const known = counts.get(path);
    if (known !== undefined) {
      tokens += known;
      continue;
    }
    const read = await readText(root, path, MAX_BYTES - bytes);
    bytes += read.bytes;
    const found = await estimateTokens(read.text, most);
    tokens += found;
    if (read.isWhole && found < most) counts.set(path, found);
    else if (!read.isWhole) return { tokens, window, isComplete: false };
  }
  return { tokens, window, isComplete: tokens < most };
}

/** As `estimateContext`, or null without counting when there are fewer bytes than the window has tokens: then it fits. */
export async function estimateLarge(task: EstimatedTask): Promise<ContextEstimate | null> {
  const isInScope = compileScope(task.scope);
  let bytes = Buffer.byteLength(task.prompt);
  for (const path of task.files.filter(isInScope)) {
    const file = confinePath(task.root, path);
    if (file.kind !== "inside" || !file.exists) continue;
    bytes += (await lstat(file.path)).size;
    if (bytes > task.window) return estimateContext(task);
  }
  return null;
}

interface ReadText {
  text: string;
  bytes: number;
  isWhole: boolean;
}

const NOTHING: ReadText = { text: "", bytes: 0, isWhole: true };

async function readText(root: string, path: string, most: number): Promise<ReadText> {
  const found = confinePath(root, path);
  if (found.kind !== "inside" || !found.exists) return NOTHING;
  const read = await readUntrustedFile(found.path, { maxBytes: most, part: "beginning" });
  if (read.kind !== "read" || read.bytes.subarray(0, BINARY_LOOK).includes(0)) return NOTHING;
  return { text: read.bytes.toString("utf8"), bytes: read.bytes.length, isWhole: !read.isCut };
}

/** To the thousand above it when there are thousands: an estimate is not better than that. */
function roundTokens(tokens: number): string {
  const step = tokens < 10_000 ? 1 : 1_000;
  return (Math.ceil(tokens / step) * step).toLocaleString("en-US");
}
