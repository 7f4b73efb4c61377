/**
 * What a Markdown plan holds that looks like a task and is none: a mark that is misspelt, a block in a list, a quote or HTML,
 * one indented so far that it is plain code, one behind a fence that is never closed, a unit without a block in a plan that
 * has blocks. Dropped without a word, such a task would be believed done.
 *
 * A mark that is written right, in a place where it counts, is none of this file's business (parse-markdown.ts).
 */

import { findNearest } from "../arguments/nearest.ts";
import { type IssueList, quote } from "./issues.ts";
import { type CodeBlock, type Heading, isTaskInfo, type MissedBlock, type Outline } from "./markdown.ts";
import { UNIT } from "./parse-compound.ts";

/** Keys that hardly any other YAML has at its top. */
const TASK_KEY =
  /^(?:run|agent|needs|scope|prefers|feeds|stream|gates|retries|onConflict|continueOnError)[ \t]*:(?:[ \t]|$)/m;
const HINT = "Mark it as: yaml task";
const DATA = ["yaml", "yml", "json", "jsonc", "json5", "toml"];

/** Whether the words after a fence mean a task though they do not say it as they should. */
export function isMisspeltTask(info: string, content: string): boolean {
  if (isTaskInfo(info)) return false;
  const [first = "", ...rest] = wordsOf(info);
  if (rest.length === 0) {
    if (first === "task" || first === "tasks" || isNear(first, ["yamltask", "ymltask"])) return true;
    return isNear(first, ["task"]) && TASK_KEY.test(content);
  }
  if (isYaml(first)) return rest.some((word) => isNear(word, ["task", "tasks"]));
  if (DATA.includes(first)) return rest.some((word) => word === "task" || word === "tasks");
  return isNear(first, ["task", "tasks"]) && rest.some(isYaml);
}

/** Whether a block has the keys of a task, and the mark of YAML of which nobody said that it is one. */
export function isUnmarkedTask(block: CodeBlock): boolean {
  return isYaml(wordsOf(block.info)[0] ?? "") && TASK_KEY.test(block.content);
}

/** Warns of a block whose mark is misspelt. */
export function warnMisspelt(block: CodeBlock, issues: IssueList): void {
  const message = `a block marked ${quote(block.info)} is not a task`;
  issues.warn("plan.notATask", block.line, message, `Did you mean "yaml task"? ${HINT}`);
}

/** Warns of blocks that have no mark, under headings that have no task. */
export function warnUnmarked(above: Heading, block: CodeBlock, issues: IssueList): void {
  const what = block.info.includes(" ") ? `block marked ${quote(block.info)}` : "yaml block";
  const message = `a ${what} under the heading ${quote(above.text)} looks like a task, and is none`;
  issues.warn("plan.notATask", block.line, message, HINT);
}

/** Warns of task blocks where none counts. */
export function warnMisplaced(outline: Outline, issues: IssueList): void {
  let last = 0;
  for (const { line, where, info, content } of outline.missed) {
    if (line === last || !(isTaskInfo(info) || isMisspeltTask(info, content))) continue;
    last = line;
    warnPlace(where, line, issues);
  }
}

function warnPlace(where: MissedBlock["where"], line: number, issues: IssueList): void {
  switch (where) {
    case "nested": {
      const message = "a task block inside a list or quote does not count";
      issues.warn("plan.nestedTask", line, message, "Move it to the margin, under a heading of its own.");
      break;
    }
    case "comment": {
      const hint = "Move it out of the comment, unless it is left out on purpose.";
      issues.warn("plan.nestedTask", line, "a task block inside a comment does not count", hint);
      break;
    }
    case "openComment": {
      const message = "a task block inside a comment that is never closed does not count";
      issues.warn("plan.nestedTask", line, message, "Add --> where the comment is to end.");
      break;
    }
    case "html": {
      const hint = "Leave an empty line between the HTML and the block.";
      issues.warn("plan.nestedTask", line, "a task block inside HTML does not count", hint);
      break;
    }
    case "indented": {
      const message = "a task block that is indented by four spaces or more does not count";
      issues.warn("plan.nestedTask", line, message, "Move it to the margin.");
      break;
    }
  }
}

/** Says of a block that it runs on into the task after it: nobody closed it. False if it does not. */
export function refuseSwallowed(block: CodeBlock, issues: IssueList): boolean {
  const isTask = isTaskInfo(block.info);
  for (const [index, line] of block.content.split("\n").entries()) {
    const [, fence, info = ""] = FENCE.exec(line) ?? [];
    if (fence === undefined) continue;
    // A fence of another kind, or a shorter one, is part of an example, if the example ends.
    const closesOuter = fence[0] === block.fence[0] && fence.length >= block.fence.length;
    if (block.isClosed && !closesOuter) continue;
    // A task is YAML, in which no line begins so.
    const mark = info.trim().toLowerCase();
    if (!(isTaskInfo(mark) || isMisspeltTask(mark, "") || (isTask && !line.startsWith(" ")))) continue;
    const [what, next] = [isTask ? "the task block" : "the block", block.line + 1 + index];
    const message = `${what} is not closed before the next one begins, on line ${next}`;
    issues.fail("plan.openBlock", block.line, message, `Add a line with ${block.fence} before line ${next}.`);
    return true;
  }
  return false;
}

const FENCE = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))(?=.*\S)([^`]*)$/;
/** Quotes and too few backticks, alone on a line with the mark. */
const LOOSE = /^[ \t]*(?:`{1,2}|'{2,3}|"{3}|´{1,3}|~{2})[ \t]*([a-z]+[ \t:_-]+[a-z]+)[ \t]*$/i;

/** Warns of lines that would open a task block if their fence were one. */
export function warnLooseFences(outline: Outline, issues: IssueList): void {
  for (const [index, line] of linesOutside(outline)) {
    const mark = LOOSE.exec(line)?.[1]?.trim().toLowerCase();
    if (mark === undefined || !(isTaskInfo(mark) || isMisspeltTask(mark, ""))) continue;
    const message = `${quote(line.trim())} begins no block`;
    issues.warn("plan.notATask", index + 1, message, "Begin the block with ```yaml task and end it with ```.");
  }
}

/** Warns of units that have no block of their own, in a plan that has blocks: nobody would do them. */
export function warnBareUnits(outline: Outline, taskLines: readonly number[], issues: IssueList): void {
  const headings = outline.blocks.filter((block): block is Heading => block.kind === "heading");
  for (const [index, heading] of headings.entries()) {
    if (!UNIT.test(heading.text)) continue;
    const end = headings.slice(index + 1).find((next) => next.depth <= heading.depth)?.line ?? Number.POSITIVE_INFINITY;
    if (taskLines.some((line) => line > heading.line && line < end)) continue;
    const message = `the unit ${quote(heading.text)} has no task block, and is no task: other headings have one`;
    issues.warn("plan.notATask", heading.line, message, "Put a ```yaml task block under it.");
  }
}

/** Keys that begin the head of a plan. */
const HEAD_KEY = /^(?:goal|base|concurrency|isolation|budget|gates|env|pass|resources|streams|agent)[ \t]*:(?:[ \t]|$)/;

/** Warns of what is written as a plan's head and stands where none is read. */
export function warnStrayHeads(outline: Outline, issues: IssueList): void {
  let fence: number | null = null;
  for (const [index, line] of linesOutside(outline)) {
    if (/^(?:-{3,}|\+{3})[ \t]*$/.test(line)) fence = index;
    else if (fence !== null && HEAD_KEY.test(line)) {
      const message = `the keys after line ${fence + 1} are not read: they look like the head of a plan`;
      const hint = "A plan has one head: it begins on the first line of the file with --- and ends with ---.";
      issues.warn("plan.strayHead", index + 1, message, hint);
      fence = null;
    } else if (!/^[ \t]*(?:#.*)?$/.test(line)) fence = null;
  }
}

/** Lines, with their index, that are part neither of the head nor of a block. */
function* linesOutside(outline: Outline): Generator<[number, string]> {
  const blocks = outline.blocks.filter((block) => block.kind === "code");
  let at = outline.frontmatter === null ? 0 : outline.frontmatter.line + outline.frontmatter.content.split("\n").length;
  for (const block of [...blocks, { line: outline.lines.length + 1, endLine: 0 }]) {
    for (; at < block.line - 1; at += 1) yield [at, outline.lines[at] ?? ""];
    at = block.endLine;
  }
}

/** The words after a fence; `key=value` and braces are other tools'. */
function wordsOf(info: string): string[] {
  return info
    .split(/\s+/)
    .filter((word) => !word.includes("="))
    .flatMap((word) => word.split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word !== "");
}

function isYaml(word: string): boolean {
  return isNear(word, ["yaml", "yml"]);
}

function isNear(word: string, meant: readonly string[]): boolean {
  return word !== "" && findNearest(word, meant) !== undefined;
}
