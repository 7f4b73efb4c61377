/** `pleach paths` as a person types it: on modules of all kinds, with each output, and on what is not there or not right. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { PathsReport } from "../../src/testing/machines/index.ts";
import { expectNoStack, pleach, readDocument, readError, type Said } from "./program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const dir = realpathSync(mkdtempSync(join(tmpdir(), "pleach-paths-")));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

cpSync(join(ROOT, "tests/testing/machines/fixtures"), dir, { recursive: true });
symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
const put = (file: string, text: string): void => writeFileSync(join(dir, file), text);
put(
  "examples.yaml",
  "FETCH: { id: '42' }\nxstate.done.actor.user: { output: { name: Ada } }\nxstate.error.actor.user:\n  - error: { message: no line }\n",
);
put(
  "door.mjs",
  'import { createMachine } from "xstate";\nconsole.log("loading");\nexport default createMachine({ id: "door", on: { OPEN: { actions: "creak" } } });\n',
);
put("throws.ts", 'throw new Error("not \\u001b[31mtoday");\n');
put(
  "greets.mjs",
  'import { createMachine } from "xstate";\nexport const m = createMachine({ id: "m", context: ({ input }) => ({ name: input.name.first }) });\n',
);
put(
  "enum.ts",
  'import { createMachine } from "xstate";\nenum Light { On = "on" }\nsetInterval(() => {}, 1_000);\nexport const lamp = createMachine({ id: "lamp", initial: Light.On, states: { on: {} } });\n',
);

interface Document extends PathsReport {
  module: string;
  export: string;
  run: { passed: number; failed: { name: string; message: string }[] } | null;
  out: { file: string; kept: string[]; gone: string[] } | null;
}
const document = (said: Said): Document => readDocument<Document & Record<string, unknown>>("paths", said);
const paths = (...args: string[]): Promise<Said> => pleach(dir, "paths", ...args);

describe("pleach paths", () => {
  it("tells of a machine in TypeScript what is reached, what is not, and what is missing, and exits with 0", async () => {
    const said = await paths("fetch-user.ts");
    expectNoStack(said);
    expect(said.code).toBe(0);
    expect(said.stdout).toContain("fetchUser: 5 of 6 states, 7 of 9 transitions reached");
    expect(said.stdout).toContain("unreachable: state failure is never reached");
    expect(said.stdout).toContain("missing: no example for the payload of FETCH; the machine reads id");
    expect(said.stdout).toContain(
      "state waiting: the delay backoff (after) is the event xstate.after.backoff.fetchUser.waiting",
    );
  });

  it.each([
    ["fetch-user.ts", ["--events", "examples.yaml"]],
    ["media-player.ts", ["--bound", "volume=1", "--coverage", "pairs"]],
  ])("walks the paths of %s in the runtime, all green", async (module, args) => {
    const said = await paths(module, ...args, "--run", "--json");
    expect(said.code).toBe(0);
    const { run, paths: found, coverage } = document(said);
    expect(run).toEqual({ passed: found.length, failed: [] });
    expect(coverage).toBe(args.includes("pairs") ? "pairs" : "transitions");
  });

  it("reports a machine with mistakes without a crash, and fails with --run", async () => {
    const said = await paths("broken.ts", "--run");
    expectNoStack(said);
    expect(said.code).toBe(1);
    expect(said.stdout).toContain("the stock cannot be read");
    expect(said.stdout).toContain("unreachable: state returned is never reached");
    expect(said.stdout).toContain("missing: no example for the payload of ORDER; the machine reads order");
  });

  it("writes a file of tests, keeps what a person writes in it, and says what it did", async () => {
    const args = ["fetch-user.ts", "--events", "examples.yaml", "--out", "fetch-user.test.ts"];
    const first = await paths(...args);
    expect(first.stdout).toContain("wrote fetch-user.test.ts: 4 tests");
    const text = readFileSync(join(dir, "fetch-user.test.ts"), "utf8");
    expect(text).toContain('import { fetchUser as machine } from "./fetch-user.ts";');
    expect(text).toContain(
      "pleach paths fetch-user.ts --export fetchUser --coverage transitions --events examples.yaml --out fetch-user.test.ts",
    );
    const mine = text.replace("    // </yours>", "    mine();\n    // </yours>");
    put("fetch-user.test.ts", mine);
    const { out } = document(await paths(...args, "--json"));
    expect(out).toEqual({ file: "fetch-user.test.ts", kept: ["FETCH → CANCEL"], gone: [] });
    expect(readFileSync(join(dir, "fetch-user.test.ts"), "utf8")).toBe(mine);
    put("theirs.test.ts", "// a person's\n");
    expect(readError(await paths("fetch-user.ts", "--out", "theirs.test.ts", "--json"), 2).error.code).toBe(
      "paths.notOurs",
    );
    expect(readFileSync(join(dir, "theirs.test.ts"), "utf8")).toBe("// a person's\n");
  });

  it.each([
    ["mermaid", /^stateDiagram-v2\n/],
    ["dot", /^digraph "light" \{\n/],
    ["md", /^# Paths through light\n/],
  ])("prints %s and nothing else on stdout", async (format, begin) => {
    const said = await paths("traffic-light.ts", "--format", format, "--run");
    expect(said.code).toBe(0);
    expect(said.stdout).toMatch(begin);
    expect(said.stdout).not.toContain("walked");
    expect(said.stderr).toContain("walked in the runtime: 2 of 2 paths");
  });

  it("loads JavaScript, all of TypeScript, and a module that prints or leaves something open", async () => {
    const door = await paths("door.mjs", "--json");
    expect(document(door)).toMatchObject({ export: "default", machine: "door" });
    expect(door.stderr).toContain("loading");
    expect(document(await paths("enum.ts", "--json")).states.reachable).toEqual(["on"]);
  });

  it("gives the machine its input, which it tells to need", async () => {
    put("input.json", '{"name": {"first": "Ada"}}');
    expect((await paths("greets.mjs")).stdout).toContain("throws: the machine throws when it starts: ");
    expect(document(await paths("greets.mjs", "--input", "input.json", "--json")).problems).toEqual([]);
  });

  it.each<[string, string[], string]>([
    ["a module that throws", ["throws.ts"], "paths.moduleFailed"],
    ["a bound without a number", ["door.mjs", "--bound", "n"], "usage.invalidArgument"],
    ["a place for the file that is missing", ["door.mjs", "--out", "no/where.ts"], "paths.noFolder"],
  ])("refuses %s, with a hint and exit code 2", async (_what, args, code) => {
    const { error } = readError(await paths(...args, "--json"), 2);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/\u001b/);
  });
});
