/**
 * Plans of the compound-engineering plugin: `### U1. Title` headings with bold labels (`**Goal:**`, `**Dependencies:**`,
 * `**Files:**`, `**Verification:**`). Read when a Markdown plan holds no task block but such units. A unit becomes a
 * task with the id `U1`, the whole unit as its instruction, the units named under Dependencies as its needs, and the
 * paths named under Files as its scope. Their frontmatter has keys of its own, so only keys of ours are read from it,
 * and the goal may be its `title`. The units need an agent.
 */

import type { Listed } from "./fields.ts";
import { readFields, readText } from "./fields.ts";
import { IssueList, quote } from "./issues.ts";
import { locateYaml } from "./located.ts";
import type { Heading, Outline } from "./markdown.ts";
import type { RawHeader, RawPlan, RawTask } from "./raw.ts";
import { HEADER_READERS } from "./read-header.ts";
import type { TaskPlace } from "./read-task.ts";
import { explainBadScope, hasWildcards, normalizeScope, staticPrefixOf } from "./scope.ts";

/** The text of a heading that begins a unit. */
export const UNIT = /^U(\d{1,4})\s*[.:)](.*)/;
const LABEL = /^\s*(?:[-*]\s+)?\*\*([A-Za-z ]+?):?\*\*:?(.*)/;
const MAX_RANGE = 200;

/** Reads the units; null if there are none. */
export function parseCompoundUnits(
  outline: Outline,
  issues: IssueList,
  checkLink: TaskPlace["checkLink"],
): RawPlan | null {
  const headings = outline.blocks.filter((block): block is Heading => block.kind === "heading");
  const tasks = headings.flatMap((heading, index) => {
    const match = UNIT.exec(heading.text);
    if (match === null) return [];
    const end = headings.slice(index + 1).find((next) => next.depth <= heading.depth || UNIT.test(next.text));
    const endLine = end?.line ?? outline.lines.length + 1;
    return [
      readUnit(
        `U${match[1]}`,
        match[2] ?? "",
        heading,
        outline.lines.slice(heading.endLine, endLine - 1),
        issues,
        checkLink,
      ),
    ];
  });
  if (tasks.length === 0) return null;
  const { title, goal, ...header } = readOwnKeys(outline);
  const heading = headings.find((each) => each.depth === 1)?.text;
  const named = goal ?? title ?? heading;
  return { file: issues.file, header, tasks, ...(named ? { goal: named } : {}) };
}

function readUnit(
  id: string,
  title: string,
  heading: Heading,
  body: readonly string[],
  issues: IssueList,
  checkLink: TaskPlace["checkLink"],
): RawTask {
  const needs = new Map<string, Listed>();
  const scope = new Set<string>();
  let label = "";
  for (const [index, text] of body.entries()) {
    const line = heading.endLine + index + 1;
    const match = LABEL.exec(text);
    if (match !== null) label = (match[1] ?? "").toLowerCase();
    const rest = match === null ? text : (match[2] ?? "");
    if (label === "dependencies") for (const need of readUnitIds(rest)) needs.set(need, { text: need, line });
    if (label === "files") for (const path of readPaths(rest, line, issues, checkLink)) scope.add(path);
  }
  return {
    ...{ file: issues.file, line: heading.line, id: { text: id, line: heading.line }, title: title.trim() || id },
    ...{ needs: [...needs.values()], prefers: [], uses: [], feeds: [], gates: [], artifacts: [] },
    instruction: body.join("\n").trim(),
    ...(scope.size === 0 ? {} : { scope: [...scope] }),
  };
}

/** `U1, U3` and ranges such as `U1-U3`. */
function readUnitIds(text: string): string[] {
  return [...text.matchAll(/\bU(\d{1,4})(?:\s*(?:-|–|—|to|through)\s*U(\d{1,4}))?\b/g)].flatMap((match) => {
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Math.min(Number(match[2]), first + MAX_RANGE);
    if (last <= first) return [`U${match[1]}`];
    return Array.from({ length: last - first + 1 }, (_, step) => `U${first + step}`);
  });
}

/** Paths in backticks, or the path alone on a line such as `- Modify: src/a.ts`. */
function readPaths(text: string, line: number, issues: IssueList, checkLink: TaskPlace["checkLink"]): string[] {
  const quoted = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  const bare = /^\s*(?:[-*]\s+)?(?:[A-Za-z][A-Za-z ]*:\s*)?([\w@+-]*[/.][\w@./+*-]+)\s*$/.exec(text)?.[1];
  const written = quoted.length > 0 ? quoted : bare === undefined ? [] : [bare];
  return written.flatMap((path) => {
    if (/\s/.test(path) || !(path.includes("/") || path.includes(".") || hasWildcards(path))) return [];
    // `src/a.ts:12` and `src/a.ts:12-20` name lines.
    const entry = normalizeScope(path.replace(/:\d+(?:-\d+)?$/, ""));
    const bad = explainBadScope(entry) ?? checkLink(staticPrefixOf(entry));
    if (bad === null) return [entry];
    issues.fail(
      "plan.badScope",
      line,
      `the file ${quote(path)} cannot be in a scope: ${bad}`,
      "Name a path of the repository.",
    );
    return [];
  });
}

function readOwnKeys(outline: Outline): Partial<RawHeader> & { goal?: string; title?: string } {
  if (outline.frontmatter === null) return {};
  // A foreign format: what is no key of ours, or looks different there, is theirs.
  const ignored = new IssueList("");
  const value = locateYaml(outline.frontmatter.content, ignored, outline.frontmatter.line);
  if (value === null) return {};
  const read = readFields<RawHeader & { goal: string; title: string }>(
    { goal: readText, title: readText, ...HEADER_READERS },
    () => true,
  );
  return read({ issues: ignored, line: 1, label: "the frontmatter", value }) ?? {};
}
