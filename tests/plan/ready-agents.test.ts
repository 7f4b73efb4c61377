/** Agents whose programs are known need no entry; an entry of the same name says only what is different. */
import { describe, expect, it } from "vitest";
import { ACP_PROGRAMS } from "../../src/agent-programs.ts";
import { BUILTIN_AGENTS } from "../../src/plan/agent-kinds.ts";
import type { AgentSpec } from "../../src/plan/model.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { parseOwnConfig } from "../../src/plan/read-own-config.ts";
import { makeContext, read } from "./read-text.ts";

const agentsOf = (text: string): AgentSpec[] => {
  const { config, errors } = parseConfig(text, "pleach.yaml");
  expect(errors).toEqual([]);
  return config.defaults.agents ?? [];
};
const planWith = (agent: string, config = "") =>
  read(JSON.stringify({ goal: "g", tasks: [{ id: "a", agent, instruction: "Do it." }] }), "json", makeContext(config));

describe("an agent whose program is known", () => {
  it.each([
    ["gemini", ["gemini", "--acp", "--skip-trust"]],
    ["opencode", ["opencode", "acp"]],
    ["qwen", ["qwen", "--acp"]],
    ["copilot", ["copilot", "--acp", "--no-auto-update"]],
    ["claude-agent-acp", ["claude-agent-acp"]],
    ["codex-acp", ["codex-acp"]],
  ])("is named by a task without an entry: %s", (name, words) => {
    const { plan, errors } = planWith(name);
    expect(errors).toEqual([]);
    const [agent] = plan?.agents ?? [];
    expect(agent).toMatchObject({ name, kind: "acp" });
    expect([agent?.command, ...(agent?.args ?? [])]).toEqual(words);
  });

  it("is the agent of pleach.yaml, of its streams, and of a person's own configuration", () => {
    expect(parseConfig("agent: gemini\nstreams: {reviewers: {agent: opencode}}\n", "pleach.yaml").errors).toEqual([]);
    expect(parseOwnConfig("agent: copilot\n", { file: "config.yaml", home: "/home/me" }).errors).toEqual([]);
  });

  it("has an entry that says only what is different", () => {
    const [opencode, qwen] = agentsOf(
      "agents: {opencode: {model: some/model, env: {A: '1'}}, qwen: {kind: acp, args: [--debug], pass: [MY_KEY]}}\n",
    );
    expect(opencode).toMatchObject({ kind: "acp", command: "opencode", args: ["acp"], model: "some/model" });
    expect(opencode?.env).toEqual({ OPENCODE_DISABLE_AUTOUPDATE: "1", A: "1" });
    expect(qwen).toMatchObject({ command: "qwen", args: ["--acp", "--debug"], pass: ["MY_KEY"] });
  });

  it("gives way to an entry that names a program, or another kind", () => {
    const [gemini, copilot] = agentsOf(
      "agents: {gemini: {kind: acp, command: /opt/gemini, args: [--x]}, copilot: {kind: command, command: ./c}}\n",
    );
    expect(gemini).toEqual({ name: "gemini", kind: "acp", command: "/opt/gemini", args: ["--x"] });
    expect(copilot).toEqual({ name: "copilot", kind: "command", command: "./c" });
    expect(planWith("copilot", "agents: {copilot: {kind: command, command: ./c}}\n").plan?.agents).toMatchObject([
      { name: "copilot", kind: "command" },
    ]);
    expect(parseConfig("agents: {copilot: {kind: command}}", "pleach.yaml").errors).toMatchObject([
      { message: 'agent "copilot" is of kind command and has no `command`' },
    ]);
  });

  it("is suggested for a name that is nearly its own", () => {
    expect(planWith("opncode").errors).toMatchObject([{ hint: expect.stringContaining("opencode") }]);
  });

  it("has a name of its own, that no kind has", () => {
    const names = BUILTIN_AGENTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(ACP_PROGRAMS.map(({ command }) => command)).size).toBe(ACP_PROGRAMS.length);
  });
});
