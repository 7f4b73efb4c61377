/**
 * Reads JUnit XML as test runners write it (vitest, jest, pytest, gotestsum, surefire). The text is untrusted: it is read
 * once from front to back, and no more is kept of it than the sums and the first failures. Documents with a DOCTYPE are
 * refused.
 */
import type { FailedTest } from "../../protocol/gate-values.ts";
import { sanitizeLine, sanitizeText } from "../../terminal-text/index.ts";
import { doInTurns } from "./in-turns.ts";
import { BadXml, readXml, type XmlEvent } from "./xml-events.ts";

export interface TestFailure extends FailedTest {
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

/** Where tests that ran are, as they and the suites around them say; the first of them. */
export interface JunitPlaces {
  /** What they call their files. */
  files: ReadonlySet<string>;
  /** What their suites and classes are called. */
  names: ReadonlySet<string>;
}

export type JunitRead =
  | { kind: "read"; report: JunitReport; places: JunitPlaces }
  | { kind: "malformed"; reason: string };

const MAX_FAILURES = 20;
const MAX_FAILING = 20_000;
const MAX_MESSAGE_CHARS = 2_000;
const MAX_PLACES = 20_000;
/** Longer than any path. */
const MAX_PLACE_CHARS = 5_000;

/** Reads a report, in portions; never rejects. */
export function readJunit(bytes: Buffer): Promise<JunitRead> {
  return doInTurns(scanJunit(bytes));
}

/** Reads a report step by step; never throws. */
export function* scanJunit(bytes: Buffer): Generator<undefined, JunitRead> {
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text === "") return malformed("it is empty");
  const counter = new Counter();
  try {
    yield* readXml(text, (event) => counter.hear(event));
  } catch (error) {
    if (error instanceof BadXml) return malformed(sanitizeLine(error.message));
    throw error;
  }
  return counter.isReport
    ? { kind: "read", report: counter.report, places: counter.places }
    : malformed("it holds neither <testsuites> nor <testsuite>");
}

type Place = Partial<Record<keyof JunitPlaces, string | undefined>>;

/** What is known of a test that has not ended yet. */
interface OpenTest {
  attributes: ReadonlyMap<string, string>;
  isSkipped: boolean;
  /** Its first failure, else its first error. */
  broken: { kind: "failure" | "error"; message: string; text: string } | null;
}

/** Counts what stands in suites within suites; all other elements, and what is in them, are somebody else's. */
class Counter {
  isReport = false;
  readonly places = { files: new Set<string>(), names: new Set<string>() };
  readonly #report: Omit<JunitReport, "failing"> = { tests: 0, failed: 0, skipped: 0, failures: [] };
  readonly #failing: string[] = [];
  /** Elements from the root on that are suites. */
  #suites = 0;
  /** What those say of where they are, as long as no test of theirs ran. */
  #untold: Place[] = [];
  #test: OpenTest | null = null;
  /** Whether the test's failure or error is open whose text counts. */
  #isInBroken = false;
  /** Some runners write a count for what has no test case, such as a file that cannot be loaded. */
  readonly #claimed = { root: 0, below: 0 };

  get report(): JunitReport {
    const report = { ...this.#report };
    report.failed = Math.max(report.failed, this.#claimed.root, this.#claimed.below);
    report.tests = Math.max(report.tests, report.failed);
    const areNamed = report.failed === this.#failing.length && report.failed <= MAX_FAILING;
    return { ...report, failing: areNamed ? [...new Set(this.#failing)].sort() : null };
  }

  hear(event: XmlEvent): void {
    if (event.kind === "open") this.#open(event);
    else if (event.kind === "close") this.#close(event.name, event.depth);
    else if (this.#isInBroken && this.#test?.broken != null && event.depth === this.#suites + 2) {
      const { broken } = this.#test;
      if (broken.text.length < MAX_MESSAGE_CHARS * 4) broken.text += event.text;
    }
  }

  #open({ name, depth, attributes }: Extract<XmlEvent, { kind: "open" }>): void {
    if (depth === this.#suites && this.#test === null) {
      if (name === "testsuite" || (name === "testsuites" && depth === 0)) {
        this.isReport = true;
        this.#suites += 1;
        this.#untold.push(placeIn(attributes, "name"));
        const claimed = countOf(attributes, "failures") + countOf(attributes, "errors");
        if (depth === 0) this.#claimed.root += claimed;
        else if (depth === 1) this.#claimed.below += claimed;
      } else if (name === "testcase" && depth > 0) this.#test = { attributes, isSkipped: false, broken: null };
    } else if (this.#test !== null && depth === this.#suites + 1) this.#openPart(this.#test, name, attributes);
  }

  #openPart(test: OpenTest, name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === "skipped") test.isSkipped = true;
    if (name !== "failure" && name !== "error") return;
    if (test.broken !== null && (test.broken.kind === "failure" || name === "error")) return;
    test.broken = { kind: name, message: attributes.get("message") ?? "", text: "" };
    this.#isInBroken = true;
  }

  #close(name: string, depth: number): void {
    if (this.#test !== null) {
      if (depth === this.#suites + 1) this.#isInBroken = false;
      else if (depth === this.#suites) this.#endTest(this.#test);
    } else if (depth === this.#suites - 1 && (name === "testsuite" || name === "testsuites")) {
      this.#suites -= 1;
      this.#untold.pop();
    }
  }

  #notePlaces(attributes: ReadonlyMap<string, string>): void {
    for (const place of [placeIn(attributes, "classname"), ...this.#untold]) {
      for (const kind of ["files", "names"] as const) {
        const said = place[kind] ?? "";
        const places = this.places[kind];
        if (said !== "" && said.length <= MAX_PLACE_CHARS && places.size < MAX_PLACES) places.add(said);
      }
    }
    this.#untold = this.#untold.map(() => ({}));
  }

  #endTest({ attributes, isSkipped, broken }: OpenTest): void {
    const report = this.#report;
    this.#test = null;
    report.tests += 1;
    if (!isSkipped) this.#notePlaces(attributes);
    if (broken === null) {
      if (isSkipped) report.skipped += 1;
      return;
    }
    report.failed += 1;
    const group = attributes.get("classname") ?? "";
    const own = attributes.get("name") || "(no name)";
    const name = group === "" || own.startsWith(group) ? own : `${group} ${own}`;
    if (attributes.get("name") && this.#failing.length <= MAX_FAILING) this.#failing.push(sanitizeLine(name));
    if (report.failures.length >= MAX_FAILURES) return;
    const message = sanitizeText(broken.message || broken.text).trim();
    report.failures.push({
      name: sanitizeLine(name),
      message: message.slice(0, MAX_MESSAGE_CHARS),
      ...placeOf(attributes.get("file"), group),
    });
  }
}

function placeIn(attributes: ReadonlyMap<string, string>, name: "name" | "classname"): Place {
  return { files: attributes.get("file"), names: attributes.get(name) };
}

function placeOf(file: string | undefined, group: string): Pick<FailedTest, "file" | "group"> {
  return {
    ...(file === undefined || file === "" ? {} : { file: sanitizeLine(file) }),
    ...(group === "" ? {} : { group: sanitizeLine(group) }),
  };
}

function countOf(attributes: ReadonlyMap<string, string>, name: string): number {
  const count = Number.parseInt(attributes.get(name) ?? "", 10);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function malformed(reason: string): JunitRead {
  return { kind: "malformed", reason };
}
