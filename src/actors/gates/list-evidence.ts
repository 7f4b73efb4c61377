/**
 * Why a command was red, in a few lines for people: the tests that failed by name, else what its reports complain of, else
 * the end of what it printed. Pure; the texts are still whatever a worker wanted them to be, made safe and cut.
 */
import { sanitizeLine, sanitizeOutput } from "../../terminal-text/index.ts";
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
  return lastLines(tail);
}

/** The last lines of an output that say anything; at most ten. */
export function lastLines(output: string): string[] {
  return sanitizeOutput(output)
    .split("\n")
    .filter((line) => line.trim() !== "" && isText(line))
    .slice(-MAX_LINES)
    .map(toLine);
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
