/** `pleach plan check --prompts`: what agents would be told, before any of them is started. */
import { describe, expect, it } from "vitest";
import { pleach, readDocument } from "./program.ts";
import { makeRepository } from "./repositories.ts";

const CONFIG = `agents:
  claude: {}
  plain: { kind: command, command: cat }
  wrapped: { kind: command, command: cat, args: ["{prompt}"] }
agent: claude
worktree: { link: [node_modules], setup: npm ci --ignore-scripts }
`;
const PLAN = `---
goal: Let notes be searched
streams: { builders: { reviewedBy: reviewers } }
---

## Index the notes

\`\`\`yaml task
id: index
scope: [src/**]
\`\`\`

Add the index.

## Search command

\`\`\`yaml task
id: search
needs: [index]
agent: wrapped
scope: [bin/**]
\`\`\`

Add the command.

## Format

\`\`\`yaml task
id: format
scope: [docs/**]
run: echo done
\`\`\`

## Count

\`\`\`yaml task
id: count
agent: plain
scope: [count/**]
\`\`\`

Count them.
`;

const FILES = {
  "pleach.yaml": CONFIG,
  "plan.md": PLAN,
  "package.json": '{"name": "notes", "scripts": {"test": "node --test"}}',
};

interface Checked {
  ok: boolean;
  prompts: { task: string; for: string; stream: string; agent: string | null; prompt: string | null; tokens: number }[];
}

describe("plan check --prompts", () => {
  it("prints what each agent and its reviewer are told in a first attempt, and nothing else", async () => {
    const { code, stdout } = await pleach(makeRepository(FILES), "plan", "check", "plan.md", "--prompts");
    expect(code).toBe(0);
    const heads = stdout.split("\n").filter((line) => line.startsWith("==> "));
    expect(heads.map((head) => head.replace(/[\d,]+ tokens/, "N tokens"))).toEqual([
      "==> index (stream builders, agent claude, about N tokens) <==",
      "==> index, its review (stream reviewers, agent claude, about N tokens) <==",
      "==> search (stream builders, agent wrapped, about N tokens) <==",
      "==> search, its review (stream reviewers, agent claude, about N tokens) <==",
      "==> format (stream builders, a command) <==",
      "==> format, its review (stream reviewers, agent claude, about N tokens) <==",
      "==> count (stream builders, agent plain, about N tokens) <==",
      "==> count, its review (stream reviewers, agent claude, about N tokens) <==",
    ]);
    for (const part of [
      "# You build",
      "The current folder, `<its worktree>`: a git worktree of your own.",
      "to be used and not changed: `node_modules`. Set up with `npm ci --ignore-scripts`.",
      'the repository is tested with:\n\n- `npm test` (`the script "test" of package.json`)',
      "done before yours, and in your folder:\n  index: Index the notes",
      "the folder `<folder of the run>/.ce-events`",
      "call `request_scope` now",
      "`git diff <its base>` shows it in full",
      "(nobody is told anything: format is done by a command or a script)",
      "<==\n\nCount them.\n",
    ])
      expect(stdout).toContain(part);
    expect(stdout).not.toMatch(/critical path|attempt before/);
  });

  it("prints one of them alone where one is asked for, and all in one document", async () => {
    const root = makeRepository({
      ...FILES,
      "plan.md": PLAN.replace("streams: { builders: { reviewedBy: reviewers } }\n", ""),
    });
    const one = await pleach(root, "plan", "check", "plan.md", "--prompts", "search");
    expect(one.stdout).toMatch(/^# You build\n/);
    expect(one.stdout).not.toContain("==>");
    // The option may stand before the plan.
    expect((await pleach(root, "plan", "check", "--prompts", "plan.md")).stdout).toContain(
      "==> search (stream builders",
    );
    const none = await pleach(root, "plan", "check", "--prompts");
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("missing required argument 'plan'")]);
    const { ok, prompts } = readDocument<Checked>(
      "plan-check",
      await pleach(root, "plan", "check", "plan.md", "--prompts", "--json"),
    );
    expect(ok).toBe(true);
    expect(prompts.map(({ task, agent, prompt }) => [task, agent, prompt === null])).toEqual([
      ["index", "claude", false],
      ["search", "wrapped", false],
      ["format", null, true],
      ["count", "plain", false],
    ]);
    expect(prompts[1]?.prompt?.trimEnd()).toBe(one.stdout.trimEnd());
    expect(prompts[1]?.tokens).toBeGreaterThan(500);
  });

  it("says which tasks there are where the one asked for is not there", async () => {
    const { code, stderr } = await pleach(makeRepository(FILES), "plan", "check", "plan.md", "--prompts", "serch");
    expect(code).toBe(2);
    expect(stderr).toContain('the plan has no task "serch"');
    expect(stderr).toContain("did you mean search? it has index, search, format, count");
  });
});
