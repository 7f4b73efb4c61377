/** Places that reports complain of, named so that they are the same after lines were added above. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nameComplaints } from "../../../src/actors/gates/places.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const root = makeTempFolder("places", "file");
mkdirSync(join(root, "web"));
const write = (text: string): void => writeFileSync(join(root, "web", "a.js"), text);
const name = (lines: (number | null)[], path = "a.js", folder = join(root, "web")): Promise<string[]> =>
  nameComplaints(
    { root, folder },
    lines.map((line) => ({ what: "rule", path, line })),
  );

it("have the text of their line, not its number", async () => {
  write("one();\n  two();\n");
  const before = await name([2]);
  expect(before).toEqual(["rule web/a.js: two();"]);
  write("zero();\n\none();\n    two();\n");
  expect(await name([4])).toEqual(before);
  expect(await name([4], join(root, "web/a.js"))).toEqual(before);
  expect(await name([4], "web/a.js", root)).toEqual(before);
});

it("of which several have the same text are counted: one more is new", async () => {
  write("}\n}\n}\n");
  expect(await name([1, 2])).toEqual(["rule web/a.js: }", "rule web/a.js: } (2)"]);
  expect(await name([1, 2, 3])).toContain("rule web/a.js: } (3)");
});

it("have their number where the file is not there, is outside, or has no such line", async () => {
  write("x\n");
  expect(await name([7])).toEqual(["rule web/a.js: line 7"]);
  expect(await name([7], "gone.js")).toEqual(["rule web/gone.js: line 7"]);
  expect(await name([1], "/etc/passwd")).toEqual([expect.stringMatching(/^rule \S*etc\/passwd: line 1$/)]);
  expect(await name([null])).toEqual(["rule web/a.js"]);
});
