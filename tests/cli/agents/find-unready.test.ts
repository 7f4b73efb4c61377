/** Before a run begins: agents that say that they cannot work, and all those of which nothing is known for certain. */
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findUnreadyAgents } from "../../../src/cli/agents/find-unready.ts";
import { planOfGoal } from "../../../src/plan/index.ts";
import { type FakeAgent, writeFakeAgent } from "../../helpers/fake-agents.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { makeContext, readValid } from "../../plan/read-text.ts";

const before = { ...process.env };
let programs = "";
let root = "";
beforeEach(() => {
  [programs, root] = [makeTempFolder("programs", "test"), makeTempFolder("root", "test")];
  // Programs that lie in the checkout that one works in are nobody's installed ones.
  mkdirSync(join(root, ".git"));
  for (const name of Object.keys(process.env)) if (/_(?:KEY|TOKEN|URL)$/.test(name)) delete process.env[name];
  process.env.PATH = [programs, before.PATH].join(delimiter);
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const OUT: FakeAgent = { login: false, keys: ["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "CODEX_API_KEY"] };
const task = (agent: string): string => `## a\n\n\`\`\`yaml task\nid: a\nagent: ${agent}\n\`\`\`\n\nDo it.\n\n`;
const find = (agent: string, config = "") =>
  findUnreadyAgents(readValid(task(agent), "markdown", makeContext(config)), root);

describe("an agent that cannot work", () => {
  it.each([
    ["claude", "Log in once with `claude`, or set ANTHROPIC_API_KEY."],
    ["codex", "Log in once with `codex login`, or set CODEX_API_KEY (it takes no OPENAI_API_KEY)."],
    ["gemini", "Log in once with `gemini`, or set GEMINI_API_KEY."],
    ["copilot", "Log in once with `copilot login`, or set COPILOT_GITHUB_TOKEN."],
  ])("is told before anything starts, when it says that nobody is logged in: %s", async (name, hint) => {
    writeFakeAgent(programs, name, OUT);
    expect(await find(name)).toEqual([
      {
        code: "plan.agentNotReady",
        message: `the agent "${name}" is not logged in`,
        hint,
        file: "plan.md",
        line: expect.any(Number),
      },
    ]);
  });

  it("is told with what is set and held back from it, and how that gets through", async () => {
    process.env.OPENROUTER_API_KEY = "secret-7781";
    writeFakeAgent(programs, "codex", OUT);
    const [issue] = await find("codex");
    expect(issue?.hint).toContain("OPENROUTER_API_KEY is set and not let through to it");
    expect(issue?.hint).toContain("agents: {codex: {pass: [OPENROUTER_API_KEY]}} in pleach.yaml");
    expect(issue?.hint).not.toContain("secret-7781");
  });

  it("is told for each stream of a goal, since its plan grows", async () => {
    writeFakeAgent(programs, "claude");
    writeFakeAgent(programs, "gemini", OUT);
    const { config } = makeContext("streams: {reviewers: {agent: gemini}}\n");
    const plan = planOfGoal("Do it well", { config, agent: { name: "claude", kind: "claude" } });
    expect(await findUnreadyAgents(plan, root)).toMatchObject([{ message: 'the agent "gemini" is not logged in' }]);
  });

  it("is told when it has no such model, with those that it offers", async () => {
    writeFakeAgent(programs, "gemini", { models: ["pro", "flash"] });
    expect(await find("gemini", "agents: {gemini: {model: flsh}}\n")).toMatchObject([
      {
        code: "plan.noModel",
        message: 'the agent "gemini" has no model "flsh"',
        hint: expect.stringContaining("It offers: pro, flash."),
      },
    ]);
    expect(await find("gemini", "agents: {gemini: {model: flash}}\n")).toEqual([]);
  });
});

describe("an agent whose program tells of short names of models alone", () => {
  it("may begin with another one, which is said; full names hold a short one", async () => {
    writeFakeAgent(programs, "claude", { models: ["default", "opus", "haiku"] });
    const doubts = async (model: string): Promise<string[]> => {
      const heard: string[] = [];
      const config = `agents: {claude: {model: "${model}"}}\n`;
      const plan = readValid(task("claude"), "markdown", makeContext(config));
      expect(await findUnreadyAgents(plan, root, ({ message, hint }) => heard.push(`${message}: ${hint}`))).toEqual([]);
      return heard;
    };
    expect(await doubts("gpt-9")).toEqual([
      'the agent "claude" tells of no model "gpt-9": It tells of: default, opus, haiku. One that only its service knows may be right all the same.',
    ]);
    for (const model of ["opus", "claude-opus-4-5", "opus[1m]", "us.anthropic.claude-haiku-4", "claude-new-1"])
      expect(await doubts(model), model).toEqual([]);
  });
});

describe("an agent behind a gateway whose address is all that is set", () => {
  it("may not begin: Claude itself says that nobody is logged in", async () => {
    process.env.ANTHROPIC_BASE_URL = "http://127.0.0.1:9";
    writeFakeAgent(programs, "claude", OUT);
    expect(await find("claude", "")).toMatchObject([{ code: "plan.agentNotReady" }]);
  });
});

describe("an agent of which nothing is known for certain", () => {
  const known: [what: string, name: string, fake: FakeAgent, config: string, env?: Record<string, string>][] = [
    ["is logged in", "claude", {}, ""],
    ["has a key", "claude", OUT, "env: {A: '1'}\n", { ANTHROPIC_API_KEY: "secret-1234" }],
    ["has a key in its entry", "claude", OUT, "agents: {claude: {env: {ANTHROPIC_API_KEY: secret-1234}}}\n"],
    ["has a key that is said for all", "claude", OUT, "env: {ANTHROPIC_API_KEY: secret-1234}\n"],
    [
      "works behind a gateway",
      "claude",
      OUT,
      "",
      { ANTHROPIC_BASE_URL: "http://127.0.0.1:9", ANTHROPIC_AUTH_TOKEN: "t" },
    ],
    ["has a folder of its own for each run", "claude", OUT, "agents: {claude: {home: run}}\n"],
    ["takes models by other names", "claude", { models: ["opus"] }, "agents: {claude: {model: my-own-model}}\n"],
    ["hangs", "gemini", { hangs: true }, ""],
    ["says far too much", "claude", { floods: true }, ""],
    ["cannot say whether it is logged in", "opencode", { login: false }, ""],
    ["is any program", "mine", { login: false }, "agents: {mine: {kind: command, command: gemini}}\n"],
  ];
  it.each(known)("may begin: it %s", async (_what, name, fake, config, env = {}) => {
    Object.assign(process.env, env);
    writeFakeAgent(programs, name === "mine" ? "gemini" : name, fake);
    expect(await find(name, config)).toEqual([]);
  });

  it("may begin where the repository may say how it reaches its service", async () => {
    writeFakeAgent(programs, "claude", OUT);
    mkdirSync(join(root, ".claude"));
    expect(await find("claude")).toEqual([]);
  });

  it("is not even asked where no task needs it", async () => {
    const log = join(root, "started");
    writeFakeAgent(programs, "claude", { ...OUT, log });
    const plan = readValid(
      "## a\n\n```yaml task\nid: a\nrun: 'true'\n```\n",
      "markdown",
      makeContext("agent: claude\n"),
    );
    expect(await findUnreadyAgents(plan, root)).toEqual([]);
    expect(existsSync(log)).toBe(false);
  });
});
