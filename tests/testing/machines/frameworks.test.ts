/** What is made of machines runs in the frameworks of others: a generated file in Vitest, testMachine in node:test. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PathsOptions, pathsOf, writeTests } from "../../../src/testing/machines/index.ts";
import { compileInto, compileText, listImported, ROOT } from "../../helpers/compile-src.ts";
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
  compileInto(library, [
    ...listImported("src/index.ts", known),
    ...listImported("src/testing/machines/index.ts", known),
  ]);
  const exports = { ".": "./src/index.js", "./testing": "./src/testing/machines/index.js" };
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
/** What Vitest says of everything in the project, run once. */
let said: string;
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
  fs.readFileSync(path.join(ROOT, "tests/testing/machines/fixtures", `${file}.ts`), "utf8");

function runIn(...args: string[]): { status: number | null; text: string } {
  const env = { ...process.env, NO_COLOR: "1", VITEST: undefined, NODE_TEST_CONTEXT: undefined };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", env });
  return { status, text: stdout + stderr };
}

/** Writes the files generated for every machine, and one for a machine that is not the one it was generated for. */
function writeGenerated(): number {
  let tests = 0;
  for (const { file, exportName, machine, options } of machines) {
    const report = pathsOf(machine, options);
    tests += report.paths.length;
    const { text } = writeTests(report, { module: `./${file}.ts`, exportName, command: "pleach paths" });
    fs.writeFileSync(path.join(project, `${file}.ts`), copyFixture(file));
    fs.writeFileSync(path.join(project, `${file}.paths.test.ts`), text);
  }
  const other = { module: "./other-light.ts", exportName: "trafficLight", command: "pleach paths" };
  const changed = copyFixture("traffic-light").replace('500: { target: "red"', '500: { target: "green"');
  fs.writeFileSync(path.join(project, "other-light.ts"), changed);
  fs.writeFileSync(path.join(project, "other-light.paths.test.ts"), writeTests(pathsOf(trafficLight), other).text);
  return tests;
}

beforeAll(() => {
  const generated = writeGenerated();
  for (const [file, text] of chapter) fs.writeFileSync(path.join(project, file), text);
  const args = ["run", "--reporter=verbose", "--no-isolate", "--maxWorkers=1"];
  said = `${runIn("node_modules/vitest/vitest.mjs", ...args).text}\ngenerated ${generated}`;
}, 120_000);

const linesWith = (word: string): string[] => said.split("\n").filter((line) => line.includes(word));

it("generated files run green in Vitest as they are, and red when the machine is another", () => {
  const generated = Number(/^generated (\d+)$/m.exec(said)?.[1]);
  const green = machines.flatMap(({ file }) => linesWith(`✓ ${file}.paths.test.ts > `));
  expect(green).toHaveLength(generated);
  expect(linesWith("✓ other-light.paths.test.ts > ")).toHaveLength(1);
  expect(linesWith("× other-light.paths.test.ts > light > after 1000 → after 500")).toHaveLength(1);
});

describe("the chapter about testing machines", () => {
  it("shows programs that run, tests that are green, and a run that replays", () => {
    expect(linesWith("✓ kettle.test.ts > ").length).toBeGreaterThan(3);
    expect(linesWith("✓ one-step.test.ts > ")).toHaveLength(1);
    expect(linesWith("× ").filter((line) => !line.includes("other-light"))).toEqual([]);
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
