/** SARIF reports as linters and scanners write them: what in them is a finding. */
import { describe, expect, it } from "vitest";
import { readSarif } from "../../../src/actors/gates/sarif.ts";

const read = (...results: unknown[]) =>
  readSarif(Buffer.from(JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "x" } }, results }] })));

const at = (uri: string, startLine: number) => ({
  locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }],
});

describe("a SARIF report", () => {
  it("has a rule, a file and a line for each finding; what has no level is a warning", () => {
    const results = [
      { ruleId: "no-eval", level: "error", message: { text: "bad" }, ...at("src/a%20b.js", 3) },
      { rule: { id: "S100" }, ...at("file:///repo/b.js", 1) },
      { message: { text: "no rule at all" } },
    ];
    expect(read(...results)).toEqual({
      kind: "read",
      count: 3,
      findings: [
        { what: "no-eval", path: "src/a b.js", line: 3 },
        { what: "S100", path: "/repo/b.js", line: 1 },
        { what: "no rule at all", path: "", line: null },
      ],
      analysed: [],
    });
  });

  it.each([
    { level: "note" },
    { level: "none" },
    { kind: "pass" },
    { kind: "informational", level: "none" },
    { suppressions: [{ kind: "inSource" }] },
    { suppressions: [{ kind: "external", status: "accepted" }] },
    { baselineState: "absent" },
  ])("does not count %j", (result) => {
    expect(read({ ruleId: "x", ...result })).toMatchObject({ count: 0 });
  });

  it("counts what a person has refused to suppress", () => {
    expect(read({ ruleId: "x", suppressions: [{ kind: "external", status: "rejected" }] })).toMatchObject({ count: 1 });
  });

  it.each(["", "null", "{", "[]", '{"runs":{}}', '"runs"'])("is malformed when it is %j", (text) => {
    expect(readSarif(Buffer.from(text))).toMatchObject({ kind: "malformed" });
  });

  it("is read whatever its members are", () => {
    const runs = [null, 1, { results: null }, { results: [null, 7, { locations: 1, ruleId: 2, message: [] }] }];
    expect(readSarif(Buffer.from(JSON.stringify({ runs })))).toMatchObject({ kind: "read", count: 3 });
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(["read", "malformed"]).toContain(readSarif(Buffer.from(`{"runs":${deep}}`)).kind);
  });
});
