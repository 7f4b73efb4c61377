import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { analyzePlan, type Plan } from "../../src/plan/index.ts";
import type { PlanFormat } from "../../src/plan/load-plan.ts";
import { explainBadName, slugOf } from "../../src/plan/names.ts";
import { mayMeet } from "../../src/plan/overlaps.ts";
import { compileScope, literalStartOf, normalizeScope } from "../../src/plan/scope.ts";
import { makeContext, read } from "./read-text.ts";

const context = makeContext(
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

interface Written {
  id: string;
  title: string;
  instruction: string;
  [key: string]: unknown;
}

/** A valid plan; needs point to tasks before, so that there is no cycle. */
const writtenPlan = fc
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

function writeMarkdown(header: object, tasks: readonly Written[]): string {
  const sections = tasks.map(({ title, instruction, ...keys }) => {
    return `## ${title}\n\n\`\`\`\`\`yaml task\n${stringify(keys)}\`\`\`\`\`\n\n${instruction}\n`;
  });
  return `---\n${stringify(header)}---\n\n# A plan\n\n${sections.join("\n")}`;
}

function withoutPlaces(plan: Plan | null): unknown {
  return plan && { ...plan, tasks: plan.tasks.map(({ at: _at, ...task }) => task) };
}

describe("any valid plan", () => {
  it("is the same Plan whether written as Markdown, YAML or JSON", () => {
    fc.assert(
      fc.property(writtenPlan, ({ header, tasks }) => {
        const json = read(JSON.stringify({ ...header, tasks }), "json", context);
        expect(json.errors).toEqual([]);
        const yaml = read(stringify({ ...header, tasks }), "yaml", context);
        expect(withoutPlaces(yaml.plan)).toEqual(withoutPlaces(json.plan));
        const markdown = read(writeMarkdown(header, tasks), "markdown", context);
        expect(markdown.errors).toEqual([]);
        expect(withoutPlaces(markdown.plan)).toEqual(withoutPlaces(json.plan));
        expect(JSON.parse(JSON.stringify(json.plan))).toEqual(json.plan);
      }),
    );
  });

  it("can be analysed: every task is in one wave, and no schedule beats the critical path or the concurrency", () => {
    fc.assert(
      fc.property(writtenPlan, ({ header, tasks }) => {
        const { plan } = read(JSON.stringify({ ...header, tasks }), "json", context);
        if (plan === null) throw new Error("not valid");
        const { waves, criticalPath, speedup } = analyzePlan(plan);
        expect(waves.flat().sort()).toEqual(plan.tasks.map(({ id }) => id).sort());
        expect(criticalPath.ids.length).toBeLessThanOrEqual(waves.length);
        for (const wave of waves) {
          for (const [name, units] of Object.entries(plan.resources)) {
            const wanted = plan.tasks.flatMap(({ id, uses }) => (wave.includes(id) ? (uses[name] ?? 0) : 0));
            expect(wanted.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(Math.max(units, ...wanted));
          }
        }
        expect(speedup).toBeGreaterThanOrEqual(1);
        expect(speedup).toBeLessThanOrEqual(Math.min(plan.concurrency, (plan.tasks.length * 60_000) / criticalPath.ms));
      }),
    );
  });
});

describe("any text at all", () => {
  const pieces = fc.constantFrom(
    ...[
      "---\n",
      "# T\n",
      "```yaml task\n",
      "```\n",
      "id: a\n",
      "run: x\n",
      "needs: [a, b]\n",
      "tasks:\n",
      "- ",
      "  ",
      "{",
      "}",
    ],
    ...[
      "[",
      "]",
      ": ",
      "&a ",
      "*a",
      "!!set ",
      "? ",
      "|\n",
      ">\n",
      "'",
      '"',
      "\t",
      "\u0000",
      "\r",
      "__proto__: 1\n",
      "<<: *a\n",
      "%YAML 1.1\n",
      "...\n",
    ],
    ...[
      "agent: scripted\n",
      "script:\n",
      "  - write: x\n",
      "### U1. a\n",
      "**Dependencies:** U1\n",
      "join: {min: 9}\n",
      "\ud800",
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
  );
  it.each<PlanFormat>(["markdown", "yaml", "json"])(
    "as %s gives a plan or errors, each with a line and a hint",
    (format) => {
      fc.assert(
        fc.property(text, (source) => {
          const { plan, errors, warnings } = read(source, format, context);
          expect(plan === null).toBe(errors.length > 0);
          const lines = source.split(/\r\n|\n|\r/).length;
          for (const { line, hint, message } of [...errors, ...warnings]) {
            expect(line >= 1 && line <= lines && hint !== "" && message !== "").toBe(true);
          }
          for (const task of plan?.tasks ?? []) expect(explainBadName(task.id)).toBeNull();
        }),
        { numRuns: 400 },
      );
    },
  );

  it("as a heading gives a good id or none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (heading) => {
        const slug = slugOf(heading);
        if (slug !== "" && !(slug in Object.prototype)) expect(explainBadName(slug)).toBeNull();
      }),
    );
  });
});

describe("any two scopes", () => {
  const path = fc.array(fc.constantFrom("a", "b", "ab", "c.ts", "x.md", "c"), { minLength: 1, maxLength: 4 });
  /** Ways to write a glob that matches the path: each segment as it is or with wildcards, the rest left out or `**`. */
  const way = fc.record({
    segments: fc.array(fc.constantFrom("same", "star", "start", "end", "brace", "any"), { minLength: 4, maxLength: 4 }),
    keep: fc.integer({ min: 1, max: 4 }),
    ending: fc.constantFrom("**", ""),
  });
  const writeGlob = (
    parts: string[],
    { segments, keep, ending }: { segments: string[]; keep: number; ending: string },
  ): string => {
    const written = parts.slice(0, keep).map((part, index) => {
      const ways = new Map([
        ["star", "*"],
        ["start", `${part[0] ?? ""}*`],
        ["end", `*${part.slice(1)}`],
        ["brace", `{${part},zz}`],
        ["any", "**"],
      ]);
      return ways.get(segments[index] ?? "") ?? part;
    });
    return normalizeScope(
      [...written, ...(keep < parts.length ? [ending] : [])].filter((part) => part !== "").join("/"),
    );
  };
  it("that are kept apart share no path", () => {
    let compared = 0;
    fc.assert(
      fc.property(path, way, way, (parts, first, second) => {
        const shared = parts.join("/");
        const [a, b] = [writeGlob(parts, first), writeGlob(parts, second)];
        if (!compileScope([a])(shared) || !compileScope([b])(shared)) return;
        const [longer, shorter] = literalStartOf(a).length >= literalStartOf(b).length ? [a, b] : [b, a];
        // An entry that looks like a file is taken for one, not for a folder.
        if (/\.(?:md|ts)$/.test(longer) && !/\.(?:md|ts)$/.test(shared)) return;
        if (/^[^*?{]*\.(?:md|ts)$/.test(longer) && longer !== shared) return;
        compared += 1;
        expect(mayMeet(longer, shorter), `${longer} and ${shorter} for ${shared}`).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});
