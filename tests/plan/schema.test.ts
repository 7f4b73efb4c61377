import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeContext, read } from "./read-text.ts";

const schema: object = JSON.parse(readFileSync(new URL("../../schema/plan.schema.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
const context = makeContext("agent: claude\nagents: {claude: {}}\n");

const isParsed = (plan: unknown): boolean => read(JSON.stringify(plan), "json", context).plan !== null;

const FULL = {
  $schema: "https://example.org/plan.schema.json",
  goal: "g",
  base: "main",
  concurrency: 2,
  isolation: "worktree",
  budget: { usd: 1, tokens: 5, perTask: { usd: 0.1 }, mode: "warn" },
  gates: {
    test: "npm test",
    lint: { run: "x", required: false, timeout: 5, report: { junit: "a.xml", lcov: "b", lines: 9 } },
    smoke: { run: "x", at: ["merge", "ship"], level: "advisory", cwd: "web", env: { A: "" }, pass: ["B"] },
    unit: { run: "x", reports: [{ junit: "a.xml" }, { lcov: "b", functions: 9 }, { sarif: "c" }] },
  },
  env: { CI: "1" },
  pass: ["HTTP_PROXY"],
  resources: { db: 2, "port:web": 1, "lockfile:web/package-lock.json": 1 },
  streams: { builders: { concurrency: 1, agent: "claude", reviewedBy: "reviewers", restart: "permanent" } },
  agent: "claude",
  tasks: [
    {
      id: "a",
      title: "A",
      stream: "planners",
      run: "x",
      gates: ["test"],
      artifacts: "spec",
      retries: 1,
      timeout: "5m",
    },
    {
      title: "B b",
      instruction: "do",
      agent: "claude",
      needs: "a",
      prefers: [],
      uses: { db: 1, "port:web": 1 },
      feeds: ["a"],
      scope: ["src/**"],
      budget: { tokens: 5 },
      onConflict: "ask",
      join: { min: 1, require: ["a"] },
      continueOnError: true,
      git: "open",
    },
    { id: "d", instruction: "do", candidates: { claude: 2, codex: 1 }, choose: "first" },
    {
      id: "c",
      agent: "scripted",
      uses: ["db"],
      script: [
        { write: "a", content: "" },
        { edit: "a", find: "x", replace: "" },
        { append: "a", content: "y" },
        { remove: "a" },
        { run: "true" },
        { emit: "plan_ready", payload: { a: [1, null] } },
        { await: "plan_ready", stream: "planners", timeout: "1s" },
        { sleep: 0 },
        { say: "" },
        { fail: "why", attempts: 1, agent: true },
        { cost: { usd: 0.5, tokens: 3 } },
      ],
    },
  ],
};

describe("the published schema and the parser", () => {
  it("both take a plan that uses every key", () => {
    expect(validate(FULL), JSON.stringify(validate.errors)).toBe(true);
    expect(read(JSON.stringify(FULL), "json", context).errors).toEqual([]);
  });

  it("agree that a value put anywhere in a plan is wrong: what the schema refuses, the parser refuses", () => {
    const paths = listPaths(FULL);
    const intruders: unknown[] = [
      null,
      0,
      -1,
      1.5,
      1e15,
      true,
      "",
      " ",
      "x y",
      "../x",
      "5 minutes",
      "-x",
      [],
      {},
      [[]],
      [""],
    ];
    intruders.push({ zz: 1 }, ["a", "a"], [5], "a.lock", "a..b", "/abs", "C:/x", ".git/config");
    let refused = 0;
    for (const path of paths) {
      for (const intruder of intruders) {
        const changed: unknown = replaceAt(FULL, path, intruder);
        if (validate(changed)) continue;
        refused += 1;
        expect(isParsed(changed), `${path.join("/")} = ${JSON.stringify(intruder)}`).toBe(false);
      }
    }
    expect(refused).toBeGreaterThan(paths.length);
  });

  it("agree about keys that are missing or unknown, wherever they are", () => {
    for (const path of listPaths(FULL)) {
      for (const changed of [replaceAt(FULL, path, undefined), replaceAt(FULL, [...path, "zz"], 1)]) {
        const written: unknown = JSON.parse(JSON.stringify(changed) ?? "null");
        if (!validate(written)) expect(isParsed(written), path.join("/")).toBe(false);
      }
    }
  });

  it("agree about any JSON at all", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (task, tasks) => {
        for (const plan of [tasks, { tasks }, { tasks: [task] }])
          if (!validate(plan)) expect(isParsed(plan)).toBe(false);
      }),
    );
  });
});

type Path = (string | number)[];

function listPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const keys: Path = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  const entries = new Map(Object.entries(value));
  return [path, ...keys.flatMap((key) => listPaths(entries.get(String(key)), [...path, key]))];
}

function replaceAt(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? replaceAt(item, rest, replacement) : item));
  if (typeof value !== "object" || value === null) return value;
  const entries = new Map<string, unknown>(Object.entries(value));
  entries.set(String(key), replaceAt(entries.get(String(key)), rest, replacement));
  return Object.fromEntries(entries);
}
