/**
 * Collects what is wrong with a plan, all of it at once, and finds "did you mean" suggestions. Bounded: a hostile file
 * yields a bounded number of issues and a bounded number of (costly) suggestions.
 */

import { findNearest } from "../arguments/nearest.ts";
import type { PlanIssue } from "./model.ts";

const MAX_ISSUES = 1000;
const MAX_SUGGESTIONS = 200;
const MAX_QUOTED_CHARS = 80;

/** Errors and warnings about one plan; `file` is where issues are placed unless they name another. */
export class IssueList {
  readonly errors: PlanIssue[] = [];
  readonly warnings: PlanIssue[] = [];
  readonly file: string;
  #left = 0;
  #suggested = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** Adds an error; `line` is one-based. */
  fail(code: string, line: number, message: string, hint: string, file = this.file): void {
    if (this.errors.length < MAX_ISSUES) this.errors.push({ code, message, hint, file, line });
    else this.#left += 1;
  }

  /** Adds a warning; `line` is one-based. */
  warn(code: string, line: number, message: string, hint: string, file = this.file): void {
    if (this.warnings.length < MAX_ISSUES) this.warnings.push({ code, message, hint, file, line });
  }

  /** A list for another file, whose issues end up here once `adopt` is called with it. */
  adopt(other: IssueList): void {
    for (const issue of other.errors) this.fail(issue.code, issue.line, issue.message, issue.hint, issue.file);
    for (const issue of other.warnings) this.warn(issue.code, issue.line, issue.message, issue.hint, issue.file);
    this.#left += other.#left;
  }

  /** "Did you mean X? " for the candidate nearest to `word`, or "". */
  suggest(word: string, candidates: Iterable<string>): string {
    if (this.#suggested >= MAX_SUGGESTIONS) return "";
    this.#suggested += 1;
    const nearest = findNearest(word, candidates);
    return nearest === undefined ? "" : `Did you mean ${quote(nearest)}? `;
  }

  /** Errors and warnings sorted by file and line, with a closing line if there were too many to list. */
  close(): { errors: PlanIssue[]; warnings: PlanIssue[] } {
    const errors = this.errors.toSorted(compareIssues);
    const last = errors.at(-1);
    if (this.#left > 0 && last !== undefined) {
      const message = `${this.#left} more errors are not listed`;
      errors.push({ ...last, code: "plan.moreErrors", message, hint: "Mend those above first, then check again." });
    }
    return { errors, warnings: this.warnings.toSorted(compareIssues) };
  }
}

/** Untrusted text as it appears in a message: quoted, on one line, without control characters, shortened. */
export function quote(text: string): string {
  const short = text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}

function compareIssues(a: PlanIssue, b: PlanIssue): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line;
}
