/**
 * The signature of a failure: what stays the same when the same trouble comes again elsewhere. Of an output it takes
 * the one line that says most (an error class before an error code before a general complaint), strips what changes
 * from run to run (paths, positions, numbers, times, temporary names), and keeps class and words of the message. An
 * assertion says little by itself, so the name of its test belongs to it. Pure.
 */

import { createHash } from "node:crypto";
import { cutText, normalizeText, sanitizeOutput } from "../../terminal-text/index.ts";
import type { FailureFact } from "../facts/run-facts.ts";
import { normaliseLine, normaliseTestName } from "./normalise.ts";
import { redactSecrets } from "./redact.ts";

export interface Signature {
  /** 16 hexadecimal digits, equal for equal trouble. */
  hash: string;
  kind: FailureFact["kind"];
  /** Name of the gate; empty for other kinds, where it is the agent's and says nothing about the trouble. */
  gate: string;
  /** The normalised line; empty when the output says nothing that could be recognised again. */
  line: string;
  /** The failing test, for assertions; empty otherwise. */
  test: string;
}

/** Longer lines are cut before and after normalising; a minified bundle would otherwise cost time. */
const MAX_LINE_CHARS = 600;
const MAX_SIGNATURE_CHARS = 200;
/** Facts hold tails of outputs; longer texts are cut to theirs. */
const MAX_TEXT_CHARS = 64 * 1024;

type Mark = Pick<RegExp, "test">;

const GOT_AND_WANTED = inOrder(/\b(?:got|want)\b/i, /\b(?:want|got)\b/i);

/** How much a line says, highest first; the first line of the highest rank found is taken. */
const RANKS: readonly (readonly Mark[])[] = [
  [
    /\berror TS\d+:/,
    /\berror\[E\d+\]/,
    /(?:^|[\s.:(])[A-Z]\w*(?:Error|Exception|Interrupt|Panic)\b(?:\s*\[\w+\])?\s*[:(]\s*\S/,
    /^(?:panic|fatal error):\s*\S/,
    /^CONFLICT \([^)]+\):/,
  ],
  [
    /\bE(?:ACCES|ADDRINUSE|ADDRNOTAVAIL|AGAIN|BADF|BUSY|CANCELED|CONN\w+|EXIST|HOSTUNREACH|INVAL|IO|ISDIR|LOOP|MFILE|NAMETOOLONG|NETUNREACH|NFILE|NOENT|NOMEM|NOSPC|NOTDIR|NOTEMPTY|NOTFOUND|PERM|PIPE|RESOLVE|ROFS|TIMEDOUT|USAGE|XDEV)\b/,
    /^E\s{2,}\S/,
    /^\s*\d+:\d+\s+error\s+\S/,
    /^\S+:\d+:\d+:?\s+(?:fatal )?error:?\s/i,
    /^\S+\.\w+:\d+(?::\d+)?:\s+\S/,
    /^(?:fatal|error|remote|hint: Updates were rejected)\b.*\S/i,
    /\b(?:AssertionError|assertion failed)\b/i,
  ],
  [
    inOrder(/\bexpected\b/i, /\b(?:to|but|received|got|actual)\b/i),
    GOT_AND_WANTED,
    /\b(?:command not found|no such|not found|cannot|can't|could not|couldn't|unable to|permission denied|refused|timed out|timeout|out of memory|heap|killed|segmentation fault|undefined reference|unexpected|invalid|missing|mismatch|conflict|denied|unresolved|deadlock|outside (?:its|the) scope)\b/i,
    /\bCannot\b|\bUnable\b/,
  ],
  [/\b(?:error|fail(?:ed|ure|s)?|fatal|panic|abort(?:ed)?|exception)\b/i, /[✗✖×●]/],
];

/** Frames of a stack and other lines that only say where. */
const POSITIONS =
  /^\s*(?:at\s.+[:(]|at\s+<|File ".*", line \d+|❯ .+:\d+:\d+|--> |goroutine \d+|\d+ \||\||npm (?:ERR!|error) (?:A complete log|path |cwd |command )|(?:name|code|failureType|operator|location): '|node:internal\/|Node\.js v|\^+\s*$|~+\s*$)/;

/** Sums at the end of an output: they say that something failed, never what. */
const SUMMARIES =
  /^\s*(?:Test Files|Tests|Test Suites|Snapshots|Start at|Duration|Found \d+ errors?\b|[✖×] \d+ problems?\b|=+ (?=.*(?:failed|passed)).* =+$|=+ (?:FAILURES|ERRORS|short test summary).*=|-+ Captured|FAILED \((?:failures|errors)|FAIL\s*$|FAIL\s+[\w./-]+(?:\s+\[.*\]|\s+[\d.]+s)?$|ok\s+\S+\s+[\d.]+s|exit status \d+|error Command failed|npm (?:ERR!|error)\s*(?:code ELIFECYCLE|errno|Lifecycle|Test failed|workspace|location|$)|ELIFECYCLE|Process exited|Command failed|(?:The )?(?:command|process|gate|task)\b.{0,60}\bexit(?:ed)?\b|make(?:\[\d+\])?: \*\*\*|ℹ |# (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms)|[✖×●] failing tests:|⎯.*⎯$|Failed Tests \d+)/i;

const TEST_NAMES: readonly RegExp[] = [
  /^\s*FAIL\s+\S+\.\w+(?:\s+\[.*?\])?\s+>\s+(\S.*)/,
  /^\s*●\s+(\S.+)/,
  /^FAILED\s+(?:(?!::)\S)+::(\S+)/,
  /^_{3,}\s+(\S.*)\s_{3,}$/,
  /^\s*--- FAIL:\s+(\S+)/,
  /^\s*not ok \d+ - (.+)/,
  /^\s*\d+\)\s+(\S.*)/,
  /^\s*[✖×✗]\s+(\S.*)/,
];

const ASSERTIONS: readonly Mark[] = [
  /\b(?:Assertion(?:Error|Failed)?|assert)\b|\bexpect(?:ed|\()|!=|toBe|toEqual/i,
  GOT_AND_WANTED,
];

/** Words that say only that something failed. */
const EMPTY_WORDS = new Set(
  "exit exited code status with failed failure fail fails error errors fatal command process task test tests gate the and was has run script lifecycle check err one some npm unknown".split(
    " ",
  ),
);

/** The signature of a failure; `line` is empty when its text says nothing that could be recognised again. */
export function signatureOf(failure: Pick<FailureFact, "kind" | "by" | "text">): Signature {
  const lines = readLines(failure.text);
  const found = findMostInformative(lines);
  const line = found === undefined ? "" : cutText(normaliseLine(found.text), MAX_SIGNATURE_CHARS);
  const isInformative = hasMeaning(line);
  const test =
    isInformative && found !== undefined && ASSERTIONS.some((mark) => mark.test(line))
      ? findTest(lines, found.at) || findFile(lines, found.at)
      : "";
  const gate = failure.kind === "gate" ? failure.by : "";
  const kept = isInformative ? line : "";
  const parts = [failure.kind, gate, kept, test];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
  return { hash, kind: failure.kind, gate, line: kept, test };
}

/** A mark of lines in which `then` stands somewhere behind the first `first`; as one pattern it would look for both from every place. */
function inOrder(first: RegExp, then: RegExp): Mark {
  return {
    test(line) {
      const found = first.exec(line);
      return found !== null && then.test(line.slice(found.index + found[0].length));
    },
  };
}

function readLines(text: string): string[] {
  return normalizeText(redactSecrets(sanitizeOutput(text.slice(-MAX_TEXT_CHARS))))
    .split("\n")
    .map((line) => line.slice(0, MAX_LINE_CHARS).trimEnd());
}

function findMostInformative(lines: string[]): { text: string; at: number } | undefined {
  const informative = lines.map((line) => line.trim() !== "" && !POSITIONS.test(line) && !SUMMARIES.test(line));
  for (const rank of RANKS) {
    const at = lines.findIndex(
      (line, index) => informative[index] && rank.some((mark) => mark.test(line)) && !isTestName(line),
    );
    if (at >= 0 && hasMeaning(normaliseLine(lines[at] ?? ""))) return { text: lines[at] ?? "", at };
  }
  const last = lines.findLastIndex((line, index) => informative[index] && isSentence(line));
  return last < 0 ? undefined : { text: lines[last] ?? "", at: last };
}

/** A line that names a failing test is context, unless nothing else is said. */
function isTestName(line: string): boolean {
  return TEST_NAMES.some((name) => name.test(line)) && !/\w(?:Error|Exception)\b/.test(line);
}

/** The test named nearest above the line, else the first named below it. */
function findTest(lines: string[], at: number): string {
  const named = lines.map(readTestName);
  const above = named.slice(0, at + 1).findLast((name) => name !== "");
  return above ?? named.slice(at + 1).find((name) => name !== "") ?? "";
}

/** A file with a line in it, from the folder on that holds it: a worktree lies elsewhere each time. */
const PLACE_IN_FILE =
  /(?<![\w./@-])\/?(?:[\w.@-]{1,80}\/){0,30}?((?:[\w.@-]{1,80}\/)?[\w@-][\w.@-]{0,80}\.[A-Za-z]\w{0,8})(?::\d|\(\d|", line \d)/;

/** The file that an assertion stands in, where no test is named: the same words elsewhere are other trouble. */
function findFile(lines: string[], at: number): string {
  for (const line of [...lines.slice(at), ...lines.slice(0, at).reverse()]) {
    if (/node:|node_modules\//.test(line)) continue;
    const file = PLACE_IN_FILE.exec(line)?.[1];
    if (file !== undefined) return file;
  }
  return "";
}

function readTestName(line: string): string {
  if (SUMMARIES.test(line)) return "";
  for (const pattern of TEST_NAMES) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined) return cutText(normaliseTestName(name), 120);
  }
  return "";
}

/** Three words, or some text in a script that puts no spaces between them. */
function isSentence(line: string): boolean {
  const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{4,}/u;
  return (line.match(/\p{L}{3,}/gu) ?? []).length >= 3 || unspaced.test(line);
}

function hasMeaning(line: string): boolean {
  const words =
    line
      .replace(/<\w+>/g, " ")
      .match(/[\p{L}][\p{L}\p{N}_]{2,}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{2,}/gu) ?? [];
  return words.some((word) => !EMPTY_WORDS.has(word.toLowerCase()));
}
