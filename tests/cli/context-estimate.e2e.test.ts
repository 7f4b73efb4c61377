/** Tasks that are too large for their agent: what `plan check` says of them, and a run before they start. */
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/protocol/client.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { pleach, readDocument } from "./program.ts";
import { makeRepository } from "./repositories.ts";

const AGENTS = `agents:
  small: { kind: command, command: sh, args: [-c, "echo more >> big/text.txt"], window: 1500 }
agent: small
`;
const PLAN = `---
goal: Too much
---

## Large

\`\`\`yaml task
id: large
scope: [big/**]
\`\`\`

Read all of it.

## Small

\`\`\`yaml task
id: small
needs: [large]
scope: [small/**]
run: mkdir -p small && echo x > small/x.txt
\`\`\`
`;

interface Checked {
  warnings: { code: string; message: string; hint: string; line: number }[];
  context: { task: string; agent: string; tokens: number; window: number; complete: boolean }[];
}

const repository = (words: number): string =>
  makeRepository({ "pleach.yaml": AGENTS, "plan.md": PLAN, "big/text.txt": "word ".repeat(words) });

describe("a task that is too large for its agent", () => {
  it("is estimated and warned of by plan check", async () => {
    const root = repository(1_500);
    const said = await pleach(root, "plan", "check", "plan.md", "--json");
    const { warnings, context } = readDocument<Checked>("plan-check", said);
    expect(said.code).toBe(0);
    expect(context).toEqual([
      { task: "large", agent: "small", tokens: expect.any(Number), window: 1500, complete: true },
    ]);
    expect(context[0]?.tokens).toBeGreaterThan(1_500);
    expect(warnings).toEqual([
      expect.objectContaining({
        code: "plan.contextTooLarge",
        message: expect.stringMatching(
          /"large" may not fit its agent: .*about 2,\d{3} tokens, and the agent has 1,500/,
        ),
        hint: expect.stringContaining("split the task"),
        line: 5,
      }),
    ]);
    expect((await pleach(root, "plan", "check", "plan.md")).stderr).toContain('plan.md:5: warning: task "large"');
  });

  it("is warned of by the run before its agent starts, and done all the same", async () => {
    const root = repository(1_500);
    const said = await pleach(root, "run", "plan.md", "--json", "--no-learn", "--trust");
    expect(said.code, said.stdout + said.stderr).toBe(0);
    const events = said.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    const warned = events.findIndex(
      ({ type, data }) => type === "run.warned" && /fit its agent/.test(String(data.text)),
    );
    const ended = events.findIndex(({ type, actor }) => type === "agent.exited" && actor === "task:large");
    expect(warned).toBeGreaterThan(0);
    expect(ended).toBeGreaterThan(warned);
    const { warnings } = readDocument<StatusDocument>("status", await pleach(root, "status", "--json"));
    expect(warnings).toEqual([expect.stringContaining("task large may not fit its agent")]);
  });

  it("is not warned of when it fits", async () => {
    const root = repository(10);
    const { warnings, context } = readDocument<Checked>(
      "plan-check",
      await pleach(root, "plan", "check", "plan.md", "--json"),
    );
    expect(context.map(({ task }) => task)).toEqual(["large"]);
    expect(warnings).toEqual([]);
    const said = await pleach(root, "run", "plan.md", "--json", "--no-learn", "--trust");
    expect(said.code, said.stdout).toBe(0);
    expect(said.stdout).not.toContain("fit its agent");
  });
});
