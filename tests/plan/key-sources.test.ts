/** One table says which key may come from where: each reader is asked for each key, and has to answer as the table does. */
import { describe, expect, it } from "vitest";
import { extendPlan } from "../../src/plan/extend-plan.ts";
import { KEY_RULES, type Key, type KeySource, type Leave, leaveOf } from "../../src/plan/key-sources.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { parseOwnConfig } from "../../src/plan/read-own-config.ts";
import { makeContext, read, readValid } from "./read-text.ts";

/** A value that a reader takes, and that would do something where it counts only by consent. */
const VALUES: Record<Key, unknown> = {
  goal: "make it",
  tasks: [{ id: "a", run: "true" }],
  base: "main",
  concurrency: 2,
  budget: { usd: 1 },
  resources: { db: 1 },
  streams: { qa: {} },
  isolation: "none",
  gates: { test: "npm test" },
  env: { A: "1" },
  pass: ["TOKEN"],
  agent: "claude",
  agents: { mine: { kind: "command", command: "mine" } },
  vault: "/elsewhere/notes",
  vaults: ["/elsewhere/team"],
  retention: { runs: "30d" },
  "worktree.setup": "npm ci",
  "worktree.teardown": "true",
  "worktree.env": { A: "1" },
  "worktree.pass": ["TOKEN"],
  "worktree.copy": [".env"],
  "worktree.link": ["node_modules"],
  "worktree.setupWhen": ["**/go.sum"],
  "worktree.keep": [".cache/**"],
  "worktree.pristine": true,
  "worktree.path": "trees",
  worktrees: "/elsewhere/trees",
  ui: { theme: "dark" },
  notify: { run: "mail me" },
  decisions: { hold: "1h" },
  engine: { url: "nats://localhost" },
  anomalies: true,
};

const KEYS = Object.keys(KEY_RULES) as Key[];

function write(key: Key): string {
  const [outer, inner] = key.split(".") as [string, string | undefined];
  return JSON.stringify({ [outer]: inner === undefined ? VALUES[key] : { [inner]: VALUES[key] } });
}

type Said = { errors: { code: string }[]; warnings: { code: string }[] };

/** What a reader made of a key, in the words of the table. */
function answerOf({ errors, warnings }: Said, counts: boolean): Leave {
  if (errors.some(({ code }) => code === "plan.unknownKey")) return "no";
  if (warnings.some(({ code }) => code === "plan.ignoredKey")) return counts ? "later" : "no";
  return "free";
}

describe("pleach.yaml", () => {
  it.each(KEYS)("takes %s, asks about it or refuses it as the table says", (key) => {
    const { powers, ...said } = parseConfig(write(key), "pleach.yaml");
    const rule = KEY_RULES[key].repository;
    expect(answerOf(said, false)).toBe(rule === "no" ? "no" : "free");
    expect(powers.length > 0).toBe(rule === "asked" || rule === "inside");
  });

  it("asks about no vault that stays inside: its place is told, for who knows the root to judge", () => {
    const { powers } = parseConfig('vault: notes\nvaults: [more, "../x"]\n', "pleach.yaml");
    expect(powers.map(({ path }) => path)).toEqual(["notes", "more", "../x"]);
  });
});

describe("a plan", () => {
  it.each(KEYS)("takes or refuses %s as the table says", (key) => {
    const whole = { goal: "g", tasks: [{ id: "a", run: "true" }], ...JSON.parse(write(key)) };
    const said = read(JSON.stringify(whole), "json");
    expect(answerOf(said, false)).toBe(KEY_RULES[key].plan);
  });
});

describe("a planner's text", () => {
  const plan = readValid(JSON.stringify({ goal: "g", tasks: [{ id: "first", run: "true" }] }), "json");
  it.each(KEYS)("has %s heeded, or told to have no effect, as the table says", (key) => {
    const whole = { tasks: [{ id: "a", run: "true" }], ...JSON.parse(write(key)) };
    const context = { ...makeContext(), file: "more.json", plan, unstarted: new Set<string>() };
    const { errors, warnings } = extendPlan(JSON.stringify(whole), context);
    const isUnknown = [...errors, ...warnings].some(({ code }) => /unknownKey|ignoredKey/.test(code));
    expect(isUnknown ? "no" : "free").toBe(KEY_RULES[key].planner);
  });
});

describe("a person's own configuration", () => {
  it.each(KEYS)("takes, keeps for later or refuses %s as the table says", (key) => {
    const said = parseOwnConfig(write(key), { file: "config.yaml", home: "/home/me" });
    expect(answerOf(said, true)).toBe(KEY_RULES[key].person);
  });
});

describe("the table", () => {
  it("lets nothing of a repository that nobody named run, let through or lead out unasked", () => {
    const free = KEYS.filter((key) => KEY_RULES[key].repository === "free" || KEY_RULES[key].trackedPlan === "free");
    expect(free.sort()).toEqual(
      [
        ...["agent", "base", "budget", "concurrency", "goal", "resources", "retention", "streams"],
        ...["worktree.keep", "worktree.path", "worktree.pristine", "worktree.setupWhen"],
      ].sort(),
    );
  });

  it("gives what only a person may say to nobody else", () => {
    const others: KeySource[] = ["repository", "trackedPlan", "plan", "planner"];
    for (const key of ["worktrees", "ui", "notify", "decisions", "engine", "anomalies"]) {
      for (const source of others) expect(leaveOf(key, source), `${key} from ${source}`).toBe("no");
    }
  });
});
