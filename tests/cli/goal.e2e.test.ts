/** `pleach run "goal"` as a person or a script calls it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environment, expectNoStack, pleach, readError, readEvents, start } from "./program.ts";
import { makeFolder, makeRepository } from "./repositories.ts";

const PLANNER = "agents: {mine: {kind: command, command: 'true'}}\nagent: mine\n";
/** git and node are found, coding agents are not. */
const bare = { PATH: "/usr/bin:/bin" };

describe("a goal in words", () => {
  it("without an agent is refused with what to install, and nothing is left behind", async () => {
    const root = makeRepository({});
    const said = await start(["run", "make it faster", "--json"], { cwd: root, env: bare }).ended;
    const { error } = readError(said, 2);
    expect(error).toMatchObject({ code: "usage.noAgent", message: "there is no agent to plan with" });
    expect(error.hint).toMatch(/npm install -g @anthropic-ai\/claude-code.*npm install -g @openai\/codex/);
    const plain = await start(["run", "make it faster"], { cwd: root, env: bare }).ended;
    expectNoStack(plain);
    expect([plain.code, plain.stdout]).toEqual([2, ""]);
    expect(plain.stderr).toMatch(/^pleach: there is no agent to plan with\n +hint: install one/);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });

  it("is begun with a task that plans, without a question where there is no terminal", async () => {
    const root = makeRepository({ "pleach.yaml": PLANNER });
    const goal = "make it faster\nand keep it \u001b[31msmall";
    const said = await pleach(root, "run", goal, "--json", "--no-learn", "--run-id", "g");
    const { status } = readEvents(said, "run.finished");
    expect(status).toMatchObject({ goal, tasks: [{ id: "plan", stream: "planners", agent: "mine" }] });
    expect(said.stderr).toBe("");
    const plain = await pleach(root, "run", goal, "--no-learn", "--run-id", "h");
    expect(plain.stderr).toContain("goal: make it faster and keep it small\n");
    expect(plain.stderr).toContain("mine plans it");
    expect(plain.stderr).not.toMatch(/start\?|\u001b/);
  });

  it("longer than any name is a goal, too", async () => {
    const root = makeRepository({});
    const said = await start(["run", `go on ${"and on ".repeat(2000)}`, "--json"], { cwd: root, env: bare }).ended;
    expect(readError(said, 2).error.code).toBe("usage.noAgent");
  });

  it("cannot be checked: it is planned when it is run", async () => {
    const root = makeRepository({ "pleach.yaml": PLANNER });
    const { error } = readError(await pleach(root, "plan", "check", "make it faster", "--json"), 2);
    expect(error).toMatchObject({ code: "usage.goal" });
    expect(error.message).toContain("planned when it is run");
    expect(error.hint).toContain('pleach run "make it faster"');
  });

  it("is refused for what pleach.yaml or the place has wrong, before any agent is looked for", async () => {
    const wrong = makeRepository({ "pleach.yaml": "streams: {builders: {reviewedBy: nobody}}\n" });
    const { error } = readError(await pleach(wrong, "run", "make it faster", "--json"), 2);
    expect(error).toMatchObject({ code: "plan.unknownStream", line: 1 });
    const unknown = await pleach(
      makeRepository({ "pleach.yaml": PLANNER }),
      "run",
      "make it faster",
      "--agent",
      "x",
      "--json",
    );
    expect(readError(unknown, 2).error.code).toBe("plan.unknownAgent");
    const nowhere = makeFolder();
    const lost = await pleach(nowhere, "run", "make it faster", "--agent", "command", "--json");
    expect(readError(lost, 2).error.code).toBe("usage.noAgent");
    expect(environment.PATH).toBeDefined();
  });
});
