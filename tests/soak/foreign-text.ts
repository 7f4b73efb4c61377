/**
 * Everything that reads text which others wrote (agents, gates, plans, notes, git), and text made to keep it busy: each
 * reader takes a crafted megabyte at most three times as long as a megabyte of an ordinary log. Processor time is what
 * counts. Run by the soak, by `npm run bench -- i`, and on shorter text by a unit test.
 */
import { AcpReader } from "../../src/actors/agents/acp/read-acp.ts";
import { explainApiError } from "../../src/actors/agents/api-failure.ts";
import { ClaudeReader } from "../../src/actors/agents/claude/read-claude.ts";
import { CodexReader } from "../../src/actors/agents/codex/read-exec.ts";
import { ServerReader } from "../../src/actors/agents/codex/read-server.ts";
import { scanJunit } from "../../src/actors/gates/junit.ts";
import { scanLcov } from "../../src/actors/gates/lcov.ts";
import { setPatterns } from "../../src/actors/git/exclude.ts";
import { toRawPath } from "../../src/actors/git/raw-path.ts";
import { makeRedactedOutput, makeRedactor } from "../../src/actors/process/redact.ts";
import { codeBlock, inlineCode, keepEnd, keepLines } from "../../src/actors/prompt/quote-untrusted.ts";
import { parseReview } from "../../src/actors/prompt/review-answer.ts";
import { extendPlan } from "../../src/plan/extend-plan.ts";
import { parsePlan } from "../../src/plan/load-plan.ts";
import { slugOf } from "../../src/plan/names.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { explainBadScope } from "../../src/plan/scope.ts";
import { lastLine } from "../../src/protocol/words.ts";
import {
  sanitizeLine,
  sanitizeOutput,
  sanitizeText,
  screenLine,
  screenText,
  showUnseen,
} from "../../src/terminal-text/index.ts";
import { linesOf } from "../../src/tui/output-lines.ts";
import { checkBase } from "../../src/vault/formats/check-base.ts";
import { checkCanvas } from "../../src/vault/formats/check-canvas.ts";
import { readExpression } from "../../src/vault/formats/read-expression.ts";
import { makeSnippet } from "../../src/vault/index/snippet.ts";
import { tokenizeNote, tokenizeQuery } from "../../src/vault/index/tokenize.ts";
import { findGeneratedSection, parseNote, titleOf } from "../../src/vault/notes/note.ts";
import { readStructure } from "../../src/vault/notes/structure.ts";
import { describePattern, mayBePattern } from "../../src/vault/patterns/pattern.ts";
import { normaliseLine, normaliseTestName } from "../../src/vault/text/normalise.ts";
import { redactSecrets } from "../../src/vault/text/redact.ts";
import { signatureOf } from "../../src/vault/text/signature.ts";
import { toFence, toInline, toPlainLine } from "../../src/vault/text/untrusted.ts";

type Reader = (text: string) => unknown;

const AGENT = { name: "agent", loginHint: "Log in.", reading: { now: 0, zone: "UTC" } };
const CONFIG = { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } };
const PLACE = { root: "/", config: CONFIG, file: "plan.md" };
const line = (value: unknown): string => JSON.stringify(value);
const xml = (text: string): string => text.replace(/[<&"\0-\x08\x0b\x0c\x0e-\x1f]/g, "_");
const note = (text: string) => parseNote("a.md", text);
const inHead = (text: string): string => `---\ntype: pattern\ntitle: ${JSON.stringify(text)}\n---\n# A\n`;
/** Takes all steps. */
const walk = (steps: Iterator<unknown>): void => {
  while (steps.next().done !== true);
};
const keys = makeRedactor({ API_KEY: "a+a+a+a+a+a+a+a+", OTHER_TOKEN: "aaaaaaaaaaaaaaaa", PLAIN: "x" });

/** By a name for messages; each takes the text as it may come from outside. */
export const READERS: Readonly<Record<string, Reader>> = {
  sanitizeText,
  sanitizeOutput,
  "sanitizeOutput of bytes": (text) => sanitizeOutput(Buffer.from(text)),
  sanitizeLine: (text) => sanitizeLine(text),
  showUnseen,
  screenLine,
  screenText: (text) => screenText(text, { colour: true }),
  linesOf: (text) => linesOf(Buffer.from(text), { colour: true }),
  lastLine: (text) => lastLine(text),
  redactSecrets,
  "a redactor": keys,
  "redacted output": (text) => {
    const redacted = makeRedactedOutput(keys);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 16_384) redacted(bytes.subarray(at, at + 16_384));
    return redacted(null);
  },
  "signatureOf a gate's output": (text) => signatureOf({ kind: "gate", by: "unit", text }),
  "signatureOf lines": (text) => signatureOf({ kind: "gate", by: "unit", text: text.replace(/.{500}/gs, "$&\n") }),
  normaliseLine,
  normaliseTestName,
  toFence: (text) => toFence(text, text.length),
  toInline: (text) => toInline(text, text.length),
  toPlainLine: (text) => toPlainLine(text, text.length),
  codeBlock: (text) => codeBlock(text),
  inlineCode: (text) => inlineCode(text),
  keepEnd: (text) => keepEnd(text, 30_000),
  keepLines: (text) => keepLines(text, 30_000),
  explainApiError: (text) => explainApiError({ status: null, text }, AGENT),
  "Claude's line": (text) => new ClaudeReader().read(text),
  "Claude's words": (text) =>
    new ClaudeReader().read(line({ type: "assistant", message: { content: [{ type: "text", text }] } })),
  "Claude's result": (text) => {
    const reader = new ClaudeReader();
    reader.read(line({ type: "result", subtype: text, is_error: true, result: text }));
    return reader.summary();
  },
  "Codex's line": (text) => new CodexReader().read(text),
  "an error of Codex": (text) => new ServerReader().read({ method: "error", params: { error: { message: text } } }),
  "a change of Codex": (text) => {
    const item = { type: "fileChange", id: "c", status: "declined", changes: [{ path: text }] };
    return new ServerReader().read({ method: "item/completed", params: { item } });
  },
  "Codex's complaint": (text) => new CodexReader().readError(`ERROR ${text} error=${text}`),
  "an ACP agent's words": (text) => {
    const reader = new AcpReader();
    reader.beginTurn();
    const content = { type: "text", text };
    reader.read({ method: "session/update", params: { update: { sessionUpdate: "agent_message_chunk", content } } });
    return reader.summary();
  },
  parseReview,
  "parseReview of findings": (text) =>
    parseReview(line({ verdict: "reject", findings: [{ severity: "blocking", file: text, what: text }] })),
  "a plan": (text) => parsePlan(text, { ...PLACE, format: "markdown" }),
  "a plan's instruction": (text) =>
    parsePlan(`## A\n\n\`\`\`yaml task\nid: a\n\`\`\`\n\n${text}`, { ...PLACE, format: "markdown" }),
  "a plan's units": (text) => parsePlan(`### U1. A\n\n**Files:** ${text}\n`, { ...PLACE, format: "markdown" }),
  "a plan in YAML": (text) => parsePlan(text, { ...PLACE, format: "yaml" }),
  "a plan in JSON": (text) => parsePlan(text, { ...PLACE, format: "json" }),
  "a plan's scope": (text) =>
    parsePlan(line({ goal: "x", tasks: [{ id: "a", run: "true", scope: [text] }] }), { ...PLACE, format: "json" }),
  "a plan that grows": (text) => extendPlan(text, { ...PLACE, plan: null as never, unstarted: new Set() } as never),
  parseConfig: (text) => parseConfig(text, "pleach.yaml"),
  explainBadScope,
  "slugOf of a heading": slugOf,
  setPatterns: (text) => setPatterns(text, ["a"]),
  toRawPath,
  "a report of tests": (text) =>
    walk(
      scanJunit(
        Buffer.from(`<testsuite><testcase name="${xml(text)}"><failure>${xml(text)}</failure></testcase></testsuite>`),
      ),
    ),
  "a report that is none": (text) => walk(scanJunit(Buffer.from(text))),
  "a report of coverage": (text) => walk(scanLcov(Buffer.from(`SF:${text}\nLF:1\nLH:1\nend_of_record\n`))),
  "a note's structure": (text) => readStructure(note(text)),
  "a note's title": (text) => titleOf(note(text)),
  "a note's frontmatter": (text) => note(`---\n${text}\n---\n`),
  findGeneratedSection: (text) => findGeneratedSection(note(text)),
  "a pattern": (text) => describePattern("patterns/a.md", note(`${inHead("a")}${text}`)),
  "a pattern's properties": (text) => describePattern("patterns/a.md", note(inHead(text))),
  mayBePattern: (text) => mayBePattern("a.md", text),
  tokenizeNote,
  tokenizeQuery,
  makeSnippet: (text) => makeSnippet(text, new Map([["a", 1]])),
  checkCanvas,
  checkBase: (text) => checkBase(text),
  readExpression,
};

/** What is repeated to make a text. */
const PUMPS = [
  ..."@\"'`/\\ \t\n\r<>()[]{}*_#|~^$%&=+-.:,;!?a1A0E\0\u0301\u00e9\u4f60\u200d\u202e\ufffd\u2028\ud800\ufeff",
  ...[
    "a.",
    "a+",
    "a-",
    "a/",
    "a\\",
    "a ",
    "a\n",
    "1.",
    "1,",
    "1:",
    "1 ",
    "eyJ-",
    "aB",
    "e\u0301",
    "\u{1f469}\u200d",
    "\u{1f1e6}",
  ],
  ...[
    "\u001b[",
    "\u001b[31m",
    "\u001b]0;",
    "\u001bP",
    "\r\n",
    "a\r",
    "\t ",
    " \n",
    "\n>",
    "\n\n",
    "- ",
    "> ",
    "| ",
    "1. ",
  ],
  ...[
    "token ",
    "token=",
    'password="',
    "pass: ",
    "--token ",
    "http://",
    "http://a:",
    "://",
    "a://b:c",
    "bearer ",
    "&key=",
  ],
  ...["-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "AKIA", "sk-", "ghp_"],
  ...[
    "Error ",
    "aError",
    "expected ",
    "got ",
    "= failed ",
    "FAIL ",
    "● a › ",
    "___ ",
    "E  ",
    "at a ",
    "✖ ",
    "1) ",
    " - ",
  ],
  ...[
    "<path>",
    "<a ",
    "<!--",
    "<![CDATA[",
    "&amp;",
    "[[",
    "[[a",
    "![[",
    "]]",
    "](",
    "[a](",
    "[^a]",
    "%%",
    "~~~",
    "```\n",
    "---\n",
  ],
  ...[
    "# ",
    "#a",
    "$$",
    "<b>",
    "a: ",
    "a:\n",
    "- a\n",
    "&a ",
    "*a ",
    '"a":',
    '{"a":',
    "[{",
    "U1-",
    "U1 ",
    "'a",
    "``",
    ": helped 1 of 2",
  ],
];

const ORDINARY_YAML = "- id: a\n  run: npm test\n  scope: [src/**, docs/a.md]\n  needs: [b, 'c']\n";
const ORDINARY_MARKDOWN =
  "## A heading\n\nSome *words* with `code`, see [[note]] and [a link](https://a.b).\n\n- one\n- two\n\n";
/** What is ordinary for readers of another format than a log. */
const ORDINARY: readonly [RegExp, string][] = [
  [/YAML|parseConfig|checkBase|frontmatter/, ORDINARY_YAML],
  [/^a plan|structure/, ORDINARY_MARKDOWN],
  [/a report that is none/, "<testcase name='a'/>"],
];

/** A text in which nothing is crafted, of `length` characters: what a build prints, or what the reader is there for. */
function plainText(length: number, name = ""): string {
  const ordinary = ORDINARY.find(([names]) => names.test(name))?.[1];
  if (ordinary !== undefined) return repeatTo(ordinary, length);
  const lines = [
    "\u001b[32m✓\u001b[0m tests/größe.test.ts (3 tests) 12ms",
    "src/actors/log/file-log.ts:12:5 - error TS2322: Type 'string' is not assignable to type 'number'.",
    "    at Object.<anonymous> (/home/me/project/node_modules/vitest/dist/index.js:102:7)",
    "2026-01-02T03:04:05.678Z INFO request GET https://example.org/a/b?c=d took 12 ms (status 200)",
    "AssertionError: expected [ 'a', 'b' ] to deeply equal [ 'a' ]",
    "- wrote `docs/guide.md`, and [a link](https://example.org) for the **reader**, see [[note]] #tag",
    "",
  ];
  const text = lines.join("\n");
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

/** Texts of about `length` characters that are crafted, by what they repeat. */
export function craftedTexts(length: number): Map<string, string> {
  const texts = PUMPS.map((pump): [string, string] => [JSON.stringify(pump), repeatTo(pump, length)]);
  for (const pump of GROWING) texts.push([`growing ${JSON.stringify(pump)}`, growTo(pump, length)]);
  return new Map(texts);
}

/** What is matched with as many again: runs of each length, so that none has its like. */
const GROWING = ["`", "*", "_", "~", "$", "[", "("];

function growTo(pump: string, length: number): string {
  const runs: string[] = [];
  for (let size = 1, total = 0; total < length; size += 1) {
    runs.push(pump.repeat(size));
    total += size + 1;
  }
  return runs.join("a").slice(0, length);
}

/** A crafted text of two or three parts, by numbers in [0, 1). */
function mixedText(length: number, random: () => number): { name: string; text: string } {
  const pick = (): string => PUMPS[Math.floor(random() * PUMPS.length)] ?? "a";
  const parts = Array.from({ length: 2 + Math.floor(random() * 2) }, pick);
  const isInRow = random() < 0.5;
  const text = isInRow
    ? repeatTo(parts.join(""), length)
    : parts.map((part) => repeatTo(part, length / parts.length)).join("");
  return { name: `${isInRow ? "repeated" : "in a row"} ${JSON.stringify(parts)}`, text };
}

function repeatTo(pump: string, length: number): string {
  return pump.repeat(Math.ceil(length / pump.length));
}

/** Times slower than plain text that nobody minds; less than this many ms a megabyte is never slow. */
const MAX_RATIO = 3;
const MIN_MS_A_MEGABYTE = 250;

/** How a reader did with one text. */
export interface Reading {
  reader: string;
  text: string;
  ms: number;
  /** What it may take. */
  allowedMs: number;
}

/** ms of processor time that the reader takes: of several tries the shortest, unless the first is short enough. */
function measureReader(reader: Reader, text: string, enoughMs = 0): number {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3 && best > enoughMs; tries += 1) {
    const before = process.cpuUsage();
    try {
      reader(text);
    } catch {
      // That some refuse a text by throwing is for their own tests; here it is a way to be ready.
    }
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

/** Measures some readers, drawn by numbers in [0, 1), each on a crafted text that is drawn for it. */
export function* readMixed(count: number, length: number, random: () => number): Generator<Reading> {
  const names = Object.keys(READERS);
  for (let done = 0; done < count; done += 1) {
    const name = names[Math.floor(random() * names.length)] ?? "redactSecrets";
    const mixed = mixedText(length, random);
    yield* readCrafted(name, [[mixed.name, mixed.text]], length);
  }
}

/** Measures one reader on crafted texts against plain text of that length. */
export function* readCrafted(name: string, texts: Iterable<[string, string]>, length: number): Generator<Reading> {
  const reader = READERS[name];
  if (reader === undefined) throw new Error(`no reader ${name}`);
  const plainMs = measureReader(reader, plainText(length, name));
  const allowedMs = MAX_RATIO * Math.max(plainMs, (MIN_MS_A_MEGABYTE / MAX_RATIO) * (length / 1_000_000));
  for (const [text, crafted] of texts) {
    yield { reader: name, text, ms: measureReader(reader, crafted, allowedMs), allowedMs };
  }
}
