/**
 * The program shown on the page about the library is run as it stands there, and prints what its comments say. Those of the
 * chapter about testing are run in tests/testing/machines/frameworks.test.ts; here their types are checked.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { compileLibrary, compileText } from "../helpers/compile-src.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = fs.readFileSync(path.join(ROOT, "docs/library.md"), "utf8");
const programs = [...page.matchAll(/^```ts run-test\n(.*?)^```$/gms)].map(([, source = ""]) => source);

const chapterText = fs.readFileSync(path.join(ROOT, "docs/testing-your-machines.md"), "utf8");
/** Files shown in the chapter, by name. */
const chapter = [...chapterText.matchAll(/^```ts file=(\S+)\n(.*?)^```$/gms)].map(
  ([, file = "", text = ""]): [string, string] => [file, text],
);

/** What `console.log` lines promise in their comments. */
const promisedOutput = (source: string): string[] =>
  [...source.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promise = ""]) => promise);

describe("an open run of the library", () => {
  it("keeps the process alive, though nothing of it is at work, until it is closed", () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-idle-"));
    try {
      compileLibrary(dir, []);
      const source = `
        import { defineStream, openRun } from "pleach";
        import { createMachine } from "xstate";
        const idle = defineStream({ machine: createMachine({ id: "idle", context: {}, on: { go: {} } }) });
        const run = await openRun({ dir: "idle", streams: { idle } });
        // Nothing but the open run holds this process: the timer lets go of it.
        const timer = setTimeout(() => run.close().then(() => console.log("closed")), 300);
        timer.unref();
        run.done.then(() => console.log("never"));`;
      fs.writeFileSync(path.join(dir, "idle.js"), source);
      const done = spawnSync(process.execPath, ["idle.js"], { cwd: dir, encoding: "utf8", timeout: 60_000 });
      expect(done).toMatchObject({ stderr: "", stdout: "closed\n", status: 0 });
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe("the example on the page about the library", () => {
  it("is there", () => expect(programs).toHaveLength(1));

  it.each(programs)("runs, restarts its stream on the crash, and is replayed", (source) => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-library-"));
    try {
      compileLibrary(dir, []);
      fs.writeFileSync(path.join(dir, "example.js"), compileText(source));
      expect(promisedOutput(source)).not.toEqual([]);
      // The second time it goes on with the run of the first.
      for (const time of ["first", "second"]) {
        const done = spawnSync(process.execPath, ["example.js"], { cwd: dir, encoding: "utf8" });
        expect(done, time).toMatchObject({ stderr: "", status: 0 });
        expect(done.stdout.trimEnd().split("\n"), time).toEqual(promisedOutput(source));
      }
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});

it("no program shown there or in the chapter about testing has a type error", () => {
  const shown = new Map([...programs.map((source, at): [string, string] => [`library-${at}.ts`, source]), ...chapter]);
  const config = ts.parseJsonConfigFileContent({ extends: "./tsconfig.json", files: [] }, ts.sys, ROOT);
  const paths = {
    pleach: [path.join(ROOT, "src/index.ts")],
    "pleach/testing": [path.join(ROOT, "src/testing/machines/index.ts")],
  };
  const options = { ...config.options, paths };
  const host = ts.createCompilerHost(options);
  // In a folder that is there, so that the compiler looks into it.
  const folder = path.join(ROOT, "tests");
  const textOf = (name: string): string | undefined => shown.get(path.relative(folder, name));
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
  host.readFile = (name) => textOf(name) ?? readFile(name);
  host.getSourceFile = (name, version) => {
    const text = textOf(name);
    return text === undefined ? getSourceFile.call(host, name, version) : ts.createSourceFile(name, text, version);
  };
  const files = [...shown.keys()].map((file) => path.join(folder, file));
  const program = ts.createProgram(files, options, host);
  const problems = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(files).toHaveLength(5);
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});
