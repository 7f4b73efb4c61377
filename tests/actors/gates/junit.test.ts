import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JunitReport, readJunit, scanJunit } from "../../../src/actors/gates/junit.ts";
import { atOnce } from "../../helpers/at-once.ts";

const parseJunit = (bytes: Buffer) => atOnce(scanJunit(bytes));

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

function parse(xml: string | Buffer): JunitReport {
  const read = parseJunit(Buffer.from(xml));
  if (read.kind === "malformed") throw new Error(read.reason);
  return read.report;
}

describe("a JUnit report", () => {
  it("of vitest is read", () => {
    const message = "expected -3 to be 3 // Object.is equality";
    const failures = [{ name: "src/sum.test.ts sum > adds <negative> numbers", message, group: "src/sum.test.ts" }];
    expect(parse(fixture("vitest.xml"))).toEqual({
      ...{ tests: 4, failed: 1, skipped: 1, failures },
      failing: [failures[0]?.name],
    });
  });

  it("of jest is read, with messages that are text and suites that did not run", () => {
    const report = parse(fixture("jest.xml"));
    expect(report).toMatchObject({ tests: 3, failed: 2, skipped: 0 });
    expect(report.failures.map((failure) => failure.name)).toEqual([
      "cart renders",
      "Test suite failed to run broken.test.js",
    ]);
    expect(report.failures[0]?.message).toContain("Received: <div />");
    expect(report.failures[1]?.message).toBe("Cannot find module './gone' from 'broken.test.js'");
  });

  it("of pytest is read, and errors count", () => {
    const report = parse(fixture("pytest.xml"));
    expect(report).toMatchObject({ tests: 4, failed: 2, skipped: 1 });
    expect(report.failures[0]).toEqual({
      name: "tests.test_api test_sum[1-2]",
      group: "tests.test_api",
      message: "assert 3 == 4\n +  where 3 = sum(1, 2)",
    });
  });

  it("of gotestsum is read, and a claim of more failures than are listed is believed", () => {
    expect(parse(fixture("gotestsum.xml"))).toMatchObject({ tests: 3, failed: 3, skipped: 0 });
  });

  it("names all that failed, sorted, unless some of them have no name", () => {
    const failing = (name: string) => `<testcase ${name}><failure/></testcase>`;
    const names = Array.from({ length: 40 }, (_, at) => `t${String(at).padStart(2, "0")}`);
    const cases = names.toReversed().map((name) => failing(`name="${name}"`));
    expect(parse(`<testsuite>${cases.join("")}</testsuite>`).failing).toEqual(names);
    expect(parse(`<testsuite>${cases.join("")}${failing("")}</testsuite>`).failing).toBeNull();
    expect(parse(fixture("gotestsum.xml")).failing).toBeNull();
  });

  it("of surefire is read; what passed in the end, or was only printed, is no failure", () => {
    expect(parse(fixture("surefire.xml"))).toEqual({ tests: 3, failed: 0, skipped: 0, failures: [], failing: [] });
  });

  it("with nested suites and with one test is read", () => {
    const xml = `<testsuites><testsuite><testsuite><testcase name="a"><error/></testcase></testsuite></testsuite></testsuites>`;
    const failures = [{ name: "a", message: "" }];
    expect(parse(xml)).toEqual({ tests: 1, failed: 1, skipped: 0, failures, failing: ["a"] });
  });

  it("with elements and attributes of any names is read", () => {
    const xml = `<testsuite><__proto__/><testcase name="a" __proto__="x"><constructor/></testcase></testsuite>`;
    expect(parse(xml)).toMatchObject({ tests: 1, failed: 0 });
  });

  it("without tests holds none", () => {
    expect(parse("<testsuites/>")).toMatchObject({ tests: 0, failed: 0 });
  });

  it("with many failures lists the first twenty", () => {
    const cases = Array.from({ length: 50 }, (_, index) => `<testcase name="t${index}"><failure/></testcase>`);
    const report = parse(`<testsuite>${cases.join("")}</testsuite>`);
    expect(report.failed).toBe(50);
    expect(report.failures).toHaveLength(20);
    expect(report.failures.at(-1)?.name).toBe("t19");
  });

  it.each([
    ["suites beside each other", "<testsuite/>", 500_000, { tests: 0, failed: 0 }],
    ["tests", "<testcase/>", 700_000, { tests: 700_000, failed: 0 }],
    ["failures", "<testcase><failure/></testcase>", 300_000, { tests: 300_000, failed: 300_000 }],
  ])("with half a million %s is read, and others have their turn", async (_what, part, count, wanted) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const read = await readJunit(Buffer.from(`<testsuites><testsuite>${part.repeat(count)}</testsuite></testsuites>`));
    clearInterval(timer);
    expect(read).toMatchObject({ kind: "read", report: wanted });
    expect(turns).toBeGreaterThan(3);
  });

  it("with 800,000 attributes is read", () => {
    const attributes = Array.from({ length: 800_000 }, (_, at) => `a${at}=""`).join(" ");
    expect(parse(`<testsuite><testcase name="a" ${attributes}/></testsuite>`)).toMatchObject({ tests: 1 });
  });

  it("with a message that is CDATA, or in pieces, is read as it stands", () => {
    const xml =
      "<testsuite><testcase name='a'><failure>one &lt;<!-- no --> <![CDATA[two &lt; ]]>three</failure></testcase></testsuite>";
    expect(parse(xml).failures).toEqual([{ name: "a", message: "one < two &lt; three" }]);
  });

  it("cannot bring escapes or endless texts into a message", () => {
    const xml = `<testsuite><testcase name="a&#27;[31mb\u202e"><failure message="${"x".repeat(10_000)}"/></testcase></testsuite>`;
    const [failure] = parse(xml).failures;
    expect(failure?.name).toBe("ab");
    expect(failure?.message).toHaveLength(2_000);
  });
});

it("has no colours in its messages, however the runner wrote them", () => {
  const red = (esc: string): string => `${esc}[1m${esc}[31mexpected 1${esc}[0m, not 2`;
  for (const esc of ["&#27;", "&#x1b;", "#x1B", "\u001b"]) {
    const xml = `<testsuite><testcase name="${red(esc)}"><failure message="${red(esc)}"/></testcase></testsuite>`;
    expect(parse(xml).failures).toEqual([{ name: "expected 1, not 2", message: "expected 1, not 2" }]);
  }
});

describe("a report that is refused", () => {
  const lols = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("");
  it.each([
    ["nothing", "", /empty/],
    ["white space", " \n", /empty/],
    ["text", "all good", /well-formed/],
    ["a cut document", "<testsuites><testsuite>", /well-formed/],
    ["another document", "<html/>", /testsuite/],
    ["binary", "\0\x01\xff", /well-formed/],
    [
      "a billion laughs",
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">${lols}]><testsuite name="&l9;"/>`,
      /DOCTYPE/,
    ],
    [
      "an external entity",
      `<!-- a --><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite name="&e;"/>`,
      /DOCTYPE/,
    ],
    ["nesting without end", "<testsuite>".repeat(5_000) + "</testsuite>".repeat(5_000), /nested/],
  ])("is %s", (_what, xml, reason) => {
    expect(parseJunit(Buffer.from(xml))).toEqual({ kind: "malformed", reason: expect.stringMatching(reason) });
  });

  it.each([
    ["two roots", "<testsuite/><testsuite/>"],
    ["an end without a beginning", "<testsuite></testsuite></testsuite>"],
    ["ends in the wrong order", "<testsuite><a><b></a></b></testsuite>"],
    ["an attribute without quotes", "<testsuite tests=1/>"],
    ["an attribute without an end", '<testsuite name="a/>'],
    ["attributes without space between them", '<testsuite a="1"b="2"/>'],
    ["a comment without an end", "<testsuite><!-- </testsuite>"],
    ["CDATA outside", "<![CDATA[a]]><testsuite/>"],
  ])("is not well-formed with %s", (_what, xml) => {
    expect(parseJunit(Buffer.from(xml))).toEqual({
      kind: "malformed",
      reason: expect.stringMatching(/well-formed.*line 1/),
    });
  });

  it("is never a crash, whatever the bytes", () => {
    const parts = fc.constantFrom(
      "<testsuite",
      "<testcase",
      "</testsuite>",
      ">",
      "/>",
      ' name="',
      '"',
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "&#x",
      ";",
      "<failure>",
      "constructor",
      "<?",
      "?>",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string()), { maxLength: 30 }), (pieces) => {
        expect(["read", "malformed"]).toContain(parseJunit(Buffer.from(pieces.join(""))).kind);
      }),
      { numRuns: 500 },
    );
  });
});
