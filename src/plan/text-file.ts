/** Reads one text file, bounded in size and strictly UTF-8; what is wrong becomes an issue, never an exception. */

import { readUntrustedFileSync } from "../safe-files/index.ts";
import { MAX_PLAN_BYTES } from "./defaults.ts";
import type { IssueList } from "./issues.ts";

const MEGABYTE = 1024 * 1024;

/** The text without a byte order mark, or null. An `optional` file that is not there is no issue. */
export function readTextFile(
  path: string,
  issues: IssueList,
  presence: "required" | "optional" = "required",
): string | null {
  const read = readUntrustedFileSync(path, { maxBytes: MAX_PLAN_BYTES, links: "follow" });
  if (read.kind === "absent") {
    if (presence === "required") issues.fail("plan.notFound", 1, "there is no such file", "Check the path.", path);
    return null;
  }
  if (read.kind === "refused") {
    if (read.why === "tooLarge") checkSize(read.size, issues, path);
    else if (read.why === "notFile") {
      issues.fail("plan.unreadable", 1, "it is not a regular file", "Name a .md, .yaml or .json file.", path);
    } else issues.fail("plan.unreadable", 1, `the file cannot be read: ${read.reason}`, "Check its permissions.", path);
    return null;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(read.bytes);
  } catch {
    issues.fail("plan.unreadable", 1, "the file is not UTF-8 text", "Save it as UTF-8.", path);
    return null;
  }
}

/** Files `plan.tooLarge` and returns false for more bytes than a plan may have. */
export function checkSize(bytes: number, issues: IssueList, path: string): boolean {
  if (bytes <= MAX_PLAN_BYTES) return true;
  const size = `${(bytes / MEGABYTE).toFixed(1)} MB`;
  const hint = "Split it into several plans, and keep long material in files that tasks read.";
  issues.fail("plan.tooLarge", 1, `the file has ${size}; a plan may have ${MAX_PLAN_BYTES / MEGABYTE} MB`, hint, path);
  return false;
}
