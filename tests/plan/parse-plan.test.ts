import { describe, expect, it } from "vitest";
import { makeContext, places, read, readValid } from "./read-text.ts";

const PLAN = `---
goal: Ship it
base: main
concurrency: 6
budget: {usd: 5, perTask: {usd: 0.5}, mode: hard}
gates:
  test: npm test
  lint: {run: npm run lint, required: false, timeout: 90s, report: {lcov: lcov.info, lines: 90}}
resources: {db: 2}
streams:
  builders: {concurrency: 3}
---

# A plan

Some words.

## Design the API

\`\`\`yaml task
id: design
stream: planners
run: echo plan
artifacts: [spec]
\`\`\`

## Build the \`server\`

Before the block.

\`\`\`yaml task
needs: [design]
prefers: [review]
uses: {db: 2}
scope: [src/server/, ./src/x.ts]
agent: scripted
script:
  - write: src/server/a.ts
    content: ""
  - sleep: 1500ms
  - await: plan_ready
    stream: planners
    timeout: 5m
  - cost: {usd: 0.1, tokens: 100}
gates: [test]
retries: 2
timeout: 1h
budget: {tokens: 10}
\`\`\`

After the block.

### Details

\`\`\`js
## not a heading
\`\`\`

## Words that are no task

### Review

\`\`\`yaml task
run: "true"
join: {require: [design]}
needs: design
continueOnError: true
\`\`\`
`;

describe("a Markdown plan", () => {
  it("holds a task for every heading with a task block, with all keys and defaults", () => {
    const plan = readValid(PLAN);
    expect({ ...plan, tasks: [] }).toEqual({
      goal: "Ship it",
      base: "main",
      concurrency: 6,
      isolation: "worktree",
      budget: { usd: 5, perTask: { usd: 0.5 }, mode: "hard" },
      gates: [
        { name: "test", run: "npm test", required: true, at: ["task", "merge"], timeoutMs: 600_000 },
        {
          name: "lint",
          run: "npm run lint",
          required: false,
          at: ["task"],
          timeoutMs: 90_000,
          reports: [{ lcov: "lcov.info", lines: 90 }],
        },
      ],
      resources: { db: 2 },
      streams: [
        { name: "builders", concurrency: 3, restart: "transient" },
        { name: "planners", concurrency: 6, restart: "transient" },
      ],
      agents: [{ name: "scripted", kind: "scripted" }],
      tasks: [],
    });
    expect(plan.tasks.map(({ id, at }) => [id, at])).toEqual([
      ["design", { file: "plan.md", line: 18 }],
      ["build-the-server", { file: "plan.md", line: 27 }],
      ["review", { file: "plan.md", line: 61 }],
    ]);
    expect(plan.tasks[1]).toEqual({
      id: "build-the-server",
      title: "Build the `server`",
      stream: "builders",
      needs: ["design"],
      prefers: ["review"],
      uses: { db: 2 },
      feeds: [],
      scope: ["src/server/**", "src/x.ts"],
      work: {
        kind: "agent",
        agent: "scripted",
        instruction: "Before the block.\n\nAfter the block.\n\n### Details\n\n```js\n## not a heading\n```",
        script: [
          { write: "src/server/a.ts", content: "" },
          { sleep: 1500 },
          { await: "plan_ready", stream: "planners", timeoutMs: 300_000 },
          { cost: { usd: 0.1, tokens: 100 } },
        ],
      },
      gates: ["test"],
      artifacts: [],
      retries: 2,
      timeoutMs: 3_600_000,
      budget: { tokens: 10 },
      onConflict: "rerun",
      continueOnError: false,
      at: { file: "plan.md", line: 27 },
    });
    expect(plan.tasks[2]).toMatchObject({
      onConflict: "ask",
      join: { min: 1, require: ["design"] },
      needs: ["design"],
    });
  });

  it("takes its goal from the first heading, and lines are right with Windows line ends", () => {
    const text = "# The goal\r\n\r\n## One\r\n\r\n```yaml task\r\nrun: x\r\nfoo: y\r\n```\r\n";
    expect(places(read(text).errors)).toEqual(["plan.unknownKey@7"]);
    expect(readValid(text.replace("foo: y\r\n", "")).goal).toBe("The goal");
  });

  it("counts neither blocks in comments nor blocks in lists, and warns of both", () => {
    const text =
      "# G\n\n<!--\n## No\n\n```yaml task\nrun: x\n```\n-->\n\n- ## Nested\n\n  ```yaml task\n  run: x\n  ```\n\n## T\n\n```yaml task\nrun: x\n```\n";
    const { plan, warnings } = read(text);
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["t"]);
    expect(places(warnings)).toEqual(["plan.nestedTask@6", "plan.nestedTask@13"]);
  });

  it("warns of blocks that are marked almost like a task", () => {
    const { warnings } = read("# T\n\n```yaml task\nrun: x\n```\n\n## U\n\n```task\nrun: x\n```\n");
    expect(places(warnings)).toEqual(["plan.notATask@9"]);
  });

  it("warns of a yaml block under a heading that looks like a task and is not marked as one", () => {
    const block = (info: string, content: string): string => `\`\`\`${info}\n${content}\n\`\`\`\n\n`;
    const text = `# Plan\n\n## One\n\n${block("yaml task", "run: x")}${block("yaml", "run: an example")}`;
    const more = `## Two\n\n${block("yaml", "needs: [one]\nrun: y")}## Three\n\n${block("yml", "services:\n  run: z")}`;
    const { plan, warnings } = read(text + more);
    expect(plan?.tasks.map(({ id }) => id)).toEqual(["one"]);
    expect(warnings.filter(({ code }) => code === "plan.notATask")).toMatchObject([
      { line: 15, message: expect.stringContaining('"Two"'), hint: "Mark it as: yaml task" },
    ]);
  });

  it.each(["yaml", "json", "markdown"] as const)(
    "says once of one file of a bundle that its folder is wanted: %s",
    (format) => {
      const bundle = {
        id: "api",
        title: "API",
        depends_on: ["ui"],
        files_scope: ["src/**"],
        tasks: ["x"],
        gate: "test",
      };
      const json = JSON.stringify(bundle);
      const { errors } = read(
        format === "markdown" ? `---\n${json}\n---\n\n# API\n\n## Part\n\nDo it.\n` : json,
        format,
      );
      expect(errors.filter(({ code }) => code !== "plan.empty")).toMatchObject([
        { code: "plan.oneBundle", hint: expect.stringContaining("folder") },
      ]);
    },
  );

  it.each(["yaml", "json"] as const)("says of %s that holds too many values how many it may hold", (format) => {
    const text = format === "json" ? `[${"1,".repeat(500_001)}1]` : "- 1\n".repeat(500_001);
    expect(read(text, format).errors[0]?.message).toMatch(
      new RegExp(`^the ${format.toUpperCase()} holds too many values: \\d+ lines and commas; it may hold 500000$`),
    );
  });
});

describe("who does a task", () => {
  const context = makeContext(
    "agent: basic\nagents: {basic: {kind: command, command: a}, other: {kind: acp, command: b}}\n",
  );
  const text = (streams: string, task: string): string =>
    `goal: g\nstreams: ${streams}\ntasks: [{id: t, instruction: do, ${task}}]\n`;
  const agentOf = (source: string, agent?: string): string | null => {
    const plan = readValid(source, "yaml", agent === undefined ? context : { ...context, ...{ agent } });
    const work = plan.tasks[0]?.work;
    return work?.kind === "agent" ? work.agent : null;
  };

  it("is the task's own agent, else that of the command line, of the stream, of pleach.yaml", () => {
    expect(agentOf(text("{}", "retries: 1"))).toBe("basic");
    expect(agentOf(text("{builders: {agent: other}}", "retries: 1"))).toBe("other");
    expect(agentOf(text("{builders: {agent: other}}", "retries: 1"), "command")).toBe("command");
    expect(agentOf(text("{builders: {agent: other}}", "agent: basic"), "command")).toBe("basic");
    expect(agentOf(text("{}", "run: x"), "command")).toBe(null);
    expect(agentOf(text("{}", "script: [{say: hello}]"), "command")).toBe("scripted");
  });
});
