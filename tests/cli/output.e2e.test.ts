/** Tasks that say too much or the wrong thing, tasks that fail, and what a person reads of it. */
import { existsSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { expectNoStack, pleach, readDocument, readEvents, start } from "./program.ts";
import { makeRepository, planText } from "./repositories.ts";

/** Colours, cursor movement, titles: nothing of that from a task may reach a terminal. */
const ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

describe("tasks that say too much", () => {
  it("do not fill the disk, the log or the screen", async () => {
    const root = makeRepository({
      "plan.md": planText(
        [
          {
            id: "huge",
            run: "head -c 200000000 /dev/zero | tr '\\0' x; echo ok > huge.txt",
            more: ["scope: [huge.txt]"],
          },
          {
            id: "binary",
            run: "head -c 300000 /dev/urandom; printf '\\033]0;title\\007\\033[2J'; exit 7",
            more: ["scope: [binary.txt]"],
          },
          { id: "endless", run: "yes", more: ["scope: [endless.txt]", "timeout: 1s"] },
          { id: '"missing"', run: "no-such-program --flag", more: ["scope: [missing.txt]"] },
          { id: "after", run: "true", more: ["needs: [missing]", "scope: [after.txt]"] },
        ],
        ["concurrency: 4", 'gates: { good: "true" }'],
      ),
    });
    const said = await pleach(root, "run", "plan.md", "--run-id", "loud");
    expectNoStack(said);
    expect(said.code).toBe(1);
    expect(said.stdout).not.toMatch(ESCAPES);
    expect(said.stderr).not.toMatch(ESCAPES);
    const status = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(
      status.tasks.map((task) => [task.id, task.status]),
      said.stdout,
    ).toEqual([
      ["huge", "merged"],
      ["binary", "failed"],
      ["endless", "failed"],
      ["missing", "failed"],
      ["after", "skipped"],
    ]);
    for (const { transcript } of status.tasks.slice(0, 3)) {
      expect(statSync(join(root, ".ce-workspace/loud", transcript as string)).size).toBeLessThan(20 * 1024 * 1024);
    }
    expect(statSync(join(root, ".ce-workspace/loud/log/1.jsonl")).size).toBeLessThan(200_000);
    expect(said.stdout).toMatch(/run loud failed in part: 1 merged, 3 failed, 1 skipped of 5 tasks/);
    expect(said.stdout).toMatch(/missing +work failed: .*a command was not found.* \| .*no-such-program/);
    expect(said.stdout).toMatch(/✖ missing: .*install it/);
    expect(said.stdout).toMatch(/✖ endless: .*timeout/);
    expect(said.stdout).toMatch(/log: \.ce-workspace\/loud\/out\/binary\./);
    const shipped = await pleach(root, "ship", "--yes");
    expect(shipped.code, shipped.stderr).toBe(0);
    expect(shipped.stdout).toContain("not in it: binary, endless, missing");
  }, 60_000);
});

describe("a run whose reader leaves", () => {
  it("goes on to its end", async () => {
    const root = makeRepository({
      "plan.md": planText(
        [1, 2, 3].map((n) => ({ id: `t${n}`, run: `echo ${n} > ${n}.txt`, more: [`scope: [${n}.txt]`] })),
      ),
    });
    const shell = ["sh", "-c", '{ "$@"; echo $? > code; } | head -n 1', "sh"];
    const said = await start(["run", "plan.md", "--no-learn"], { cwd: root, through: shell }).ended;
    expectNoStack(said);
    expect(said.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(readDocument("status", await pleach(root, "status", "--json"))).toMatchObject({ status: "succeeded" });
  }, 30_000);

  it("says when its output cannot be written", async () => {
    const root = makeRepository({});
    const said = await start(["doctor"], { cwd: root, through: ["sh", "-c", 'exec "$@" 2>&1 >/dev/full', "sh"] }).ended;
    if (!existsSync("/dev/full")) return;
    expectNoStack(said);
    expect(said.code).toBe(1);
    expect(said.stdout).toContain("could not be written");
  });
});

describe("the words of a run", () => {
  it("count what is done, name what failed and was tried again, and leave machinery out", async () => {
    const root = makeRepository({
      "plan.md": planText(
        [
          {
            id: "shaky",
            run: "test -f ../was-here && echo 1 > shaky.txt || { touch ../was-here; echo not yet >&2; exit 1; }",
            more: ["scope: [shaky.txt]", "retries: 1"],
          },
          { id: "astray", run: "echo 1 > elsewhere.txt", more: ["scope: [here.txt]"] },
          { id: "calm", run: "echo 1 > calm.txt", more: ["scope: [calm.txt]", "gates: [good]"] },
        ],
        ['gates: { good: { run: "true", required: false } }'],
      ),
    });
    const said = await pleach(root, "run", "plan.md", "--no-learn", "--run-id", "loud");
    expect(said.code).toBe(1);
    const lines = said.stdout.split("\n");
    expect(lines.filter((line) => /\[\d\/3\]/.test(line))).toHaveLength(3);
    expect(said.stdout).toContain("[3/3]");
    expect(said.stdout).toMatch(/shaky +work failed: /);
    expect(said.stdout).toMatch(/astray +changed files outside its scope: elsewhere\.txt/);
    for (const noise of [
      "agent.succeeded",
      "run.finished",
      "slot",
      "task.finished",
      "undefined",
      "null",
      "NaN",
      "[object",
    ])
      expect(said.stdout).not.toContain(noise);
  }, 30_000);

  it("are JSON with --json also when the run fails", async () => {
    const root = makeRepository({ "plan.md": planText([{ id: "a", run: "exit 9" }]) });
    const said = await pleach(root, "run", "plan.md", "--json", "--no-learn");
    expect(said.code).toBe(1);
    expect(readEvents(said, "run.finished").status).toMatchObject({
      status: "failed",
      tasks: [{ status: "failed", reason: expect.stringContaining("9") }],
    });
  });
});

describe("the program", () => {
  it("is found through a link, as an installed command is", async () => {
    const root = makeRepository({});
    const link = join(root, "pleach");
    symlinkSync((await import("../helpers/program.ts")).CLI, link);
    const said = await start([], { cwd: root, through: ["sh", "-c", `exec "$1" "${link}" --version`, "sh"] }).ended;
    expect(said.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
