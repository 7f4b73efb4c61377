/**
 * A Markdown plan as a raw plan. A heading followed by a ```yaml task block is a task; the prose from the heading to the
 * next heading that starts a task, or that is of the same or a higher level, is its instruction (without the block).
 */

import { readFields } from "./fields.ts";
import { refuseBundle } from "./is-bundle.ts";
import { type IssueList, quote } from "./issues.ts";
import { locateYaml } from "./located.ts";
import { type CodeBlock, type Heading, isTaskInfo, type Outline, outlineMarkdown } from "./markdown.ts";
import {
  isMisspeltTask,
  isUnmarkedTask,
  refuseSwallowed,
  warnBareUnits,
  warnLooseFences,
  warnMisplaced,
  warnMisspelt,
  warnStrayHeads,
  warnUnmarked,
} from "./missed-tasks.ts";
import { parseCompoundUnits } from "./parse-compound.ts";
import type { RawHeader, RawPlan } from "./raw.ts";
import { type HeaderFormat, PLAN_HEADER } from "./read-header.ts";
import { readTask, type TaskPlace } from "./read-task.ts";

/** Reads a Markdown plan; what is wrong goes to `issues`. */
export function parseMarkdown(
  text: string,
  issues: IssueList,
  checkLink: TaskPlace["checkLink"],
  header: HeaderFormat = PLAN_HEADER,
): RawPlan | null {
  const outline = outlineMarkdown(text);
  if (outline === null) {
    const hint = "Split the plan, or write it as YAML.";
    issues.fail("plan.tooLarge", 1, "the file has too many lists, quotes and headings, or one that is too long", hint);
    return null;
  }
  const firstLine = outline.lines[0] ?? "";
  if (outline.frontmatter === null && /^---[ \t]*$/.test(firstLine) && outline.lines.length > 1) {
    issues.fail("plan.badYaml", 1, "the frontmatter is never closed", "Add a line with --- after it.");
    return null;
  }
  warnMisplaced(outline, issues);
  warnLooseFences(outline, issues);
  warnStrayHeads(outline, issues);
  const tasks = findTasks(outline, issues);
  const title = outline.blocks.find((block): block is Heading => block.kind === "heading" && block.depth === 1)?.text;
  if (tasks.length === 0 && issues.errors.length === 0) {
    const compound = parseCompoundUnits(outline, issues, checkLink);
    if (compound !== null) return compound;
  }
  if (tasks.length > 0) {
    const lines = tasks.map(({ block }) => block.line);
    warnBareUnits(outline, lines, issues);
  }
  const { goal, ...keys } = readFrontmatter(outline, issues, header);
  const raw: RawPlan = { file: issues.file, header: keys, tasks: [] };
  if (goal ?? title) raw.goal = goal ?? title ?? "";
  for (const { heading, block, prose } of tasks) {
    if (refuseSwallowed(block, issues)) continue;
    if (!block.isClosed) {
      issues.fail("plan.badYaml", block.line, "the task block is never closed", "Add a line with ``` after it.");
      continue;
    }
    const value = locateYaml(block.content, issues, block.line + 1);
    if (value === null) continue;
    const task = readTask(value, { issues, line: heading.line, heading: heading.text, prose, checkLink });
    if (task !== undefined) raw.tasks.push(task);
  }
  return raw;
}

function readFrontmatter(
  outline: Outline,
  issues: IssueList,
  header: HeaderFormat,
): Partial<RawHeader> & { goal?: string } {
  if (outline.frontmatter === null) return {};
  const value = locateYaml(outline.frontmatter.content, issues, outline.frontmatter.line);
  if (value === null) return {};
  if (refuseBundle(value, outline.frontmatter.line, issues)) return {};
  const read = readFields<RawHeader & { goal: string }>(header.readers, header.unknown);
  return read({ issues, line: 1, label: "the frontmatter", value }) ?? {};
}

interface FoundTask {
  heading: Heading;
  block: CodeBlock;
  prose: string;
}

function findTasks(outline: Outline, issues: IssueList): FoundTask[] {
  const starts: { index: number; heading: Heading; block: CodeBlock }[] = [];
  const unmarked: { heading: Heading; block: CodeBlock }[] = [];
  let heading: { index: number; heading: Heading } | null = null;
  for (const [index, block] of outline.blocks.entries()) {
    if (block.kind === "heading") heading = { index, heading: block };
    else if (isTaskInfo(block.info)) {
      if (heading === null) {
        issues.fail("plan.badValue", block.line, "a task block has no heading above it", "Put a heading before it.");
      } else if (starts.at(-1)?.heading === heading.heading) {
        const message = `a second task block stands under the heading ${quote(heading.heading.text)}`;
        issues.fail("plan.badValue", block.line, message, "Give each task a heading of its own.");
      } else starts.push({ ...heading, block });
    } else if (isMisspeltTask(block.info, block.content)) warnMisspelt(block, issues);
    else if (refuseSwallowed(block, issues)) continue;
    else if (heading !== null && isUnmarkedTask(block)) unmarked.push({ heading: heading.heading, block });
  }
  for (const { heading: above, block } of unmarked) {
    // In the instruction of a task it is an example.
    if (!starts.some((start) => start.heading === above)) warnUnmarked(above, block, issues);
  }
  return starts.map((start, index) => ({
    ...start,
    prose: readProse(outline, start, starts[index + 1]?.heading.line),
  }));
}

function readProse(
  outline: Outline,
  start: { index: number; heading: Heading; block: CodeBlock },
  nextTaskLine: number | undefined,
): string {
  let endLine = nextTaskLine ?? outline.lines.length + 1;
  for (let index = start.index + 1; index < outline.blocks.length; index += 1) {
    const block = outline.blocks[index];
    if (block === undefined || block.line >= endLine) break;
    if (block.kind === "heading" && block.depth <= start.heading.depth) {
      endLine = block.line;
      break;
    }
  }
  const before = outline.lines.slice(start.heading.endLine, start.block.line - 1);
  const after = outline.lines.slice(start.block.endLine, Math.max(start.block.endLine, endLine - 1));
  return [before, after]
    .map((lines) =>
      lines
        .join("\n")
        .replace(/^(?:[ \t]*\n)+/, "")
        .trimEnd(),
    )
    .filter((part) => part.trim() !== "")
    .join("\n\n");
}
