/** `pleach decide` at a terminal: asks about each conflict, again when the answer is none of the choices. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, readStatus, Workshop } from "./runs.ts";
import { Terminal } from "./terminal.ts";

const workshop = new Workshop("prompt");
afterAll(() => workshop.clean());

/** A run that waits: two commands append to one file, neither having seen what the other wrote. */
async function makeWaiting(): Promise<string> {
  const root = workshop.repository({ goal: "to be asked", tasks: [] });
  const side = (id: string): string => {
    const mark = (name: string): string => `'${join(root, ".git", name)}'`;
    const isAlone = `test ! -e ${mark("left")} || test ! -e ${mark("right")}`;
    return `touch ${mark(id)}; while ${isAlone}; do sleep 0.02; done; echo ${id} >> list.txt`;
  };
  const tasks = ["left", "right"].map((id) => ({ id, run: side(id), scope: ["list.txt"], onConflict: "ask" }));
  writeFileSync(join(root, "ask.json"), JSON.stringify({ goal: "to be asked", concurrency: 2, tasks }));
  const ended = await runProgram(root, ["run", "ask.json", "--json", "--run-id", "asked", "--no-learn"]);
  expect(ended.code, ended.stderr).toBe(3);
  return root;
}

describe("decide at a terminal", { timeout: 2 * PATIENCE_MS }, () => {
  it("leaves open what is answered with nothing, asks again after a wrong word, and records the choice", async () => {
    const root = await makeWaiting();
    const left = new Terminal(root, ["decide"]);
    await left.see("rerun, drop, or nothing to leave it:");
    left.type("\r");
    expect((await left.exit).exitCode).toBe(3);
    const asked = new Terminal(root, ["decide"]);
    await asked.see("or nothing to leave it:");
    asked.type("perhaps\r");
    await asked.see("one of rerun, drop:");
    asked.type("rerun\r");
    expect((await asked.exit).exitCode).toBe(0);
    expect(asked.text).toContain("go on with: pleach resume asked");
    expect((await readStatus(root)).conflicts[0]).toMatchObject({ choice: "rerun" });
    const resumed = await runProgram(root, ["resume", "--json", "--no-learn"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(git(root, "show", "pleach/asked:list.txt").split("\n").sort()).toEqual(["", "left", "right"]);
  });

  it("can be left with Ctrl-C, and nothing is decided", async () => {
    const root = await makeWaiting();
    const asked = new Terminal(root, ["decide"]);
    await asked.see("or nothing to leave it:");
    asked.type("\u0003");
    expect((await asked.exit).exitCode).toBe(130);
    expect(asked.text).not.toContain("pleach:");
    expect((await readStatus(root)).conflicts[0]).toMatchObject({ status: "open", choice: null });
  });
});
