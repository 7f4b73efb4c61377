/** Entry points: a plan from a text or from a path. Nothing here throws for what a plan or a path says. */

import { statSync } from "node:fs";
import { basename, extname } from "node:path";
import { codeOf, messageOf } from "../errors.ts";
import { assemblePlan, type PlanContext } from "./assemble.ts";
import { IssueList } from "./issues.ts";
import type { Plan, PlanIssue } from "./model.ts";
import { parseBundles } from "./parse-bundles.ts";
import { parseData } from "./parse-data.ts";
import { parseMarkdown } from "./parse-markdown.ts";
import type { RawPlan } from "./raw.ts";
import type { HeaderFormat } from "./read-header.ts";
import { makeLinkCheck } from "./scope.ts";
import { checkSize, readTextFile } from "./text-file.ts";

export type PlanFormat = "markdown" | "yaml" | "json";

/** A plan, or null when there are errors; both lists are sorted by file and line. */
export interface LoadedPlan {
  plan: Plan | null;
  errors: PlanIssue[];
  warnings: PlanIssue[];
}

/** Reads a `.md`, `.yaml`, `.yml` or `.json` file, or a directory of workstream bundles. */
export function loadPlan(path: string, context: PlanContext): LoadedPlan {
  const issues = new IssueList(path);
  if (isDirectory(path, issues)) return finish(parseBundles(path, context, issues), context, issues);
  const format = formatOf(path);
  if (issues.errors.length === 0 && format === null) {
    const hint = "Name a .md, .yaml, .yml or .json file, or a directory of bundles.";
    issues.fail("plan.unreadable", 1, `${JSON.stringify(basename(path))} is no plan by its name`, hint);
  }
  const text = issues.errors.length === 0 ? readTextFile(path, issues) : null;
  if (text === null || format === null) return finish(null, context, issues);
  return parsePlan(text, { ...context, file: path, format });
}

/** Reads a plan from a text; `file` is for messages. */
export function parsePlan(text: string, options: PlanContext & { file: string; format: PlanFormat }): LoadedPlan {
  const issues = new IssueList(options.file);
  const bytes = Buffer.byteLength(text);
  const raw = checkSize(bytes, issues, options.file) ? parseText(text, options.format, options, issues) : null;
  return finish(raw, options, issues);
}

/** A raw plan from a text whose size was checked; null when it cannot be read at all. */
export function parseText(
  text: string,
  format: PlanFormat,
  { root }: Pick<PlanContext, "root">,
  issues: IssueList,
  header?: HeaderFormat,
): RawPlan | null {
  const checkLink = makeLinkCheck(root);
  const clean = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  if (clean.trim() === "") {
    issues.fail(
      "plan.empty",
      1,
      "the file is empty",
      "Write a plan: a heading for each task, and under it a block ```yaml task; `pleach demo` carries out an example.",
    );
    return null;
  }
  if (format === "markdown") return parseMarkdown(clean, issues, checkLink, header);
  return parseData(clean, format, issues, checkLink, header);
}

function finish(raw: RawPlan | null, context: PlanContext, issues: IssueList): LoadedPlan {
  const plan = raw === null ? null : assemblePlan(raw, context, issues);
  return { plan, ...issues.close() };
}

function formatOf(path: string): PlanFormat | null {
  const extension = extname(path).toLowerCase();
  if (extension === ".md" || extension === ".markdown") return "markdown";
  if (extension === ".yaml" || extension === ".yml") return "yaml";
  return extension === ".json" ? "json" : null;
}

function isDirectory(path: string, issues: IssueList): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      issues.fail("plan.notFound", 1, "there is no such file or directory", "Check the path.");
    } else
      issues.fail("plan.unreadable", 1, `it cannot be read: ${messageOf(error)}`, "Check the path and permissions.");
    return false;
  }
}
