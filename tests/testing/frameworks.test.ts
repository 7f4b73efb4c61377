/** What is made of machines runs in the frameworks of others: a generated file in Vitest, testMachine in node:test. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PathsOptions, pathsOf, writeTests } from "../../src/testing/index.ts";
import { compileInto, compileText, listImported, ROOT } from "../helpers/compile-src.ts";
import { fetchUser } from "./fixtures/fetch-user.ts";
import { mediaPlayer } from "./fixtures/media-player.ts";
import { trafficLight } from "./fixtures/traffic-light.ts";

/** A package of somebody's that has pleach, XState and Vitest installed. */
let project: string;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-frameworks-"));

beforeAll(() => {
  const library = path.join(folder, "pleach");
  fs.mkdirSync(library);
  const known = new Set<string>();
  compileInto(library, [...listImported("src/index.ts", known), ...listImported("src/testing/index.ts", known)]);
  const exports = { ".": "./src/index.js", "./testing": "./src/testing/index.js" };
  const exported = { name: "pleach", version: "0.0.0", type: "module", exports };
  fs.writeFileSync(path.join(library, "package.json"), JSON.stringify(exported));
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(library, "node_modules"));
  project = path.join(folder, "project");
  const installed = path.join(project, "node_modules");
  fs.mkdirSync(installed, { recursive: true });
  fs.symlinkSync(library, path.join(installed, "pleach"));
  for (const name of ["xstate", "vitest"]) {
    fs.symlinkSync(path.join(ROOT, "node_modules", name), path.join(installed, name));
  }
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module" }));
  fs.writeFileSync(path.join(project, "vitest.config.js"), "export default {};\n");
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const FETCHED = {
  FETCH: { id: "42" },
  "xstate.done.actor.user": { output: { name: "Ada" } },
  "xstate.error.actor.user": { error: { message: "no line" } },
};
const machines = [
  { file: "traffic-light", exportName: "trafficLight", machine: trafficLight, options: {} },
  { file: "fetch-user", exportName: "fetchUser", machine: fetchUser, options: { events: FETCHED } },
  { file: "media-player", exportName: "mediaPlayer", machine: mediaPlayer, options: { bounds: { volume: 1 } } },
] as const satisfies { file: string; exportName: string; machine: unknown; options: PathsOptions }[];

/** The files that the chapter shows, by name. */
const chapter = new Map(
  [
    ...fs
      .readFileSync(path.join(ROOT, "docs/testing-your-machines.md"), "utf8")
      .matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms),
  ].map(([, file = "", text = ""]) => [file, text]),
);

const copyFixture = (file: string): string =>
  fs.readFileSync(path.join(ROOT, "tests/testing/fixtures", `${file}.ts`), "utf8");

function runIn(...args: string[]): { status: number | null; text: string } {
  const env = { ...process.env, NO_COLOR: "1", VITEST: undefined, NODE_TEST_CONTEXT: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", env });
  return { status, text: stdout + stderr };
}

it("generated files run green in Vitest as they are, and red when the machine is another", () => {
  let tests = 0;
  for (const { file, exportName, machine, options } of machines) {
    const report = pathsOf(machine, options);
    tests += report.paths.length;
    const { text } = writeTests(report, { module: `./${file}.ts`, exportName, command: "pleach paths" });
    fs.writeFileSync(path.join(project, `${file}.ts`), copyFixture(file));
    fs.writeFileSync(path.join(project, `${file}.paths.test.ts`), text);
  }
  const { text } = writeTests(pathsOf(trafficLight), {
    module: "./other-light.ts",
    exportName: "trafficLight",
    command: "pleach paths",
  });
  const changed = copyFixture("traffic-light").replace('500: { target: "red"', '500: { target: "green"');
  fs.writeFileSync(path.join(project, "other-light.ts"), changed);
  fs.writeFileSync(path.join(project, "other-light.paths.test.ts"), text);
  const ran = runIn(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=verbose",
    "--no-isolate",
    "--maxWorkers=1",
    "paths",
  );
  // Of the other light's two paths, the one through the changed transition.
  expect(ran.text).toMatch(new RegExp(`Tests +1 failed \\| ${tests + 1} passed`));
  expect(ran.text).toMatch(/× other-light\.paths\.test\.ts > light > after 1000 → after 500/);
});

describe("the chapter about testing machines", () => {
  it("shows programs that run, tests that are green, and a run that replays", () => {
    for (const [file, text] of chapter) fs.writeFileSync(path.join(project, file), text);
    const tests = runIn(
      "node_modules/vitest/vitest.mjs",
      "run",
      "--no-isolate",
      "--maxWorkers=1",
      "kettle",
      "one-step",
    );
    expect(tests.text).toMatch(/Test Files +2 passed/);
    expect(tests.text).not.toMatch(/failed/);
    for (const file of ["kettle", "run"]) {
      const program = compileText(chapter.get(`${file}.ts`) ?? "");
      fs.writeFileSync(path.join(project, `${file}.js`), program);
    }
    const promised = [...(chapter.get("run.ts") ?? "").matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(
      ([, said]) => said,
    );
    expect(promised).toHaveLength(2);
    expect(runIn("run.js")).toEqual({ status: 0, text: `${promised.join("\n")}\n` });
  });

  it("has no type error", () => {
    const folderOf = (file: string): string => path.join(ROOT, "tests", file);
    const files = [...chapter.keys()].filter((file) => file.endsWith(".ts"));
    const config = ts.parseJsonConfigFileContent({ extends: "./tsconfig.json", files: [] }, ts.sys, ROOT);
    const paths = {
      pleach: [path.join(ROOT, "src/index.ts")],
      "pleach/testing": [path.join(ROOT, "src/testing/index.ts")],
    };
    const host = ts.createCompilerHost({ ...config.options, paths });
    const textOf = (name: string): string | undefined => chapter.get(path.relative(folderOf(""), name));
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
    host.readFile = (name) => textOf(name) ?? readFile(name);
    host.getSourceFile = (name, version) => {
      const text = textOf(name);
      return text === undefined ? getSourceFile.call(host, name, version) : ts.createSourceFile(name, text, version);
    };
    const program = ts.createProgram(files.map(folderOf), { ...config.options, paths }, host);
    const problems = files.flatMap((file) => {
      const source = program.getSourceFile(folderOf(file));
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(files).toHaveLength(4);
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });
});

it("testMachine's tests run in node:test, each by its name", () => {
  fs.writeFileSync(path.join(project, "fetch-user.js"), compileText(copyFixture("fetch-user")));
  const source = `
    import test from "node:test";
    import { testMachine } from "pleach/testing";
    import { fetchUser } from "./fetch-user.js";
    const events = ${JSON.stringify(FETCHED)};
    const invariants = { "retries are few": (_state, { retries }) => retries < (process.env.FEW ?? 3) };
    for (const { name, run } of testMachine(fetchUser, { events, invariants })) test(name, run);
  `;
  fs.writeFileSync(path.join(project, "machine.node.js"), source);
  const green = runIn("--test", "--test-reporter=tap", "machine.node.js");
  const count = pathsOf(fetchUser, { events: FETCHED }).paths.length + 2;
  expect(green.text).toContain("every state is reached and every transition taken");
  expect(green.text).toMatch(new RegExp(`^# pass ${count}$`, "m"));
  expect(green.text).toMatch(/^# fail 0$/m);
  process.env.FEW = "2";
  try {
    const red = runIn("--test", "--test-reporter=tap", "machine.node.js");
    expect(red.text).toMatch(/^# fail 2$/m);
    expect(red.text).toContain("retries are few does not hold");
  } finally {
    delete process.env.FEW;
  }
});
