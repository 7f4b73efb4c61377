/**
 * Compiles the log and the child programs of these tests to JavaScript, since the oldest Node that is supported runs
 * no TypeScript.
 */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { compileInto } from "../../helpers/compile-src.ts";

const sources = [
  "src/errors.ts",
  "src/actors/log",
  "tests/actors/log/children",
  "src/testing/conformance/log-drafts.ts",
];

/** Compiles into `outDir` and returns the folder of the child programs there. */
export function compileChildren(outDir: string): string {
  fs.writeFileSync(path.join(outDir, "package.json"), '{"type":"module"}');
  compileInto(outDir, sources);
  return path.join(outDir, "tests/actors/log/children");
}

/** A child that has ended: what it printed, and how it ended. */
export interface EndedChild {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Starts a program with its output piped; `ended` resolves when it is gone and all output was read. */
export function startChild(command: string, args: string[]): { child: ChildProcess; ended: Promise<EndedChild> } {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<EndedChild>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
  return { child, ended };
}
