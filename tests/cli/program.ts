/** Starts the built program as a person or a script would, and reads what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { RunEvent } from "../../src/protocol/client.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { CLI } from "../helpers/program.ts";
import { NO_HOME } from "../helpers/temp-folders.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Nothing of the person who runs the tests: no configuration of git, no identity, no colours, no CI. */
export const environment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  TMPDIR: process.env.TMPDIR,
  HOME: NO_HOME,
  XDG_CONFIG_HOME: NO_HOME,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  LANG: "C.UTF-8",
  NO_COLOR: "1",
};

export interface Said {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Going {
  child: ChildProcess;
  /** What it wrote on stdout until now. */
  stdout: () => string;
  /** Resolves once stdout matches, with the match; rejects when the program ends before. */
  says: (words: RegExp) => Promise<RegExpExecArray>;
  ended: Promise<Said>;
}

interface StartOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** A program before node, such as a shell that sets limits. */
  through?: string[];
}

/** Starts `pleach` and lets it run. */
export function start(args: readonly string[], { cwd, env = {}, through = [] }: StartOptions): Going {
  const [command, ...rest] = [...through, process.execPath, CLI, ...args];
  const child = spawn(command as string, rest, {
    cwd,
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    for (const look of [...looks]) look();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<Said>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = (words: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = words.exec(stdout);
        if (found === null) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
      ended.then(() => reject(new Error(`it ended without saying ${words}:\n${stdout}\n${stderr}`)), reject);
    });
  return { child, stdout: () => stdout, says, ended };
}

/** Runs `pleach` to its end. */
export function pleach(cwd: string, ...args: string[]): Promise<Said> {
  return start(args, { cwd }).ended;
}

const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  validateFormats: false,
  allErrors: true,
});
for (const name of ["plan", "config"]) ajv.addSchema(readSchema(name));

function readSchema(name: string): { $id: string } {
  return JSON.parse(readFileSync(join(ROOT, "schema", `${name}.schema.json`), "utf8")) as { $id: string };
}

/** Expects a document to be as `schema/<name>.schema.json` says; hands it back. */
export function expectValid<T = Record<string, unknown>>(name: string, document: unknown): T {
  const schema = readSchema(name);
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  const isValid = validate(document);
  expect(isValid ? [] : validate.errors, `${name}: ${JSON.stringify(document).slice(0, 2000)}`).toEqual([]);
  return document as T;
}

/** Expects stdout to be exactly one JSON document of this schema. */
export function readDocument<T = Record<string, unknown>>(name: string, { stdout, stderr }: Said): T {
  expect(stdout.trimEnd().split("\n"), `stdout: ${stdout.slice(0, 500)}\nstderr: ${stderr}`).toHaveLength(1);
  return expectValid<T>(name, JSON.parse(stdout));
}

export interface ErrorDocument {
  error: { code: string; message: string; hint: string; file: string | null; line: number | null; byte?: number };
  errors?: { code: string; line: number }[];
}

/** Expects exit code, a valid error document on stdout, words with a hint on stderr, and no stack anywhere. */
export function readError(said: Said, code: number): ErrorDocument {
  expectNoStack(said);
  expect(said.code, said.stdout + said.stderr).toBe(code);
  const document = readDocument<ErrorDocument>("error", said);
  expect(document.error.message).not.toBe("");
  expect(document.error.hint, document.error.message).not.toBe("");
  expect(said.stderr).not.toBe("");
  return document;
}

/** A stack trace, or a complaint of Node itself. */
export function expectNoStack({ stdout, stderr }: Said): void {
  expect(stdout + stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$|node:internal|UnhandledPromise|DeprecationWarning/m);
}

/** Expects JSON lines that are events, the last of them of this type with the status document in it. */
export function readEvents({ stdout }: Said, last?: string): { events: RunEvent[]; status: StatusDocument } {
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => expectValid<RunEvent>("events", JSON.parse(line)));
  const end = events.at(-1) as RunEvent;
  if (last === undefined) return { events, status: end.data as unknown as StatusDocument };
  expect(end.type).toBe(last);
  return { events, status: expectValid<StatusDocument>("status", end.data) };
}
