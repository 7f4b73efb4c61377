/** The generated file: readable, the same every time, and careful with what people wrote in it. */
import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { type PathsReport, pathsOf, type TestFileOptions, writeTests } from "../../../src/testing/machines/index.ts";
import { printLiteral } from "../../../src/testing/machines/print-literal.ts";
import { compileText } from "../../helpers/compile-src.ts";
import { trafficLight } from "./fixtures/traffic-light.ts";

const report = pathsOf(trafficLight);
const options: TestFileOptions = { module: "./light.ts", exportName: "trafficLight", command: "pleach paths light.ts" };
const write = (previous?: string, found: PathsReport = report, more: Partial<TestFileOptions> = {}) =>
  writeTests(found, {
    ...options,
    ...(previous === undefined ? {} : { previous: { text: previous, file: "light.test.ts" } }),
    ...more,
  });
const { text } = write();

/** The file with lines put into the part after the first mark that holds `words`. */
function fillIn(file: string, words: string, ...lines: string[]): string {
  const at = file.split("\n").findIndex((line) => line.includes("// <yours") && line.includes(words));
  if (at < 0) throw new Error(`no part ${words}`);
  return file
    .split("\n")
    .toSpliced(at + 1, 0, ...lines)
    .join("\n");
}
const refusal = (run: () => unknown): string => {
  try {
    run();
    return "none";
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

describe("a generated file", () => {
  it("reads like one that a person wrote", async () => {
    await expect(text).toMatchFileSnapshot("snapshots/traffic-light.paths.txt");
  });

  it("is the same every time, also when it is written over itself", () => {
    expect(write().text).toBe(text);
    expect(write(text).text).toBe(text);
  });

  it("keeps what is written between the marks, to the byte, and says in which tests", () => {
    const helper = 'import { helper } from "./helper.ts"; //  spaces  ';
    const mine = fillIn(
      fillIn(text, "head", helper),
      "after 500",
      "    expect(live.context).toEqual({});",
      "",
      "\tdone();",
    );
    const again = write(mine);
    expect(again.text).toBe(mine);
    expect(again.kept).toEqual(["after 1000 → after 500"]);
    expect(again.gone).toEqual([]);
  });

  it("keeps it when the path takes other states or gets another name, since its events are the same", () => {
    const mine = fillIn(text, "after 500", "    mine();");
    const [first, ...others] = report.paths;
    const renamed = { ...report, paths: [{ ...(first as (typeof report.paths)[0]), name: "another name" }, ...others] };
    const again = write(mine, renamed);
    expect(again.kept).toEqual(["another name"]);
    expect(again.text).toMatch(/it\("another name".*?mine\(\);.*?live\.stop/s);
  });

  it("keeps it as a comment when its path is gone, for as long as it is there, and puts it back when the path is", () => {
    const mine = fillIn(text, "after 500", "    mine(`", "*/ \\`);");
    const less = { ...report, paths: report.paths.slice(1) };
    const without = write(mine, less);
    expect(without.gone).toEqual(["after 1000 → after 500"]);
    expect(without.text).toContain("// |     mine(`");
    expect(() => new vm.Script(`async () => {${compileText(without.text).replace(/^import.*$/gm, "")}}`)).not.toThrow();
    expect(write(without.text, less).text).toBe(without.text);
    expect(write(without.text).text).toBe(mine);
  });

  it("is not written over a file that is not ours, that was edited outside the marks, or whose marks are damaged", () => {
    expect(refusal(() => write("it('is mine')"))).toBe("paths.notOurs");
    expect(refusal(() => write(text.replace('toEqual("yellow")', 'toEqual("orange")')))).toBe("paths.edited");
    expect(refusal(() => write(text.replace('"yellow"', '"orange"'), report, { force: true }))).toBe("none");
    const open = text.split("\n").indexOf("// </yours>");
    expect(refusal(() => write(text.split("\n").toSpliced(open, 1).join("\n")))).toBe("paths.badMarks");
    expect(refusal(() => write(fillIn(text, "head", "// <yours head>", "// </yours>")))).toBe("paths.badMarks");
    expect(refusal(() => write(`${text}// </yours>\n`))).toBe("paths.badMarks");
    expect(refusal(() => write(`${text}// <yours head>\n// </yours>\n`))).toBe("paths.badMarks");
  });

  it("may be formatted by whatever the project formats with", () => {
    const formatted = text
      .replace(/"/g, "'")
      .replace(/;$/gm, "")
      .replace(/^ +/gm, (spaces) => "\t".repeat(spaces.length / 2))
      .replace("{ describe, expect, it }", "{\n  describe,\n  it,\n  expect,\n}");
    expect(write(formatted).text).toBe(text);
  });

  it("holds nothing of a machine's or a file's name but as a string or a comment", () => {
    const evil = ['*/ "+process.exit(1)+" $', "{process.exit(1)} \u2028 \n</script>"].join("");
    const machine = createMachine({
      id: evil,
      initial: evil,
      states: {
        [evil]: { on: { [evil]: { target: "__proto__", actions: { type: evil, params: { ["__proto__"]: evil } } } } },
        ["__proto__"]: {},
      },
    });
    const found = pathsOf(machine, { events: { [evil]: { ["__proto__"]: 1, [evil]: evil } } });
    const file = write(undefined, found, {
      module: `./${evil}?#%.ts`,
      exportName: evil,
      command: evil,
      input: { [evil]: evil },
    });
    const source = compileText(file.text);
    const body = source.replace(/^import.*$/gm, "").replace("const input", "var input");
    const names: string[] = [];
    const calls = {
      describe: (name: string, run: () => void) => {
        names.push(name);
        run();
      },
      it: (name: string) => names.push(name),
    };
    vm.runInNewContext(body, calls);
    expect(names[0]).toBe(evil);
    expect(names).toHaveLength(2);
    expect(file.text).not.toMatch(/[\u2028\u2029]/);
    expect(
      write(file.text, found, { module: `./${evil}?#%.ts`, exportName: evil, command: evil, input: { [evil]: evil } })
        .text,
    ).toBe(file.text);
  });
});

it("any JSON value, printed as a literal, is that value again", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat({ max: 120 }), (value, used) => {
      const printed = vm.runInNewContext(`JSON.stringify(${printLiteral(value, "  ", used)})`) as string;
      expect(printed).toBe(JSON.stringify(value));
    }),
    { seed: 1 },
  );
});
