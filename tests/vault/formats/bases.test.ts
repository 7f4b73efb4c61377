/** `.base` files: the published example is sound, and each of its parts can be broken. */
import { describe, expect, it } from "vitest";
import { checkBase } from "../../../src/vault/formats/check-base.ts";

/** The example of the page "Bases syntax" of Obsidian Help (help.obsidian.md/bases/syntax), with sorting added. */
const example = `filters:
  or:
    - file.hasTag("tag")
    - and:
        - file.hasTag("book")
        - file.hasLink("Textbook")
    - not:
        - file.hasTag("book")
        - file.inFolder("Required Reading")
formulas:
  formatted_price: 'if(price, price.toFixed(2) + " dollars")'
  ppu: "(price / age).toFixed(2)"
properties:
  status:
    displayName: Status
  formula.formatted_price:
    displayName: "Price"
  file.ext:
    displayName: Extension
summaries:
  customAverage: 'values.mean().round(3)'
views:
  - type: table
    name: "My table"
    limit: 10
    groupBy:
      property: note.age
      direction: DESC
    filters:
      and:
        - 'status != "done"'
        - or:
            - "formula.ppu > 5"
            - "price > 2.1"
    order:
      - file.name
      - file.ext
      - note.age
      - formula.ppu
      - formula.formatted_price
    sort:
      - property: file.mtime
        direction: DESC
    summaries:
      formula.ppu: Average
      note.age: customAverage
`;

const tell = (text: string, types?: ReadonlyMap<string, string>) =>
  checkBase(text, types).map(({ severity, line, message }) => `${severity} ${line}: ${message}`);

describe("checkBase", () => {
  it("finds nothing wrong with the published example, nor with an empty base", () => {
    expect(tell(example)).toEqual([]);
    expect(tell("")).toEqual([]);
    expect(tell('\uFEFFfilters: file.hasTag("x")\r\nviews:\r\n  - type: table\r\n    name: T\r\n')).toEqual([]);
  });

  it.each([
    ["views:", "view:", /warning 22: a base has no part "view"/],
    ["    - not:", "    - nor:", /error 7: a map of filters has one of the keys/],
    ['    - file.hasTag("tag")', "    - 12", /error 3: a filter is text/],
    ["  or:\n    - file", "  or: file", /error 2: (?:it is not valid YAML|"or" is followed)/],
    ['file.hasLink("Textbook")', 'file.hasLink("Textbook"', /error 6: the filter .*: "\)" is missing/],
    ["price.toFixed(2)", "price.fixed(2)", /warning 11: formula "formatted_price" .*no function fixed/],
    ['"(price / age).toFixed(2)"', "formula.formatted_price + formula.ppu", /error 11: formula "ppu" uses itself/],
    ["    displayName: Status", "    displayName: [1]", /error 14: a displayName is text/],
    ["  formula.formatted_price:\n", "  formula.gone:\n", /error 16: the base has no formula "gone"/],
    ["values.mean()", "values.median()", /warning 21: summary "customAverage" .*no function median/],
    ["  - type: table", "  - type: tabel", /warning 23: Obsidian itself has no view of type "tabel"/],
    ['    name: "My table"\n', "", /error 23: a view has no name/],
    ["limit: 10", "limit: -1", /error 25: a limit is a whole number/],
    [
      "direction: DESC\n    filters",
      "direction: down\n    filters",
      /error 27: a direction is ASC or DESC, not "down"/,
    ],
    ["      - file.ext\n", "      - file.exit\n", /warning 37: a file has no field "exit"/],
    ["      - formula.ppu\n", "      - formula.ppo\n", /error 39: the base has no formula "ppo"/],
    ["formula.ppu: Average", "formula.ppu: Mean", /error 45: there is no summary "Mean"/],
    ["filters:\n  or:", "filters:\n  or:\n  or:", /error \d+: it is not valid YAML/],
  ])("tells when %j is %j", (from, to, said) => {
    expect(example).toContain(from);
    const found = tell(example.replace(from, to));
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(said);
  });

  it("knows which properties a vault declares", () => {
    const types = new Map([
      ["price", "number"],
      ["age", "number"],
    ]);
    expect(tell(example, types)).toEqual([
      'warning 14: no property "status" is declared',
      'warning 31: the filter "status != \\"done\\"": no property "status" is declared',
    ]);
  });

  it("tells when two views share a name, since an embed shows the first only", () => {
    const twice = `${example}  - type: list\n    name: My table\n`;
    expect(tell(twice)).toEqual(['warning 47: two views are called "My table"']);
  });

  it.each([
    "- a\n- b\n",
    "12",
    "[",
    "a: [1, 2",
    "views: 1",
    "formulas: [1]",
    "views:\n  - 1\n",
    "filters:\n  and: {a: 1}",
  ])("tells, and does not throw, of %j", (text) => {
    expect(tell(text)).not.toEqual([]);
  });
});
