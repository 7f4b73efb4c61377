/** Agents that a plan names and nobody installed: said by `plan check`, and by a run before it makes anything. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findMissingAgents } from "../../src/cli/missing-agents.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { makeContext, readValid } from "../plan/read-text.ts";
import { pleach } from "./program.ts";
import { makeRepository } from "./repositories.ts";

const programs = makeTempFolder("missing-agents", "file");
const here = join(programs, "here");
writeFileSync(here, "");
chmodSync(here, 0o755);
writeFileSync(join(programs, "no-program"), "");
mkdirSync(join(programs, "folder"));

const task = (id: string, keys: string): string =>
  `## ${id}\n\n\`\`\`yaml task\nid: ${id}\n${keys}\n\`\`\`\n\nDo it.\n\n`;
const find = (text: string, config = "", path = programs) =>
  findMissingAgents(readValid(text, "markdown", makeContext(config)), { PATH: path });
const agents = (command: string, more = ""): string =>
  `agents: {mine: {kind: command, command: "${command}"${more}}}\n`;
const MINE = task("a", "agent: mine");

describe("agents of a plan", () => {
  it("are missed once each, at the first task that names them, with what to install", () => {
    const text =
      task("a", "agent: claude") + task("b", "agent: mine") + task("c", "agent: claude") + task("d", "run: x");
    expect(find(text, agents("nowhere"))).toEqual([
      {
        code: "plan.agentMissing",
        message: 'the agent "claude" of tasks a, c is not installed: no program claude on the PATH',
        hint: expect.stringContaining("(npm install -g @anthropic-ai/claude-code)"),
        file: "plan.md",
        line: 1,
      },
      {
        code: "plan.agentMissing",
        message: 'the agent "mine" of task b is not installed: no program nowhere on the PATH',
        hint: "Install it, or name another agent: no such task can start.",
        file: "plan.md",
        line: expect.any(Number),
      },
    ]);
  });

  it("are missed as reviewers of a stream that has tasks", () => {
    const streams = "streams: {builders: {reviewedBy: reviewers}, reviewers: {agent: codex}}\n";
    const found = find(task("a", "run: x\nstream: builders"), streams);
    expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('the agent "codex" of task a')]);
  });

  it.each([
    ["a file that is no program", agents("no-program")],
    ["a folder", agents("folder")],
    ["an absolute path to nothing", agents(join(programs, "gone"))],
    ["a PATH of its own", agents("here", ", env: {PATH: /nowhere}")],
    ["a PATH of the repository", `env: {PATH: /nowhere}\n${agents("here")}`],
  ])("are missed by %s", (_, config) => {
    expect(find(MINE, config)).toHaveLength(1);
  });

  it.each([
    ["on the PATH", agents("here"), programs],
    ["by an absolute path", agents(here), "/nowhere"],
    ["on a PATH of its own", agents("here", `, env: {PATH: "${programs}"}`), "/nowhere"],
    ["in a worktree, perhaps, by a relative path", agents("./bin/agent"), "/nowhere"],
    ["in a worktree, perhaps, by a relative PATH", agents("nowhere"), "node_modules/.bin:/usr/bin"],
    ["where the system looks without a PATH", agents("sh"), ""],
    ["in this program", "agents: {mine: {kind: recorded, from: x}}\n", "/nowhere"],
  ])("are there %s", (_, config, path) => {
    expect(find(MINE, config, path)).toEqual([]);
  });

  it("are not missed where no task names them", () => {
    expect(find(task("a", "run: x"), agents("nowhere"))).toEqual([]);
  });
});

describe("a plan whose agent is not installed", () => {
  it("is warned of by plan check, and refused by run before it makes anything", async () => {
    const root = makeRepository({ "pleach.yaml": agents("no-such-agent-anywhere"), "plan.md": `# Plan\n\n${MINE}` });
    const checked = await pleach(root, "plan", "check", "plan.md");
    expect(checked.code).toBe(0);
    expect(checked.stderr).toMatch(/^plan\.md:\d+: warning: the agent "mine" of task a is not installed/m);
    const said = await pleach(root, "run", "plan.md", "--trust");
    expect([said.code, said.stdout]).toEqual([2, ""]);
    expect(said.stderr).toMatch(/^plan\.md:\d+: error: the agent "mine" of task a is not installed: .*\n +Install it/m);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  });
});
