/**
 * Why a command was red, in a few lines for people: the tests that failed by name, else what its reports complain of, else
 * the end of what it printed. Pure; the texts are still whatever a worker wanted them to be, made safe and cut.
 */
import { sanitizeLine, sanitizeOutput } from "../../terminal-text/index.ts";
import { findReason } from "./find-reason.ts";
import type { TestFailure } from "./junit.ts";

const MAX_LINES = 10;
const MAX_LINE_CHARS = 300;
/** Share of characters that could not be read. */
const MAX_BROKEN = 0.1;

export interface Grounds {
  failures: readonly TestFailure[];
  /** All that reports complain of; null when they do not tell. */
  problems: readonly string[] | null;
  /** The end of the output. */
  tail: string;
}

/** At most ten lines; none when nothing was said. */
export function listEvidence({ failures, problems, tail }: Grounds): string[] {
  if (failures.length > 0) return failures.slice(0, MAX_LINES).map(wordFailure).map(toLine);
  if (problems !== null && problems.length > 0) return problems.slice(0, MAX_LINES).map(toLine);
  return explainOutput(tail).evidence;
}

export interface ExplainedOutput {
  /** The line that says why, with the next one where it ends in a colon; null when nothing was said. */
  reason: string | null;
  /** The last lines that say anything, at most ten; the line that says why comes first where it is none of them. */
  evidence: string[];
}

/** Why a command failed, from the end of what it printed. */
export function explainOutput(output: string): ExplainedOutput {
  const lines = sanitizeOutput(output)
    .split("\n")
    .filter((line) => line.trim() !== "" && isText(line));
  const at = findReason(lines);
  const said = lines[at];
  if (said === undefined) return { reason: null, evidence: [] };
  const next = said.trimEnd().endsWith(":") ? (lines[at + 1]?.trim() ?? "") : "";
  const reason = toLine(`${said.trim()} ${next}`.trim());
  const isAmongLast = at >= lines.length - MAX_LINES;
  const evidence = isAmongLast ? lines.slice(-MAX_LINES) : [said, ...lines.slice(1 - MAX_LINES)];
  return { reason, evidence: evidence.map(toLine) };
}

/** What is no text tells nobody anything: mostly bytes that stand for no character. */
function isText(line: string): boolean {
  const broken = line.split("\ufffd").length - 1;
  return broken <= line.length * MAX_BROKEN;
}

function wordFailure({ name, message }: TestFailure): string {
  const said = message.trim().split("\n", 1)[0] ?? "";
  return said === "" ? name : `${name}: ${said}`;
}

/** As `sanitizeLine`, but what is indented stays so: a stack, a diff. */
function toLine(text: string): string {
  const indent = /^[ \t]{0,20}/.exec(text)?.[0] ?? "";
  return `${indent.replaceAll("\t", "  ")}${sanitizeLine(text, MAX_LINE_CHARS)}`;
}
