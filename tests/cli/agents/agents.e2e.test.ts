/** `pleach agents`, and an agent that is named by nothing but its name: from a plan to its record. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFakeAgent } from "../../helpers/fake-agents.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { environment, readDocument, start } from "../program.ts";
import { git, makeFolder, makeRepository } from "../repositories.ts";

interface Agents {
  agents: { name: string; login: string | null; keys: string[]; record: Record<string, unknown> | null }[];
  missing?: { name: string; install: string }[];
  record: { runs: number; total: number } | null;
}

const SECRET = "zebra-quartz-7781";
const PLAN = `---
goal: Say what was given
gates:
  given: { run: "env | sort > \\"$PLEACH_EVENTS/../gate.txt\\"", required: true }
---

## One

\`\`\`yaml task
id: one
agent: gemini
gates: [given]
\`\`\`

Write it.
`;

describe("an agent that needs no entry", () => {
  it("is found, does a task with its key, which nobody else gets or sees, and has a record", async () => {
    const programs = makeTempFolder("programs", "test");
    writeFakeAgent(programs, "gemini", { keys: ["GEMINI_API_KEY"] });
    const proxy = `http://me:${SECRET}-proxy@127.0.0.1:9`;
    const env = {
      ...{ PATH: [programs, environment.PATH].join(delimiter), XDG_STATE_HOME: makeTempFolder("state", "test") },
      ...{ GEMINI_API_KEY: SECRET, OPENAI_API_KEY: `${SECRET}-other`, HTTPS_PROXY: proxy },
    };
    const root = makeRepository({ "plan.md": PLAN });
    const ran = await start(["run", "plan.md", "--json", "--no-learn", "--run-id", "r"], { cwd: root, env }).ended;
    expect(ran.code, ran.stderr + ran.stdout.slice(-2000)).toBe(0);

    const given = git(root, "show", "pleach/r:given.txt").split("\n");
    expect(given).toEqual(expect.arrayContaining(["GEMINI_API_KEY", "HTTPS_PROXY"]));
    expect(given).not.toContain("OPENAI_API_KEY");
    const run = join(root, ".ce-workspace/r");
    const gate = readFileSync(join(run, "gate.txt"), "utf8");
    expect(gate).not.toMatch(/GEMINI_API_KEY|OPENAI_API_KEY|HTTPS_PROXY/);
    for (const file of readdirSync(run, { recursive: true, encoding: "utf8" })) {
      if (/\.(?:log|jsonl?|md|txt)$/.test(file))
        expect(readFileSync(join(run, file), "latin1"), file).not.toContain(SECRET);
    }

    const said = await start(["agents", "--json", "--all"], { cwd: root, env }).ended;
    const { agents, missing, record } = readDocument<Agents>("agents", said);
    expect(agents).toMatchObject([
      { name: "gemini", login: "yes", keys: ["GEMINI_API_KEY"], ready: true, source: "ready" },
    ]);
    expect(agents[0]?.record).toMatchObject({ runs: 1, tasks: 1, landed: 1, first_pass: 1, rework: 0 });
    expect(agents[0]?.record).toMatchObject({ cost: { usd: null, tokens: 15, estimated: false } });
    expect(record).toEqual({ runs: 1, total: 1 });
    expect(missing?.map(({ name }) => name)).toEqual(expect.arrayContaining(["claude", "codex", "opencode", "goose"]));
    const plain = await start(["agents"], { cwd: root, env }).ended;
    expect(plain.stdout).toMatch(/^✔ gemini: fake 1\.0\.0, answers, logged in\n {2}\S+\/gemini\n/);
    expect(plain.stdout).toMatch(
      /here: 1 of 1 task landed, 100 % at the first attempt, 0\.0 further attempts a task, 15 tokens and /,
    );
    expect(said.stdout + plain.stdout).not.toContain(SECRET);
    const listed = await start(["list"], { cwd: root, env }).ended;
    expect(listed.stdout).toMatch(/^r +succeeded .* 1\/1 +15 tokens /);
  });

  it("is told where it comes from, also without a repository", async () => {
    const folder = makeFolder();
    const env = { PATH: [makeTempFolder("none", "test"), environment.PATH].join(delimiter) };
    const said = await start(["agents", "--all"], { cwd: folder, env }).ended;
    expect([said.code, said.stderr]).toEqual([0, ""]);
    expect(said.stdout).toMatch(
      /^no agent is installed\n- claude +claude: npm install -g @anthropic-ai\/claude-code\n/,
    );
    expect(said.stdout).toMatch(/- copilot +GitHub Copilot CLI: npm install -g @github\/copilot\n/);
    expect(said.stdout).toMatch(/- kimi .*not tried with pleach/);
    expect(existsSync(join(folder, ".ce-workspace"))).toBe(false);
  });
});
