/** Which variables an agent gets unasked, and which stay behind and are named. */
import { describe, expect, it } from "vitest";
import { factsOf, listAgentKeys, listUnasked } from "../../../src/actors/agents/index.ts";
import { SERVICES } from "../../../src/actors/agents/service-variables.ts";
import { workerEnvironment } from "../../../src/actors/process/index.ts";
import { ACP_PROGRAMS } from "../../../src/agent-programs.ts";
import { BUILTIN_AGENTS } from "../../../src/plan/agent-kinds.ts";
import type { AgentSpec } from "../../../src/plan/model.ts";

const parent = {
  ANTHROPIC_API_KEY: "anthropic-secret",
  ANTHROPIC_DEFAULT_OPUS_MODEL: "opus",
  ANTHROPIC_EMPTY: "",
  OPENAI_API_KEY: "openai-secret",
  CODEX_API_KEY: "codex-secret",
  GEMINI_API_KEY: "gemini-secret",
  GOOGLE_APPLICATION_CREDENTIALS: "/home/me/google.json",
  AWS_REGION: "eu-central-1",
  AWS_SECRET_ACCESS_KEY: "aws-secret",
  DASHSCOPE_API_KEY: "dashscope-secret",
  GH_TOKEN: "github-secret",
  OPENROUTER_API_KEY: "router-secret",
  LITELLM_BASE_URL: "http://127.0.0.1:4000",
  DATABASE_URL: "postgres://me:word@db/x",
  MY_API_KEY: "mine",
  // Of an agent in which pleach itself may run.
  CLAUDECODE: "1",
  CLAUDE_CODE_ENTRYPOINT: "cli",
  CLAUDE_CODE_SSE_PORT: "1",
  CODEX_SANDBOX: "seatbelt",
  GEMINI_CLI: "1",
  QWEN_CODE: "1",
};
const specOf = (name: string): AgentSpec => {
  const found = BUILTIN_AGENTS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no agent ${name}`);
  return found;
};
const unasked = (spec: AgentSpec, more = {}, forAll = {}) => listUnasked(spec, { ...parent, ...more }, forAll);
const set = (spec: AgentSpec, more = {}) =>
  unasked(spec, more).filter((name) => Object.hasOwn({ ...parent, ...more }, name));
const keysOf = (spec: AgentSpec, more: Record<string, string> = {}) => {
  const all = { ...parent, ...more };
  const pass = [...listUnasked(spec, all), ...(spec.pass ?? [])];
  const env = workerEnvironment({ parent: all, pass, worker: { run: "r", task: "t", stream: "s" } });
  return listAgentKeys(spec, env, all);
};

describe("what an agent gets unasked", () => {
  it.each([
    ["claude", ["ANTHROPIC_API_KEY", "ANTHROPIC_DEFAULT_OPUS_MODEL"]],
    ["claude-agent-acp", ["ANTHROPIC_API_KEY", "ANTHROPIC_DEFAULT_OPUS_MODEL"]],
    ["codex", ["OPENAI_API_KEY", "CODEX_API_KEY"]],
    ["codex-acp", ["OPENAI_API_KEY", "CODEX_API_KEY"]],
    ["gemini", ["GEMINI_API_KEY"]],
    ["qwen", ["OPENAI_API_KEY", "CODEX_API_KEY", "DASHSCOPE_API_KEY"]],
    ["copilot", ["GH_TOKEN"]],
    ["kimi", []],
  ])("is of the services that it works with: %s", (name, names) => {
    expect(set(specOf(name)).sort()).toEqual([...names].sort());
  });

  it("is of many services where it takes any", () => {
    const names = set(specOf("opencode"));
    expect(names).toEqual(expect.arrayContaining(["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY"]));
    expect(names).not.toEqual(expect.arrayContaining(["AWS_SECRET_ACCESS_KEY"]));
  });

  it("is nothing of the agent in which pleach runs, and nothing that is no service's", () => {
    for (const spec of BUILTIN_AGENTS) {
      const names = set(spec).join(" ");
      expect(names).not.toMatch(
        /CLAUDECODE|CLAUDE_CODE_(?:ENTRY|SSE)|CODEX_SANDBOX|GEMINI_CLI\b|QWEN_CODE|MY_|DATABASE/,
      );
    }
  });

  it("is of the accounts of a cloud only where the agent is told to work there", () => {
    const cloud = { CLAUDE_CODE_USE_BEDROCK: "1" };
    expect(set(specOf("claude"))).not.toContain("AWS_SECRET_ACCESS_KEY");
    expect(set(specOf("claude"), cloud)).toEqual(
      expect.arrayContaining(["AWS_SECRET_ACCESS_KEY", "AWS_REGION", "CLAUDE_CODE_USE_BEDROCK"]),
    );
    expect(unasked({ ...specOf("claude"), env: cloud })).toContain("AWS_SECRET_ACCESS_KEY");
    expect(unasked(specOf("claude"), {}, { env: cloud })).toContain("AWS_SECRET_ACCESS_KEY");
    expect(set(specOf("gemini"))).not.toContain("GOOGLE_APPLICATION_CREDENTIALS");
    expect(set(specOf("gemini"), { GOOGLE_GENAI_USE_VERTEXAI: "true" })).toContain("GOOGLE_APPLICATION_CREDENTIALS");
  });

  it("is none of a person's keys where pleach.yaml says to which address they would go", () => {
    const env = { ANTHROPIC_BASE_URL: "https://elsewhere.example" };
    expect(set({ ...specOf("claude"), env })).toEqual([]);
    expect(unasked(specOf("claude"), {}, { env })).not.toContain("ANTHROPIC_API_KEY");
    expect(unasked(specOf("codex"), {}, { env })).toContain("OPENAI_API_KEY");
  });

  it("is known by the program that an entry starts, wherever it is installed, and not by what a repository brings", () => {
    const mine = (command: string): AgentSpec => ({ name: "mine", kind: "acp", command, args: [] });
    expect(set(mine("/opt/bin/gemini"))).toEqual(["GEMINI_API_KEY"]);
    expect(set(mine("./gemini"))).toEqual([]);
    expect(set(mine("other"))).toEqual([]);
    expect(set({ name: "mine", kind: "claude", command: "tools/claude" })).toEqual([]);
    expect(set({ name: "mine", kind: "claude", command: "my-claude" })).toContain("ANTHROPIC_API_KEY");
    expect(set({ name: "mine", kind: "command", command: "claude" })).toEqual([]);
  });
});

describe("what stays behind", () => {
  it("is named when it looks like what the agent needs", () => {
    expect(keysOf(specOf("claude"))).toEqual({ passed: ["ANTHROPIC_API_KEY"], heldBack: [] });
    expect(keysOf(specOf("codex"))).toEqual({
      // It takes the other one only once it was logged in with it.
      passed: ["CODEX_API_KEY"],
      heldBack: [
        "ANTHROPIC_API_KEY",
        "DASHSCOPE_API_KEY",
        "GEMINI_API_KEY",
        "GH_TOKEN",
        "LITELLM_BASE_URL",
        "OPENROUTER_API_KEY",
      ],
    });
    expect(keysOf({ ...specOf("codex"), pass: ["OPENROUTER_API_KEY"] }).heldBack).not.toContain("OPENROUTER_API_KEY");
    expect(keysOf({ ...specOf("claude"), command: "./claude" }).heldBack).toContain("ANTHROPIC_API_KEY");
    expect(keysOf({ name: "s", kind: "scripted" })).toEqual({ passed: [], heldBack: [] });
  });

  it("is nothing that only has such a name in part", () => {
    const { heldBack } = keysOf(specOf("opencode"), {
      OPENAI_SOMETHING: "x",
      NOT_OPENAI_API_KEY: "x",
      GOOGLE_MAPS_HOST: "h",
    });
    expect(heldBack).not.toContain("NOT_OPENAI_API_KEY");
    expect(heldBack).not.toContain("MY_API_KEY");
    expect(heldBack).not.toContain("DATABASE_URL");
  });
});

describe("the table of services", () => {
  it("calls keys only what it lets through", () => {
    for (const { names, keys } of Object.values(SERVICES)) {
      const wanted = names.split(" ");
      for (const key of keys.split(" ").filter((each) => each !== "")) {
        expect(wanted.some((each) => each === key || (each.endsWith("_") && key.startsWith(each)))).toBe(true);
      }
    }
  });

  it("is told with how to install and to log in, for every known program", () => {
    for (const { agent, install, loginHint } of ACP_PROGRAMS) {
      expect(factsOf(specOf(agent)), agent).toMatchObject({ install, loginHint });
      expect(loginHint).not.toMatch(/\.$/);
    }
  });
});
