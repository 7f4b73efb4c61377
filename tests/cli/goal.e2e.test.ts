/** `pleach run "goal"` as a person or a script calls it. */
import { existsSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { environment, expectNoStack, pleach, readDocument, readError, start } from "./program.ts";
import { makeFolder, makeRepository, writeFiles } from "./repositories.ts";

const PLANNER = "agents: {mine: {kind: command, command: 'true'}}\nagent: mine\n";
/** git is found, coding agents are not. */
function bare(): { PATH: string } {
  const folder = makeFolder("bin");
  const git = (environment.PATH ?? "").split(delimiter).find((each) => existsSync(join(each, "git")));
  symlinkSync(join(git ?? "", "git"), join(folder, "git"));
  return { PATH: folder };
}

describe("a goal in words", () => {
  it("without an agent is refused with what to install, and nothing is left behind", async () => {
    const root = makeRepository({});
    const said = await start(["run", "make it faster", "--json"], { cwd: root, env: bare() }).ended;
    const { error } = readError(said, 2);
    expect(error).toMatchObject({ code: "usage.noAgent", message: "there is no agent to plan with" });
    expect(error.hint).toMatch(/npm install -g @anthropic-ai\/claude-code.*npm install -g @openai\/codex/);
    const plain = await start(["run", "make it faster"], { cwd: root, env: bare() }).ended;
    expectNoStack(plain);
    expect([plain.code, plain.stdout]).toEqual([2, ""]);
    expect(plain.stderr).toMatch(/^pleach: there is no agent to plan with\n +hint: install one/);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("is begun with a task that plans, without a question where there is no terminal", async () => {
    const root = makeRepository({ "pleach.yaml": PLANNER });
    const goal = "make it faster\nand keep it \u001b[31msmall";
    const said = await pleach(root, "run", goal, "--no-learn", "--trust", "--run-id", "g");
    expect(said.stderr).toContain("goal: make it faster and keep it small\n");
    expect(said.stderr).toContain("mine plans it");
    expect(said.stderr).not.toMatch(/start\?|\u001b/);
    const status = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(status).toMatchObject({ goal, tasks: [{ id: "plan", stream: "planners", agent: "mine" }] });
  });

  it("is refused where it cannot be run, and cannot be checked", async () => {
    const root = makeRepository({ "pleach.yaml": PLANNER });
    const checked = await pleach(root, "plan", "check", "make it faster", "--json");
    expect(readError(checked, 2).error.code).toBe("usage.goal");
    const nowhere = makeFolder();
    writeFiles(nowhere, { "pleach.yaml": PLANNER });
    const lost = await pleach(nowhere, "run", "make it faster", "--json");
    expect(readError(lost, 2).error.code).toBe("git.notRepository");
    expect(existsSync(join(nowhere, ".ce-workspace"))).toBe(false);
  });
});
