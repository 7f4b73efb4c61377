/** Finding the machine in a module, and reading the examples for it: what is taken, and what is refused with which words. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadMachine } from "../../src/cli/load-machine.ts";
import { readExamples, readValue } from "../../src/cli/read-values.ts";
import type { PleachError } from "../../src/errors.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

const dir = makeTempFolder("load", "file");
symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(dir, "node_modules"));
mkdirSync(join(dir, "folder.js"));

/** Writes a module that has `createMachine`, and hands back its name. */
let count = 0;
function moduleOf(text: string, extension = "mjs"): string {
  const file = `module-${++count}.${extension}`;
  const begin =
    extension === "cjs" ? 'const { createMachine } = require("xstate");' : 'import { createMachine } from "xstate";';
  writeFileSync(join(dir, file), `${begin}\n${text}\n`);
  return file;
}
async function refusal(run: () => unknown): Promise<PleachError> {
  try {
    await run();
  } catch (thrown) {
    return thrown as PleachError;
  }
  throw new Error("it was not refused");
}

describe("the machine of a module", () => {
  it.each<[string, string, string, string | undefined, string]>([
    ["the only one", "export const m = createMachine({ id: 'm' }); export const n = 1;", "mjs", undefined, "m"],
    ["the default", "export default createMachine({ id: 'm' });", "mjs", undefined, "default"],
    [
      "the one with a name, if it is the default as well",
      "export const m = createMachine({ id: 'm' }); export default m;",
      "mjs",
      undefined,
      "m",
    ],
    [
      "the one that is named",
      "export const a = createMachine({}); export const m = createMachine({ id: 'm' });",
      "ts",
      "m",
      "m",
    ],
    ["of CommonJS", "exports.m = createMachine({ id: 'm' }); exports.n = createMachine({});", "cjs", "m", "m"],
    ["of CommonJS as a whole", "module.exports = createMachine({ id: 'm' });", "cjs", undefined, "default"],
    [
      "of TypeScript that is more than types",
      "enum Id { M = 'm' }\nexport const m = createMachine({ id: Id.M as string });",
      "ts",
      undefined,
      "m",
    ],
    [
      "by a name that is no identifier",
      "const m = createMachine({ id: 'm' }); export { m as 'a b' };",
      "mjs",
      undefined,
      "a b",
    ],
  ])("is %s", async (_what, text, extension, exportName, expected) => {
    const loaded = await loadMachine(dir, moduleOf(text, extension), exportName);
    expect(loaded.machine.id).toBe("m");
    expect(loaded.exportName).toBe(expected);
  });

  it("is known by its shape, as another copy of XState makes it", async () => {
    const other =
      "import * as graph from '@xstate/graph'; class Machine { constructor(real) { Object.assign(this, real); this.transition = real.transition; this.getInitialSnapshot = real.getInitialSnapshot; } }";
    const loaded = await loadMachine(
      dir,
      moduleOf(`${other}\nexport const m = new Machine(createMachine({ id: 'm' }));`),
    );
    expect(loaded.exportName).toBe("m");
  });

  it.each<[string, () => string, string | undefined, string, string]>([
    ["is not there", () => "nowhere.ts", undefined, "paths.noModule", "check the path"],
    ["is a folder", () => "folder.js", undefined, "paths.noModule", "check the path"],
    [
      "throws",
      () => moduleOf("throw new Error('not \\u001b[31mtoday');"),
      undefined,
      "paths.moduleFailed",
      "importing it has to work",
    ],
    [
      "is no JavaScript",
      () => moduleOf("export const = ;"),
      undefined,
      "paths.moduleFailed",
      "importing it has to work",
    ],
    [
      "is no TypeScript",
      () => moduleOf("export const = ;", "ts"),
      undefined,
      "paths.moduleFailed",
      "importing it has to work",
    ],
    [
      "exports no machine",
      () => moduleOf("export const x = { id: 'm' };"),
      undefined,
      "paths.noMachine",
      "it exports x;",
    ],
    ["exports nothing", () => moduleOf(""), undefined, "paths.noMachine", "it exports nothing;"],
    [
      "exports several",
      () => moduleOf("export const a = createMachine({}), b = createMachine({});"),
      undefined,
      "paths.severalMachines",
      "--export: a, b",
    ],
    ["lacks the export", () => moduleOf("export const a = createMachine({});"), "b", "paths.noExport", "it exports a"],
    [
      "exports something else by that name",
      () => moduleOf("export const a = { config: {} };"),
      "a",
      "paths.notMachine",
      "what createMachine returns",
    ],
  ])("is refused when the module %s", async (_what, write, exportName, code, hint) => {
    const thrown = await refusal(() => loadMachine(dir, write(), exportName));
    expect(thrown.code).toBe(code);
    expect(thrown.hint).toContain(hint);
    expect(thrown.file).toContain(dir);
    expect(thrown.message).not.toContain("\u001b");
  });
});

describe("a file of examples", () => {
  const put = (text: string | Buffer): string => {
    writeFileSync(join(dir, "examples"), text);
    return "examples";
  };

  it("maps events to a payload, to several, or to none, as JSON or YAML", () => {
    const expected = { A: [{ n: 1 }], B: [{ n: 1 }, { n: 2 }], C: [{}], D: [] };
    expect(readExamples(dir, put('{"A": {"n": 1}, "B": [{"n": 1}, {"n": 2}], "C": null, "D": []}'))).toEqual(expected);
    expect(readExamples(dir, put("A: { n: 1 }\nB: [{ n: 1 }, { n: 2 }]\nC:\nD: []\n"))).toEqual(expected);
    expect(Object.keys(readExamples(dir, put('{"__proto__": {"n": 1}}')))).toEqual(["__proto__"]);
  });

  it.each<[string, string | Buffer, number | undefined]>([
    ["no YAML", "A: { n: 1 }\nB: {\n", 3],
    ["a list", "[]", undefined],
    ["a payload that is no map", "A: 1", undefined],
    ["a list of payloads with one that is no map", "A: [{}, 1]", undefined],
    ["the same event twice", "A: {}\nA: {}\n", 2],
    ["no text", Buffer.from([0xff, 0xfe, 0x00]), undefined],
    [
      "aliases that grow",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdef"
        .split("")
        .map((key, at) => `${key}: &${key} [${`*${"abcde"[at]},`.repeat(10)}]`)
        .join("\n")}\n`,
      undefined,
    ],
  ])("is refused when it holds %s", async (_what, text, line) => {
    const thrown = await refusal(() => readExamples(dir, put(text)));
    expect(thrown.code).toBe("paths.badFile");
    expect(thrown.hint).not.toBe("");
    expect(thrown.line).toBe(line);
  });

  it("is refused when it is not there, or no file", async () => {
    for (const name of ["nowhere.json", "folder.js"]) {
      expect((await refusal(() => readValue(dir, name))).code).toBe("paths.badFile");
    }
  });
});
