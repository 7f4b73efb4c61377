/** How the programs are started: arguments and variables, and what is left to the user's entry in pleach.yaml. */
import { describe, expect, it } from "vitest";
import * as acp from "../../../src/actors/agents/acp/program.ts";
import type { AgentRequest } from "../../../src/actors/agents/agent.ts";
import * as claude from "../../../src/actors/agents/claude/program.ts";
import * as codex from "../../../src/actors/agents/codex/program.ts";
import { adapterOf } from "../../../src/actors/agents/index.ts";
import { workerEnvironment } from "../../../src/actors/process/index.ts";
import type { AgentSpec } from "../../../src/plan/model.ts";

const request = (agent: AgentSpec, change: Partial<AgentRequest> = {}): AgentRequest => ({
  run: "r",
  task: "t",
  attempt: 1,
  stream: "builders",
  work: { kind: "agent", agent: agent.name, instruction: "Do it." },
  agent,
  prompt: "Do it.",
  session: null,
  home: "/run/agents/mine",
  tools: null,
  cwd: "/tree",
  transcript: "/run/t.log",
  timeoutMs: 1_000,
  env: {},
  ...change,
});

describe("Claude's program", () => {
  it("is the one on the path, works with its user's login, and asks pleach for permissions", () => {
    const { file, args, env } = claude.programOf(request({ name: "mine", kind: "claude" }), null);
    expect(file).toBe("claude");
    expect(args.join(" ")).toContain(
      "--input-format stream-json --output-format stream-json --verbose --include-partial-messages --permission-prompt-tool stdio",
    );
    expect(args.join(" ")).not.toMatch(/--resume|--model|--mcp-config|skip-permissions/);
    expect(env).toEqual({ DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: "1" });
  });

  it("gets a model, a session, tools, further arguments, and a home of its own where the entry says so", () => {
    const spec: AgentSpec = { name: "mine", kind: "claude", model: "opus", args: ["--max-turns", "9"], home: "run" };
    const { args, env } = claude.programOf(request(spec, { session: "s-1" }), "/run/mcp.json");
    expect(args.join(" ")).toMatch(/--mcp-config \/run\/mcp.json .*--model opus --resume s-1 --max-turns 9$/);
    expect(env).toMatchObject({ CLAUDE_CONFIG_DIR: "/run/agents/mine" });
  });
});

describe("Codex's program", () => {
  const tools = { url: "http://127.0.0.1:9/mcp", token: "secret-token", instructions: "" };

  it("is its app-server, in which no goal outlives the turn", () => {
    const { file, args, env } = codex.serverProgramOf(request({ name: "mine", kind: "codex" }));
    expect([file, ...args]).toEqual("codex app-server -c features.goals=false".split(" "));
    expect(env).toEqual({});
  });

  it("gets tools, further arguments, and a home of its own where the entry says so, and no secret as an argument", () => {
    const spec: AgentSpec = { name: "mine", kind: "codex", args: ["-c", "a=1"], home: "run" };
    const { args, env } = codex.serverProgramOf(request(spec, { tools }));
    expect(args.join(" ")).toMatch(/ -c mcp_servers\.pleach\.url="http.*default_tools_approval_mode="approve" -c a=1$/);
    expect(args.join(" ")).not.toContain("secret-token");
    expect(env).toEqual({ CODEX_HOME: "/run/agents/mine", PLEACH_TOOLS_TOKEN: "secret-token" });
  });

  it("of a version without one may write to its worktree only, and reads its prompt from stdin", () => {
    const { file, args, env } = codex.execProgramOf(request({ name: "mine", kind: "codex" }), null);
    expect([file, ...args]).toEqual("codex exec --json --skip-git-repo-check --sandbox workspace-write -".split(" "));
    expect(env).toEqual({});
  });

  it("of a version without one gets a model, a sandbox, a thread and tools", () => {
    const spec: AgentSpec = { name: "mine", kind: "codex", model: "gpt", sandbox: "read-only", home: "run" };
    const { args, env } = codex.execProgramOf(request(spec, { tools }), "th-1");
    expect(args.join(" ")).toMatch(/--sandbox read-only --model gpt -c mcp_servers\.pleach\.url="http.*resume th-1 -$/);
    expect(args.join(" ")).not.toContain("secret-token");
    expect(env).toEqual({ CODEX_HOME: "/run/agents/mine", PLEACH_TOOLS_TOKEN: "secret-token" });
  });
});

describe("an ACP program", () => {
  it("is started as the entry says", () => {
    const spec: AgentSpec = { name: "mine", kind: "acp", command: "gemini", args: ["--acp"], env: { A: "1" } };
    const quiet = { CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: "false" };
    expect(acp.programOf(request(spec))).toEqual({ file: "gemini", args: ["--acp"], env: { ...quiet, A: "1" } });
    const { env } = acp.programOf(request({ ...spec, home: "run" }));
    expect(env).toMatchObject({ HOME: "/run/agents/mine", A: "1" });
  });
});

describe("how an ACP agent is logged in", () => {
  it("is told for the program that is known, and in general for others", () => {
    const hint = (command: string) => acp.loginHintOf(request({ name: "mine", kind: "acp", command }));
    expect(hint("/opt/bin/copilot")).toMatch(/^Log in once with `copilot login`/);
    expect(hint("other")).toBe(acp.LOGIN_HINT);
  });
});

describe("the variables of an agent", () => {
  const parent = {
    PATH: "/bin",
    HOME: "/home/me",
    CLAUDE_CONFIG_DIR: "/home/me/.claude-work",
    CODEX_HOME: "/home/me/.codex-work",
    // Of an agent in which pleach itself may run.
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "cli",
    CLAUDE_CODE_SSE_PORT: "1",
    CODEX_SANDBOX: "seatbelt",
    ANTHROPIC_API_KEY: "secret",
    OPENAI_API_KEY: "secret",
  };
  const envOf = (kind: AgentSpec["kind"], pass: string[] = []) =>
    workerEnvironment({
      parent,
      pass: [...adapterOf(kind).ownVariables, ...pass],
      worker: { run: "r", task: "t", stream: "s" },
    });

  it("hold where its login lies, and neither keys nor what an enclosing agent has set", () => {
    expect(Object.keys(envOf("claude"))).toEqual(expect.arrayContaining(["HOME", "CLAUDE_CONFIG_DIR"]));
    expect(Object.keys(envOf("codex"))).toEqual(expect.arrayContaining(["HOME", "CODEX_HOME"]));
    for (const kind of ["claude", "codex", "acp"] as const) {
      expect(Object.values(envOf(kind))).not.toContain("secret");
      expect(Object.keys(envOf(kind)).join(" ")).not.toMatch(/CLAUDECODE|CLAUDE_CODE_|CODEX_SANDBOX/);
    }
  });

  it("hold a key that the entry names", () => {
    expect(envOf("claude", ["ANTHROPIC_API_KEY"]).ANTHROPIC_API_KEY).toBe("secret");
  });
});
