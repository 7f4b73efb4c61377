/** How a person opens the very session of an agent: the command that is printed for them, as they can type it. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { adapterOf } from "../../../src/actors/agents/index.ts";
import type { AgentSpec } from "../../../src/plan/model.ts";
import { typed } from "../../../src/protocol/words.ts";

const HOME = "/home/ann/my run/agents/mine";
const open = (spec: Omit<AgentSpec, "name">): string => {
  const command = adapterOf(spec.kind).openSession?.({ name: "mine", ...spec }, "s-1", HOME);
  return command === undefined ? "" : typed(command);
};

describe("the session of an agent", () => {
  it("is opened by its own program", () => {
    expect(open({ kind: "claude" })).toBe("claude --resume s-1");
    expect(open({ kind: "codex", command: "/opt/codex" })).toBe("/opt/codex resume s-1");
    expect(open({ kind: "command", command: "x" })).toBe("");
  });

  it("is opened where its configuration is, when that is the run's or the entry's own", () => {
    expect(open({ kind: "claude", home: "run" })).toBe(`env 'CLAUDE_CONFIG_DIR=${HOME}' claude --resume s-1`);
    expect(open({ kind: "codex", home: "run" })).toBe(`env 'CODEX_HOME=${HOME}' codex resume s-1`);
    const env = { CLAUDE_CONFIG_DIR: "/other", ANTHROPIC_API_KEY: "secret" };
    expect(open({ kind: "claude", env })).toBe("env CLAUDE_CONFIG_DIR=/other claude --resume s-1");
  });

  it("is opened by words that a shell takes as they are", () => {
    const words = ["a b", "it's", "$HOME", "-x=1", "", "`id`"];
    const said = execFileSync("sh", ["-c", `printf '%s\\n' ${typed(words)}`], { encoding: "utf8" });
    expect(said.split("\n").slice(0, -1)).toEqual(words);
  });
});
