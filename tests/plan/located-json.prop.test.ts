/** JSON is read by a way of its own, which sees what YAML sees in the same text: values, lines, and what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IssueList } from "../../src/plan/issues.ts";
import { type Located, locateYaml } from "../../src/plan/located.ts";

function locate(text: string, firstLine = 1): { value: Located | null; issues: unknown } {
  const issues = new IssueList("plan.yaml");
  return { value: locateYaml(text, issues, firstLine), issues: issues.errors };
}

/** With a comment behind it a text is no JSON any more, and YAML reads it. */
const locateAsYaml = (text: string, firstLine = 1) => locate(`${text} # read by YAML`, firstLine);

/** Breaks the lines of a text where JSON may be broken. */
const breakLines = (json: string, breaks: readonly boolean[]): string => {
  let at = 0;
  return json.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) =>
    breaks[at++ % breaks.length] ? `\n ${token}` : token,
  );
};

describe("a plan written as JSON", () => {
  it("is seen as YAML sees it, with every value on its line", () => {
    const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 6 }));
    const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(text, numbers, fc.boolean(), fc.constant(null)),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(text, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const object = fc.dictionary(text, json, { maxKeys: 5 });
    const breaks = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(
        object,
        breaks,
        fc.constantFrom(0, 2),
        fc.integer({ min: 1, max: 9 }),
        (value, cuts, indent, line) => {
          const broken = breakLines(JSON.stringify(value, null, indent), cuts);
          expect(locate(broken, line)).toEqual(locateAsYaml(broken, line));
        },
      ),
    );
  });

  it("knows numbers and escapes as YAML does", () => {
    const text =
      '{"n": [0, -0, 1.50, 1e3, 1E-2, 12345678901234567890], "s": "\\u00e9\\ud83d\\ude00\\/\\"\\\\\\n", "": {}}';
    expect(locate(text)).toEqual(locateAsYaml(text));
  });

  it.each([
    ["a key that is given twice", '{"a": 1,\n"a": 2}'],
    ["too many levels", `{"a": ${"[".repeat(70)}${"]".repeat(70)}}`],
    ["more levels than anything has", `{"a": ${"[".repeat(200)}${"]".repeat(200)}}`],
    ["a tab", '{"a":\n\t1}'],
  ])("is refused as YAML refuses %s", (_what, text) => {
    const { value, issues } = locate(text);
    expect(issues).toEqual(locateAsYaml(text).issues);
    expect(value).toEqual(locateAsYaml(text).value);
  });

  it("takes a key like __proto__ for a key like any other", () => {
    const { value } = locate('{"__proto__": {"a": 1}}');
    expect(value?.kind === "map" && [...value.entries.keys()]).toEqual(["__proto__"]);
  });
});
