/** Any valid plan, as a person would write it. */
import fc from "fast-check";
import { makeContext } from "./read-text.ts";

/** What its plans are read with. */
export const context = makeContext(
  "agents: {basic: {kind: command, command: x}}\ngates: {test: x, lint: y}\nresources: {db: 3}\n",
);

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
const prose = fc.array(
  fc.constantFrom("Do it.", "Then *that*.", "### Details", "- a list", "<b>x</b>", "> q: [", "é 数据"),
  {
    minLength: 1,
    maxLength: 4,
  },
);
/** JSON has no -0, which YAML keeps. */
const payload = fc
  .jsonValue()
  .filter((value) => value !== null)
  .map((value): unknown => JSON.parse(JSON.stringify(value)));
const step = fc.oneof(
  fc.record({ write: fc.constant("a/b.ts"), content: fc.string() }),
  fc.record({ say: fc.string() }),
  fc.record({ emit: fc.constant("plan_ready"), payload }),
  fc.record({ sleep: fc.nat(100) }),
);

/** One task of it. */
export interface Written {
  id: string;
  title: string;
  instruction: string;
  [key: string]: unknown;
}

/** A valid plan; needs point to tasks before, so that there is no cycle. */
export const writtenPlan = fc
  .record({
    goal: word,
    concurrency: fc.integer({ min: 1, max: 9 }),
    isolation: fc.constantFrom("worktree", "none"),
    tasks: fc.array(
      fc.record({
        title: word.map((name) => `Make ${name} work`),
        instruction: prose.map((parts) => parts.join("\n\n")),
        needs: fc.array(fc.nat(50), { maxLength: 3 }),
        keys: fc.record(
          {
            stream: fc.constantFrom("builders", "reviewers"),
            scope: fc.constantFrom(["src/**"], ["a.ts", "b/"], "docs"),
            gates: fc.subarray(["test", "lint"]),
            uses: fc.constantFrom({ db: 2 }, ["db"], "db"),
            retries: fc.nat(5),
            timeout: fc.constantFrom("5m", 30, "1500ms"),
            continueOnError: fc.boolean(),
            onConflict: fc.constantFrom("rerun", "ask"),
          },
          { requiredKeys: [] },
        ),
        work: fc.oneof(
          fc.record({ run: fc.string().filter((text) => text.trim() !== "" && !text.includes("\0")) }),
          fc.record({ agent: fc.constantFrom("basic", ["basic", "claude"]) }),
          fc.record({ agent: fc.constant("scripted"), script: fc.array(step, { minLength: 1, maxLength: 3 }) }),
        ),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ tasks, ...header }) => ({
    header,
    tasks: tasks.map(({ keys, work, needs, title, instruction }, index): Written => {
      const ids = [...new Set(needs.filter((need) => need < index))].map((need) => `t${need}`);
      return { id: `t${index}`, title, instruction, needs: ids, ...keys, ...work };
    }),
  }));
