/** Programs shown in the README are run as they stand there, and print what their comments say. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { compileLibrary, compileText } from "./helpers/compile-src.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const readme = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");
const programs = [...readme.matchAll(/^```ts readme-test\n(.*?)^```$/gms)].map(([, source = ""]) => source);

/** What `console.log` lines promise in their comments. */
const promisedOutput = (source: string): string[] =>
  [...source.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promise = ""]) => promise);

describe("the README's library example", () => {
  it("is there", () => expect(programs).toHaveLength(1));

  it.each(programs)("runs, restarts its stream on the crash, and is replayed", (source) => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-readme-"));
    try {
      compileLibrary(dir, []);
      fs.writeFileSync(path.join(dir, "example.js"), compileText(source));
      const done = spawnSync(process.execPath, ["example.js"], { cwd: dir, encoding: "utf8" });
      expect(done.stderr).toBe("");
      expect(promisedOutput(source)).not.toEqual([]);
      expect(done.stdout.trimEnd().split("\n")).toEqual(promisedOutput(source));
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });

  it.each(programs)("has no type error", (source) => {
    const file = path.join(ROOT, "tests", "readme-example.ts");
    const config = ts.parseJsonConfigFileContent({ extends: "./tsconfig.json", files: [] }, ts.sys, ROOT);
    const options = { ...config.options, paths: { pleach: [path.join(ROOT, "src/index.ts")] } };
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (name) => name === file || fileExists(name);
    host.readFile = (name) => (name === file ? source : readFile(name));
    host.getSourceFile = (name, version) =>
      name === file ? ts.createSourceFile(name, source, version) : getSourceFile.call(host, name, version);
    const program = ts.createProgram([file], options, host);
    const example = program.getSourceFile(file);
    const problems = [...program.getSyntacticDiagnostics(example), ...program.getSemanticDiagnostics(example)];
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });
});
