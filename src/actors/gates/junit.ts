/**
 * Reads JUnit XML as test runners write it (vitest, jest, pytest, gotestsum, surefire). The text is untrusted: documents
 * with a DOCTYPE are refused and entities are not expanded, but for the five of XML and character numbers, in the few
 * texts that are kept.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { messageOf } from "../../errors.ts";
import { sanitizeLine, sanitizeText } from "../../terminal-text/index.ts";

export interface TestFailure {
  name: string;
  message: string;
}

export interface JunitReport {
  tests: number;
  /** Tests that failed or had an error. */
  failed: number;
  skipped: number;
  /** The first of those that failed. */
  failures: TestFailure[];
  /** Names of all that failed, sorted; null when some have none, or there are too many. */
  failing: string[] | null;
}

export type JunitRead = { kind: "read"; report: JunitReport } | { kind: "malformed"; reason: string };

const MAX_FAILURES = 20;
const MAX_FAILING = 20_000;
const MAX_MESSAGE_CHARS = 2_000;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
});

/** How some runners (pytest) write the character that begins a terminal sequence, which XML does not allow. */
const SPELT_ESCAPE = /#x1B(?=\[)/gi;

/** Parses a report; never throws. */
export function parseJunit(bytes: Buffer): JunitRead {
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text === "") return malformed("it is empty");
  if (hasDoctype(text)) return malformed("it has a DOCTYPE, which is not read");
  let document: unknown;
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true)
      return malformed(`it is not well-formed: ${sanitizeLine(valid.err.msg)} (line ${valid.err.line})`);
    document = parser.parse(text);
  } catch (error) {
    return malformed(sanitizeLine(messageOf(error)));
  }
  const roots = [...childrenOf(document, "testsuites"), ...childrenOf(document, "testsuite")];
  if (roots.length === 0) return malformed("it holds neither <testsuites> nor <testsuite>");
  return { kind: "read", report: summarize(roots) };
}

/** Only what stands before the root element can be a DOCTYPE; in a CDATA section the word is harmless. */
function hasDoctype(text: string): boolean {
  const passable = /\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->/y;
  let at = 0;
  while (passable.test(text)) at = passable.lastIndex;
  return text.startsWith("<!", at);
}

function summarize(roots: unknown[]): JunitReport {
  const report = { tests: 0, failed: 0, skipped: 0, failures: [] as TestFailure[] };
  const failing: string[] = [];
  const pending = [...roots];
  for (let suite = pending.shift(); suite !== undefined; suite = pending.shift()) {
    for (const test of childrenOf(suite, "testcase")) countTest(test, report, failing);
    pending.unshift(...childrenOf(suite, "testsuite"));
  }
  // Some runners write a count for what has no test case, such as a file that cannot be loaded.
  const claimed = Math.max(...[roots, roots.flatMap((root) => childrenOf(root, "testsuite"))].map(sumClaims));
  report.failed = Math.max(report.failed, claimed);
  report.tests = Math.max(report.tests, report.failed);
  const areNamed = report.failed === failing.length && failing.length <= MAX_FAILING;
  return { ...report, failing: areNamed ? [...new Set(failing)].sort() : null };
}

function sumClaims(suites: unknown[]): number {
  const claims = suites.map((suite) => readCount(suite, "failures") + readCount(suite, "errors"));
  return claims.reduce((sum, claim) => sum + claim, 0);
}

function countTest(test: unknown, report: Omit<JunitReport, "failing">, failing: string[]): void {
  report.tests++;
  const broken = [...childrenOf(test, "failure"), ...childrenOf(test, "error")];
  if (broken.length === 0) {
    if (childrenOf(test, "skipped").length > 0) report.skipped++;
    return;
  }
  report.failed++;
  const group = attributeOf(test, "classname");
  const own = attributeOf(test, "name") || "(no name)";
  const name = group === "" || own.startsWith(group) ? own : `${group} ${own}`;
  if (attributeOf(test, "name") !== "") failing.push(sanitizeLine(name));
  if (report.failures.length >= MAX_FAILURES) return;
  const message = attributeOf(broken[0], "message") || textOf(broken[0]);
  report.failures.push({ name: sanitizeLine(name), message: sanitizeText(message).trim().slice(0, MAX_MESSAGE_CHARS) });
}

function childrenOf(node: unknown, name: string): unknown[] {
  if (typeof node !== "object" || node === null || !Object.hasOwn(node, name)) return [];
  const child: unknown = (node as Record<string, unknown>)[name];
  return Array.isArray(child) ? child : [child];
}

function attributeOf(node: unknown, name: string): string {
  const [value] = childrenOf(node, `@${name}`);
  return typeof value === "string" ? decodeEntities(value) : "";
}

function textOf(node: unknown): string {
  const [value] = typeof node === "string" ? [node] : childrenOf(node, "#text");
  return typeof value === "string" ? decodeEntities(value.slice(0, MAX_MESSAGE_CHARS * 4)) : "";
}

function readCount(node: unknown, name: string): number {
  const count = Number.parseInt(attributeOf(node, name), 10);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

const NAMED = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function decodeEntities(text: string): string {
  return text
    .replace(SPELT_ESCAPE, "\u001b")
    .replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
      if (name !== undefined) return NAMED.get(name) ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    });
}

function malformed(reason: string): JunitRead {
  return { kind: "malformed", reason };
}
