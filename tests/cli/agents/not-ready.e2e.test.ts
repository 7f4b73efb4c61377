/** A run whose agent cannot work is refused before it has made anything. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFakeAgent } from "../../helpers/fake-agents.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { environment, readError, start } from "../program.ts";
import { git, makeRepository, writeFiles } from "../repositories.ts";

const PLAN = "# Plan\n\n## a\n\n```yaml task\nid: a\nagent: claude\n```\n\nDo it.\n";

describe("a run whose agent is not logged in", () => {
  it("leaves no run, no branch and no note, and says what to do", async () => {
    const programs = makeTempFolder("programs", "test");
    writeFakeAgent(programs, "claude", { login: false });
    const env = {
      ...{ PATH: [programs, environment.PATH].join(delimiter), XDG_STATE_HOME: makeTempFolder("state", "test") },
      OPENAI_API_KEY: "zebra-quartz-7781",
    };
    const root = makeRepository({ "plan.md": PLAN });
    const goal = await start(["run", "make it faster", "--json"], { cwd: root, env }).ended;
    const { error } = readError(goal, 2);
    expect(error).toMatchObject({
      code: "usage.agentNotReady",
      message: 'nobody can work on the goal now: the agent "claude" is not logged in',
      hint: expect.stringMatching(/^Log in once with `claude`, or set ANTHROPIC_API_KEY\. Or name another agent/),
    });
    const plan = await start(["run", "plan.md"], { cwd: root, env }).ended;
    expect([plan.code, plan.stdout]).toEqual([2, ""]);
    expect(plan.stderr).toMatch(/^plan\.md:\d+: error: the agent "claude" is not logged in\n {4}Log in once with/m);
    for (const left of [".ce-workspace", "vault"]) expect(existsSync(join(root, left)), left).toBe(false);
    expect(git(root, "branch", "--list")).toBe("* main");
    expect(goal.stdout + plan.stderr).not.toContain("zebra");
  });

  it("is asked only once the person agreed to what the repository names", async () => {
    const log = join(makeTempFolder("log", "test"), "started");
    const own = writeFakeAgent(makeTempFolder("programs", "test"), "claude", { login: false, log });
    const env = { XDG_STATE_HOME: makeTempFolder("state", "test") };
    const root = makeRepository({});
    writeFiles(root, { "pleach.yaml": JSON.stringify({ agents: { claude: { command: own } }, agent: "claude" }) });
    const before = await start(["run", "make it faster", "--json"], { cwd: root, env }).ended;
    expect(readError(before, 2).error.code).toBe("trust.needed");
    expect(existsSync(log)).toBe(false);
    const after = await start(["run", "make it faster", "--json", "--trust"], { cwd: root, env }).ended;
    expect(readError(after, 2).error.code).toBe("usage.agentNotReady");
    expect(existsSync(log)).toBe(true);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });
});
