/** Who carries out a goal: what was asked for, else what pleach.yaml says, else what is installed, else a clear word. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkAgents, chooseAgent } from "../../src/cli/choose-agent.ts";
import { planOfGoal } from "../../src/plan/index.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext } from "../plan/read-text.ts";

const root = makeTempFolder("choose", "file");

/** A PATH with these programs. */
function withPrograms(...programs: string[]): string {
  const folder = join(root, programs.join("+") || "none");
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(folder, program), "");
    chmodSync(join(folder, program), 0o755);
  }
  return folder;
}

const NONE = withPrograms();
const BOTH = withPrograms("claude", "codex");
const AGENTS =
  "agents: {mine: {kind: command, command: x}, other: {kind: command, command: y}, claude: {model: opus}}\n";
const choose = (configText: string, wanted: string | undefined, path: string) =>
  chooseAgent(makeContext(configText).config, wanted, path).agent;

describe("the agent of a goal", () => {
  it("is the one asked for, else pleach.yaml's, else its planners', else the first installed", () => {
    const all = `${AGENTS}agent: mine\nstreams: {planners: {agent: other}}\n`;
    expect(choose(all, "codex", BOTH).name).toBe("codex");
    expect(choose(all, undefined, BOTH).name).toBe("mine");
    expect(choose(all.replace("agent: mine\n", ""), undefined, BOTH).name).toBe("other");
    expect(choose("", undefined, withPrograms("codex"))).toEqual({ name: "codex", kind: "codex" });
    expect(choose("", undefined, BOTH)).toEqual({ name: "claude", kind: "claude" });
  });

  it("has others that stand in for it, where they are named with it", () => {
    const { config } = makeContext("agent: [claude, codex]\n");
    expect(chooseAgent(config, undefined, BOTH)).toMatchObject({ agent: { name: "claude" }, fallback: ["codex"] });
    expect(chooseAgent(config, "codex", BOTH)).toMatchObject({ agent: { name: "codex" }, fallback: [] });
    expect(chooseAgent(config, "codex,claude", BOTH)).toMatchObject({ agent: { name: "codex" }, fallback: ["claude"] });
    expect(() => chooseAgent(config, "codex,nobody", BOTH)).toThrow('there is no agent "nobody"');
  });

  it("is any installed one that was tried with pleach, with the way it is started", () => {
    expect(choose("", undefined, withPrograms("opencode", "goose"))).toMatchObject({ name: "opencode", kind: "acp" });
    expect(() => choose("", undefined, withPrograms("goose"))).toThrow("there is no agent to plan with");
    expect(choose("", "goose", NONE)).toMatchObject({ kind: "acp", command: "goose", args: ["acp"] });
  });

  it("is an installed one as pleach.yaml describes it", () => {
    expect(choose(AGENTS, undefined, BOTH)).toMatchObject({ name: "claude", model: "opus" });
  });

  it("is missed with what to install, or what could be named", () => {
    const noAgent = (hint: RegExp) =>
      expect.objectContaining({
        code: "usage.noAgent",
        message: "there is no agent to plan with",
        hint: expect.stringMatching(hint),
      });
    expect(() => choose("", undefined, NONE)).toThrow(
      noAgent(/npm install -g @anthropic-ai\/claude-code.*npm install -g @openai\/codex.*pleach\.yaml/),
    );
    expect(() => choose(AGENTS, undefined, NONE)).toThrow(noAgent(/--agent mine/));
  });

  it("is not one that nobody declared, nor one that cannot plan", () => {
    expect(() => choose(AGENTS, "nobody", BOTH)).toThrow(
      expect.objectContaining({ code: "plan.unknownAgent", hint: expect.stringContaining("mine, other, claude") }),
    );
    expect(() => choose("", "scripted", BOTH)).toThrow(expect.objectContaining({ code: "usage.noAgent" }));
    expect(() => choose("", "command", BOTH)).toThrow(expect.objectContaining({ code: "usage.noAgent" }));
  });
});

describe("the agents of a goal's streams", () => {
  const check = (configText: string, agent: string, path: string) => () => {
    const { config } = makeContext(configText);
    const plan = planOfGoal("Do it well", { config, ...chooseAgent(config, agent, path) });
    checkAgents(plan, path);
  };

  it("are there when they are installed, or programs of one's own", () => {
    expect(check("", "claude", BOTH)).not.toThrow();
    expect(check(AGENTS, "mine", withPrograms("x"))).not.toThrow();
    expect(check(`agents: {claude: {command: ${join(BOTH, "claude")}}}\n`, "claude", NONE)).not.toThrow();
    expect(check("agents: {claude: {command: ./tools/claude}}\n", "claude", NONE)).not.toThrow();
    expect(check(`agents: {claude: {env: {PATH: ${JSON.stringify(BOTH)}}}}\n`, "claude", NONE)).not.toThrow();
  });

  it("are missed by the program that their entry names", () => {
    const missed = (program: string) =>
      expect.objectContaining({ code: "usage.noAgent", message: expect.stringMatching(`no program ${program}$`) });
    expect(check(AGENTS, "mine", NONE)).toThrow(missed("x"));
    expect(check("agents: {claude: {command: /opt/claude}}\n", "claude", NONE)).toThrow(missed("/opt/claude"));
    expect(check("", "gemini", NONE)).toThrow(missed("gemini"));
    expect(check("", "gemini", NONE)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("npm install -g @google/gemini-cli") }),
    );
  });

  it("are missed by name, with what to install", () => {
    expect(check("", "codex", withPrograms("claude"))).toThrow(
      expect.objectContaining({ code: "usage.noAgent", hint: expect.stringContaining("@openai/codex") }),
    );
    expect(check("streams: {reviewers: {agent: codex}}\n", "claude", withPrograms("claude"))).toThrow(
      expect.objectContaining({ code: "usage.noAgent", message: expect.stringContaining("reviewers") }),
    );
  });

  it("that plan are not programs without a command", () => {
    expect(check(`${AGENTS}streams: {planners: {agent: command}}\n`, "mine", NONE)).toThrow(
      expect.objectContaining({ code: "usage.noAgent" }),
    );
  });
});
