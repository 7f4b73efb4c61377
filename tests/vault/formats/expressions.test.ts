/**
 * The expression language of Obsidian's Bases. Its source: the pages "Bases syntax" and "Functions" of Obsidian Help
 * (help.obsidian.md/bases/syntax and /bases/functions), whose examples stand below as they are published.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkExpression } from "../../../src/vault/formats/check-expression.ts";
import { readExpression } from "../../../src/vault/formats/read-expression.ts";

const types = new Map([
  ["price", "number"],
  ["status", "text"],
  ["reviewed", "date"],
  ["scope", "multitext"],
  ["pinned", "checkbox"],
]);

function find(text: string, names: [string, "list"][] = [], formulas = ["ppu"]): string[] {
  const scope = { formulas: new Set(formulas), properties: undefined, names: new Map(names) };
  return checkExpression(text, scope).findings.map(({ why }) => why);
}

function findTyped(text: string): string[] {
  const scope = { formulas: new Set<string>(), properties: types, names: new Map() };
  return checkExpression(text, scope).findings.map(({ why }) => why);
}

describe("expressions of bases", () => {
  it.each([
    'file.hasTag("tag")',
    'if(price, price.toFixed(2) + " dollars")',
    "(price / age).toFixed(2)",
    'status != "done"',
    "formula.ppu > 5",
    'note["price"] > 2.1 && !file.inFolder("Required Reading")',
    "radius * (2 * 3.14)",
    'file.mtime > now() - "1 week"',
    'date("2024-12-01") + "1M" + "4h" + "3m"',
    "now() + (duration('1d') * 2)",
    "(-5).abs()",
    "1.isTruthy()",
    '"a:b:c:d".replace(/:/g, "-")',
    '"John Smith".replace(/(\\w+) (\\w+)/, "$2, $1")',
    '"a,b,c,d".split(/,/, 3)',
    "[1,2,3,4].filter(value > 2)",
    "[1,2,3].reduce(acc + value, 0)",
    '{"a": 1, "b": 2}.keys().length',
    "list(type)[0].asFile().properties.icon",
    'link("filename", icon("plus"))',
    '/abc/.matches("abcde")',
    "file.hasLink(this.file) || authors.contains(this)",
    "now().date().format('YYYY-MM-DD').length > 3",
    'file.name.replace(" ", "+").lower()',
    "étoile + 価格 > 1",
  ])("takes %s", (text) => {
    expect(find(text)).toEqual([]);
  });

  it.each([
    ["", "empty"],
    ["status = 1", '"=="'],
    ["a & b", '"&&"'],
    ["(price", '")" is missing'],
    ["price)", "not expected"],
    ["price +", "ends where a value"],
    ['status == "done', "is not ended"],
    ["a.", "a name is missing"],
    ["a b", "not expected"],
    ["min(1,)", "where a value is expected"],
    ["price @ 2", "means nothing"],
    ["x ? 1 : 2", "means nothing"],
  ])("refuses %j", (text, why) => {
    expect(find(text)).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ["formula.nope > 1", 'formula "nope"'],
    ["file.colour", 'no field "colour"'],
    ["lenght(a)", "no function lenght()"],
    ["price.rounded()", "no function rounded()"],
    ['"a".round()', "a string has no function round()"],
    ["file.size.lower()", "a number has no function lower()"],
    ['file.ctime.format("Y").years', 'a string has no field "years"'],
    ["if(price)", "if() is given 1 arguments"],
    ["now(1)", "now() is given 1 arguments"],
    ["constructor()", "no function constructor()"],
    ["price.__proto__()", "no function __proto__()"],
  ])("doubts %s", (text, why) => {
    expect(find(text)).toEqual([expect.stringContaining(why)]);
  });

  it("knows the types that properties are declared with", () => {
    expect(findTyped("price.toFixed(2)")).toEqual([]);
    expect(findTyped("reviewed.isEmpty() || reviewed.relative() == 'x'")).toEqual([]);
    expect(findTyped('scope.contains("src")')).toEqual([]);
    expect(findTyped("status.asFile()")).toEqual([]);
    expect(findTyped("price.contains(1)")).toEqual(["a number has no function contains()"]);
    expect(findTyped("scope.toFixed(1)")).toEqual(["a list has no function toFixed()"]);
    expect(findTyped("costs > 1")).toEqual(['no property "costs" is declared']);
  });

  it("knows `values` in a summary, and only there", () => {
    expect(find("values.mean().round(3)", [["values", "list"]])).toEqual([]);
    expect(find("values.toFixed(1)", [["values", "list"]])).toEqual(["a list has no function toFixed()"]);
  });

  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."a 1 ( ) [ ] { } . , : ! - + / * % \" ' && || == < \\ file formula this \ud800".split(" "),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const text of [pieces.join(""), pieces.join(" ")]) {
          expect(["ok", "error"]).toContain(readExpression(text).kind);
          find(text);
        }
      }),
      { numRuns: 500, seed: 1 },
    );
    for (const deep of ["(".repeat(20_000), "!".repeat(5_000), "a.".repeat(3_000), `${"1+".repeat(3_500)}1`])
      find(deep);
  });
});
