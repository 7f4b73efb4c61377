/**
 * Estimates what a task makes its agent read: the prompt, and the tracked files that its scope matches. An agent may read
 * less or more; what is told is whether the task is cut too large for its agent's window. Counts with a tokenizer of
 * OpenAI; other models count some per cent differently (Claude rather more), which an estimate has to live with.
 *
 * Bounded: no more is counted than is needed to tell, and no more than `MAX_BYTES` is read for one task.
 */
import { lstat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { AgentSpec } from "../../plan/model.ts";
import { compileScope } from "../../plan/scope.ts";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import { adapterOf } from "../agents/registry.ts";

const MAX_BYTES = 16 * 1024 * 1024;
/** Beyond this many windows it does not matter any more how much it is. */
const ENOUGH = 2;
/** A run of letters costs the tokenizer the square of its length, so text is given to it in pieces; UTF-16 units. */
const PIECE = 1_000;
/** Others get their turn after so many pieces. */
const PIECES_AT_ONCE = 100;
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
  const count = await loadCounter();
  const most = ENOUGH * window;
  let tokens = await count(prompt, most);
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
    const found = await count(read.text, most);
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

/**
 * Counts the tokens of a text, up to about `most`. Loaded when there is something to count: its table takes as long to
 * load as the rest of the program.
 */
export async function loadCounter(): Promise<(text: string, most: number) => Promise<number>> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  // What looks like a special token is text here.
  const options = { disallowedSpecial: new Set<string>() };
  return async (text, most) => {
    let tokens = 0;
    for (let at = 0; at < text.length && tokens < most; at += PIECE) {
      tokens += countTokens(text.slice(at, at + PIECE), options);
      if ((at / PIECE) % PIECES_AT_ONCE === PIECES_AT_ONCE - 1) await setImmediate();
    }
    return tokens;
  };
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
