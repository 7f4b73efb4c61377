import { describe, expect, it } from "vitest";
import { analyzePlan, remainingPathMs } from "../../src/plan/index.ts";
import { mayMeet } from "../../src/plan/overlaps.ts";
import { places, readValid } from "./read-text.ts";

const DIAMOND = `
concurrency: 2
resources: {db: 1}
streams: {solo: {concurrency: 1}}
tasks:
  - {id: d, run: x, needs: [b, c], scope: a}
  - {id: b, run: x, needs: [a], scope: b}
  - {id: c, run: x, needs: [a], scope: c}
  - {id: a, run: x, scope: d}
`;
const durationsMs = { a: 1000, b: 5000, c: 2000, d: 1000 };

describe("the dry run", () => {
  it("tells waves, the critical path and the speed-up at the plan's concurrency", () => {
    const plan = readValid(DIAMOND, "yaml");
    const analysis = analyzePlan(plan, { durationsMs });
    expect(analysis.waves).toEqual([["a"], ["b", "c"], ["d"]]);
    expect(analysis.criticalPath).toEqual({ ids: ["a", "b", "d"], ms: 7000 });
    expect(analysis.speedup).toBeCloseTo(9 / 7);
    expect(remainingPathMs(plan, durationsMs)).toEqual({ a: 7000, b: 6000, c: 3000, d: 1000 });
    expect(remainingPathMs(plan)).toEqual({ a: 180_000, b: 120_000, c: 120_000, d: 60_000 });
  });

  it.each([
    ["concurrency", (text: string) => text.replace("concurrency: 2", "concurrency: 1")],
    ["a resource", (text: string) => text.replaceAll("needs: [a]", "needs: [a], uses: [db]")],
    ["a stream", (text: string) => text.replaceAll("needs: [a]", "needs: [a], stream: solo")],
  ])("honours the limit of %s", (_, change) => {
    expect(analyzePlan(readValid(change(DIAMOND), "yaml"), { durationsMs }).speedup).toBe(1);
  });

  it("puts no more into a wave than its resources allow, and what needs it after all of it", () => {
    const plan = readValid(
      `
resources: {db: 1, gpu: 3}
tasks:
  - {id: a, run: x, scope: a, uses: [db]}
  - {id: b, run: x, scope: b, uses: [db]}
  - {id: c, run: x, scope: c, uses: {gpu: 2}}
  - {id: d, run: x, scope: d, uses: {gpu: 2}}
  - {id: e, run: x, scope: e, uses: {gpu: 1}}
  - {id: f, run: x, scope: f, needs: [b]}
  - {id: g, run: x, scope: g, uses: [db], needs: [a]}
`,
      "yaml",
    );
    expect(analyzePlan(plan).waves.map((wave) => wave.toSorted())).toEqual([
      ["a", "c", "e"],
      ["b", "d"],
      ["f", "g"],
    ]);
  });

  it("starts a task with a quorum as soon as it is met", () => {
    const plan = readValid(DIAMOND.replace("needs: [b, c]", "needs: [b, c], join: {min: 1}"), "yaml");
    expect(analyzePlan(plan, { durationsMs }).speedup).toBeCloseTo(9 / 6);
  });

  it("names tasks without a scope, as one warning when there are many, and not without worktrees", () => {
    const tasks = (count: number): string =>
      Array.from({ length: count }, (_, i) => `  - {id: t${i}, run: x}\n`).join("");
    const warningsOf = (text: string) => places(analyzePlan(readValid(text, "yaml")).warnings);
    expect(warningsOf(`tasks:\n${tasks(2)}`)).toEqual(["plan.noScope@2", "plan.noScope@3"]);
    expect(warningsOf(`tasks:\n${tasks(6)}`)).toEqual(["plan.noScope@2"]);
    expect(warningsOf(`isolation: none\ntasks:\n${tasks(6)}`)).toEqual([]);
  });
});

describe("overlapping scopes", () => {
  const text = (...scopes: string[]): string =>
    `tasks:\n${scopes.map((scope, i) => `  - {id: t${i}, run: x, scope: [${scope}]}\n`).join("")}`;
  const overlapsOf = (source: string, files: string[] = []) =>
    analyzePlan(readValid(source, "yaml"), { files }).overlaps;

  it("are exact over the files that exist", () => {
    const files = ["src/a.ts", "src/b.ts", "docs/x.md"];
    expect(overlapsOf(text('"src/*.ts"', "src/a.ts", "docs"), files)).toEqual([
      { a: "t0", b: "t1", files: ["src/a.ts"] },
    ]);
  });

  it("are guessed from the globs for files that do not exist yet", () => {
    expect(overlapsOf(text('"src/**"', "src/new.ts", '"docs/**"'))).toEqual([
      { a: "t0", b: "t1", globs: ["src/**", "src/new.ts"] },
    ]);
    expect(overlapsOf(text('"src/*.ts"', '"src/*.md"'))).toEqual([]);
  });

  it("do not count between tasks of which one needs the other, however far", () => {
    const chain = `tasks:
  - {id: a, run: x, scope: s}
  - {id: b, run: x, needs: [a], scope: t}
  - {id: c, run: x, needs: [b], scope: s}
  - {id: d, run: x, needs: [a], scope: t}
`;
    expect(overlapsOf(chain)).toEqual([{ a: "b", b: "d", globs: ["t", "t"] }]);
    const { warnings } = analyzePlan(readValid(chain, "yaml"));
    expect(places(warnings)).toEqual(["plan.overlap@3"]);
  });

  it("do not count in a long chain, and count beside it", () => {
    const task = (i: number): string => `  - {id: t${i}, run: x, scope: s, needs: [${i === 0 ? "" : `t${i - 1}`}]}\n`;
    const chain = Array.from({ length: 70 }, (_, i) => task(i)).join("");
    expect(overlapsOf(`tasks:\n${chain}`)).toEqual([]);
    expect(overlapsOf(`tasks:\n${chain}  - {id: u, run: x, scope: s, needs: [t67]}\n`)).toEqual([
      { a: "t68", b: "u", globs: ["s", "s"] },
      { a: "t69", b: "u", globs: ["s", "s"] },
    ]);
  });

  it("of thousands of tasks are capped, and the report says so", () => {
    const { overlaps, warnings } = analyzePlan(readValid(text(...Array(3000).fill('"**", "src/**/*.ts"')), "yaml"), {
      files: ["src/a.ts", "src/b.ts"],
    });
    expect(overlaps).toHaveLength(1000);
    expect(warnings.some(({ message }) => message.includes("than were compared"))).toBe(true);
  });

  it.each([
    ["src", "src", true],
    ["src/a.ts", "src", true],
    ["src/a.ts", "src/*.ts", true],
    ["src/a.ts", "src/*.md", false],
    ["src/a.ts", "**", true],
    ["src/deep/*.ts", "src/**/*.ts", true],
    ["src/*.test.ts", "src/*.ts", true],
    ["src/*.md", "**/*.ts", false],
    ["lib", "**/*.ts", true],
    ["lib", "*.ts", false],
    ["srcx", "src", false],
    ["src/m10.*", "src/m1*", true],
    ["src/{a,b}.md", "src/*.ts", true],
  ])("%s may meet %s: %s", (entry, other, expected) => {
    expect(mayMeet(entry, other)).toBe(expected);
  });
});
