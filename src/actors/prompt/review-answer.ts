/**
 * A reviewer's answer, read out of what it wrote (`schema/review.schema.json`). What it wrote is untrusted: it may quote the
 * change it looked at, and whoever wrote that change may have put an answer of their own into it. So prose or a fence
 * around the answer is put up with, but one answer only is taken, and what is in it is exact or refused with the reason,
 * which goes back to the reviewer.
 */
import { messageOf } from "../../errors.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";

const SEVERITIES = ["blocking", "major", "minor", "note"] as const;
const VERDICTS = ["approve", "reject"] as const;

export interface Finding {
  severity: (typeof SEVERITIES)[number];
  /** As the reviewer wrote it; for people and prompts, never opened. */
  file: string | null;
  /** One-based. */
  line: number | null;
  /** How sure the reviewer is, from 0 to 1. */
  confidence: number;
  /** Whether it was there before the change. */
  preexisting: boolean;
  /** One line. */
  text: string;
}

export interface Review {
  verdict: (typeof VERDICTS)[number];
  findings: Finding[];
}

export type ReviewAnswer = { kind: "ok"; review: Review } | { kind: "bad"; reason: string };

/** An answer is a page or two. */
const MAX_CHARS = 256 * 1024;
/** More would not be read; the gravest are kept. */
const MAX_FINDINGS = 100;
const MAX_TEXT_CHARS = 1000;
const MAX_FILE_CHARS = 300;
/** Characters that are looked through for ends of objects: each brace may be the beginning of one. */
const MAX_SEARCHED_CHARS = 4 * 1024 * 1024;
/** Below this a reviewer says itself that it is rather not so. */
const MIN_CONFIDENCE = 0.5;

/** Reads an answer; `reason` is one line that tells the reviewer what to mend. Never throws. */
export function parseReview(text: string): ReviewAnswer {
  if (text.length > MAX_CHARS) return bad(`the answer has more than ${MAX_CHARS} characters`);
  if (text.trim() === "") return bad("the answer is empty");
  const found = findAnswers(text, "verdict");
  if (found === null) return bad("there are too many braces in it; write nothing but one JSON object");
  const [first, ...others] = found;
  if (first === undefined) return bad(`there is no answer in it: ${explainNoAnswer(text)}`);
  const wanted = JSON.stringify(first);
  if (others.some((other) => JSON.stringify(other) !== wanted)) {
    return bad("there is more than one answer in it; write nothing but one JSON object");
  }
  try {
    return { kind: "ok", review: readReview(first) };
  } catch (thrown) {
    if (thrown instanceof BadAnswer) return bad(thrown.message);
    throw thrown;
  }
}

/**
 * Whether a change may not be merged as it is: the verdict is reject, and at least one finding is blocking, new with this
 * change, and held with a confidence of 0.5 or more. A verdict without such a finding gives the author nothing to mend,
 * what was there before is not the author's to mend here, and a doubt is a note for a person, not a reason to go round.
 */
export function isBlocking({ verdict, findings }: Review): boolean {
  return (
    verdict === "reject" &&
    findings.some(
      ({ severity, preexisting, confidence }) =>
        severity === "blocking" && !preexisting && confidence >= MIN_CONFIDENCE,
    )
  );
}

/** Objects in a text that have this key, none within another; null if it has too many braces to be sure of all. */
export function findAnswers(text: string, key: string): Record<string, unknown>[] | null {
  const answers: Record<string, unknown>[] = [];
  let left = MAX_SEARCHED_CHARS;
  for (let at = text.indexOf("{"); at !== -1; ) {
    const end = findEnd(text, at);
    left -= (end ?? text.length) - at;
    if (left < 0) return null;
    const value = end === null ? undefined : tryParse(text.slice(at, end));
    if (value !== undefined && Object.hasOwn(value, key)) answers.push(value);
    at = text.indexOf("{", value === undefined || end === null ? at + 1 : end);
  }
  return answers;
}

/** Where the object that begins at `start` ends, by its braces outside of strings; null if it does not. */
function findEnd(text: string, start: number): number | null {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (isQuoted) {
      if (char === "\\") at += 1;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

function tryParse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function explainNoAnswer(text: string): string {
  try {
    JSON.parse(text);
    return "the JSON is no object with a `verdict`";
  } catch (thrown) {
    return messageOf(thrown);
  }
}

class BadAnswer extends Error {}

function readReview(written: Record<string, unknown>): Review {
  checkKeys(written, ["verdict", "findings"], "the answer");
  const verdict = readChoice(written.verdict, VERDICTS, "`verdict`");
  if (!Array.isArray(written.findings)) throw new BadAnswer("`findings` is no list; without any it is []");
  const findings = written.findings.map((finding: unknown, index) => readFinding(finding, `finding ${index + 1}`));
  return { verdict, findings: keepGravest(findings) };
}

function readFinding(written: unknown, label: string): Finding {
  if (typeof written !== "object" || written === null || Array.isArray(written))
    throw new BadAnswer(`${label} is no object`);
  const keys = written as Record<string, unknown>;
  checkKeys(keys, ["severity", "file", "line", "confidence", "preexisting", "text"], label);
  const { file = null, line = null, confidence, preexisting, text } = keys;
  const severity = readChoice(keys.severity, SEVERITIES, `\`severity\` of ${label}`);
  if (file !== null && typeof file !== "string") throw new BadAnswer(`\`file\` of ${label} is neither text nor null`);
  if (line !== null && !(Number.isSafeInteger(line) && (line as number) >= 1))
    throw new BadAnswer(`\`line\` of ${label} is neither a line number nor null`);
  if (typeof confidence !== "number" || !(confidence >= 0 && confidence <= 1))
    throw new BadAnswer(`\`confidence\` of ${label} is no number from 0 to 1`);
  if (typeof preexisting !== "boolean") throw new BadAnswer(`\`preexisting\` of ${label} is neither true nor false`);
  const said = typeof text === "string" ? sanitizeLine(text, MAX_TEXT_CHARS) : "";
  if (said === "") throw new BadAnswer(`\`text\` of ${label} says nothing`);
  const name = file === null ? "" : sanitizeLine(file, MAX_FILE_CHARS);
  return { severity, file: name || null, line: line as number | null, confidence, preexisting, text: said };
}

function checkKeys(written: Record<string, unknown>, known: readonly string[], label: string): void {
  const strange = Object.keys(written).find((key) => !known.includes(key));
  if (strange !== undefined) throw new BadAnswer(`${label} has an unknown key ${JSON.stringify(strange)}`);
}

function readChoice<T extends string>(value: unknown, choices: readonly T[], label: string): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new BadAnswer(`${label} is none of: ${choices.join(", ")}`);
}

/** At most as many as are kept, in the order they were written. */
function keepGravest(findings: Finding[]): Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  const kept = new Set(findings.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_FINDINGS));
  return findings.filter((finding) => kept.has(finding));
}

function bad(reason: string): ReviewAnswer {
  return { kind: "bad", reason: sanitizeLine(reason, 300) };
}
