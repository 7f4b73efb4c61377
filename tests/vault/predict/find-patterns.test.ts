/** What makes a pattern fit a task, sign by sign, and what a failure, a doubt or a reader changes about it. */
import { describe, expect, it } from "vitest";
import type { TaskToMatch } from "../../../src/vault/index.ts";
import { signatureOf } from "../../../src/vault/text/signature.ts";
import { makeTempFolder, openPatterns, writeNote } from "../temp-vault.ts";

const login: TaskToMatch = {
  id: "login",
  title: "Keep the login session",
  instruction: "",
  stream: "builders",
  scope: ["src/auth/**"],
  gates: ["unit"],
};
const output = "TypeError: Cannot read properties of undefined (reading 'session')";
const failure = { kind: "gate" as const, by: "unit", text: `some noise\n${output}\n`, files: [] };

/** A note of a pattern; what is given is put into its frontmatter. */
function note(title: string, lines: string): string {
  return `---\ntype: pattern\ntitle: ${JSON.stringify(title)}\n${lines.trim()}\n---\n# A heading\n\nSome advice.\n`;
}

async function find(notes: Readonly<Record<string, string>>, task: TaskToMatch, limit = 5) {
  const dir = makeTempFolder();
  for (const [path, text] of Object.entries(notes)) writeNote(dir, path, text);
  return (await openPatterns([dir])).find(task, limit);
}

async function findIds(notes: Readonly<Record<string, string>>, task: TaskToMatch): Promise<string[]> {
  return (await find(notes, task)).map(({ id }) => id);
}

describe("the failure of the attempt before", () => {
  const exact = note("Gate unit: something", `id: exact\nsignature: "${signatureOf(failure).hash}"`);
  const near = note(
    "Sessions are lost",
    `id: near\nsymptoms: ["TypeError: cannot read properties of undefined, reading session"]`,
  );
  const pinned = note("Keep the login session", "id: pinned\npinned: true\nscope: [src/auth/**]");
  const merged = note("Gate unit: other", `id: merged\nsignatures: ["${signatureOf(failure).hash}"]`);
  const otherGate = note("Lint", `id: other\napplies_when: [gate lint]\nsymptoms: ["${output.replaceAll('"', "'")}"]`);
  const notes = { "a.md": exact, "b.md": near, "c.md": pinned, "d.md": merged, "e.md": otherGate };

  it("is known by its signature, by one merged into the note, or by its message in other words, and leads", async () => {
    const found = await find(notes, { ...login, failure });
    expect(found.map(({ id, because }) => [id, because])).toEqual([
      [expect.stringMatching(/exact|merged|near/), "failure"],
      [expect.stringMatching(/exact|merged|near/), "failure"],
      [expect.stringMatching(/exact|merged|near/), "failure"],
      ["pinned", "task"],
    ]);
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(["exact", "merged", "near", "pinned"]));
    expect(found.find(({ id }) => id === "exact")?.why[0]).toBe("the same failure");
    expect(found.find(({ id }) => id === "near")?.why[0]).toBe("a failure like this");
  });

  it("of the merge is known by the files that were in conflict", async () => {
    const clash = note("Merge conflicts", "id: clash\ntags: [kind/conflict]\nscope: [src/routes.ts]");
    const merge = { kind: "merge" as const, by: "merge", text: "merge conflict in src/routes.ts" };
    const ask = async (files: string[]) => await findIds({ "a.md": clash }, { ...login, failure: { ...merge, files } });
    expect(await ask(["src/a.ts", "src/routes.ts"])).toEqual(["clash"]);
    expect(await ask(["src/a.ts"])).toEqual([]);
  });

  it("is another one when its message is", async () => {
    const other = { ...failure, text: "ReferenceError: cart is not defined" };
    expect((await find(notes, { ...login, failure: other })).map(({ because }) => because)).not.toContain("failure");
  });
});

describe("kinds that are no failures", () => {
  const pair = note("Changes together", "id: pair\ntags: [kind/co-change]\nscope: [src/a.ts, docs/a.md]");
  const flaky = note("Flaky gate e2e", "id: flaky\ntags: [kind/flaky-gate]\napplies_when: [gate e2e]");
  const clash = note("Merge conflicts", "id: clash\ntags: [kind/conflict]\nscope: [src/routes.ts]");
  const effort = note(
    "Effort of builders",
    "id: effort\ntags: [kind/effort]\napplies_when: [stream builders, agent claude]",
  );
  const notes = { "a.md": pair, "b.md": flaky, "c.md": clash, "d.md": effort };
  const ask = (change: Partial<TaskToMatch>) =>
    findIds(notes, { ...login, title: "x", gates: [], scope: [], ...change });

  it("tells files that change together to a task that may change one of them and not the others", async () => {
    expect(await ask({ scope: ["src/*.ts"] })).toEqual(["pair"]);
    expect(await ask({ scope: ["src/**", "docs/**"] })).toEqual([]);
    expect(await ask({ scope: ["lib/**"] })).toEqual([]);
  });

  it("tells what is known of a gate to those that have to pass it", async () => {
    expect(await ask({ gates: ["e2e"] })).toEqual(["flaky"]);
    expect(await ask({ gates: ["unit"] })).toEqual([]);
  });

  it("tells of conflicts where another task may change the same file at the same time", async () => {
    const scope = ["src/routes.ts"];
    expect(await ask({ scope, others: [{ id: "b", scope: ["src/**"] }] })).toContain("clash");
    expect(await ask({ scope, others: [{ id: "b", scope: ["docs/**"] }] })).not.toContain("clash");
    const [match] = await find(notes, { ...login, scope, gates: [], others: [{ id: "b", scope: ["src/**"] }] });
    expect(match?.why).toContain("at the same time: b");
  });

  it("tells what tasks tend to take to who plans them, and to nobody else", async () => {
    expect(await ask({ agent: "claude" })).toEqual([]);
    expect(await ask({ agent: "claude", reader: "builder" })).toEqual([]);
    expect(await ask({ stream: "planners", agent: "claude", reader: "planner" })).toEqual(["effort"]);
  });

  it("leaves a reviewer alone with what only concerns doing the work", async () => {
    expect(await ask({ gates: ["e2e"], scope: ["src/routes.ts"], reader: "reviewer" })).toEqual([]);
  });
});

describe("what little speaks for", () => {
  const scope = "scope: [src/auth/**]";
  const doubtful: Readonly<Record<string, string>> = {
    stale: "status: stale",
    guess: "status: candidate\ntags: [kind/insight]",
    wrong: "status: active\nhits: 0\nmisses: 5",
  };

  it.each(Object.keys(doubtful))("has to show a sign more: %s", async (id) => {
    const text = note("Tokens", `id: ${id}\n${scope}\n${doubtful[id]}`);
    expect(await findIds({ "a.md": text }, { ...login, title: "x" })).toEqual([]);
    expect(await findIds({ "a.md": text }, { ...login, title: "Rotate tokens" })).toEqual([id]);
    const sound = note("Tokens", `id: ${id}\n${scope}`);
    expect(await findIds({ "a.md": sound }, { ...login, title: "x" })).toEqual([id]);
  });

  it("comes after what is as near and sound, and says so", async () => {
    const notes = Object.entries({ ...doubtful, sound: "status: active", right: "status: active\nhits: 5" });
    const files = Object.fromEntries(
      notes.map(([id, lines]) => [`${id}.md`, note("Session tokens", `id: ${id}\n${scope}\n${lines}`)]),
    );
    const found = await find(files, { ...login, title: "Session tokens" });
    expect(found.slice(0, 2).map(({ id }) => id)).toEqual(["right", "sound"]);
    expect(Object.fromEntries(found.map(({ id, status }) => [id, status]))).toMatchObject({
      stale: "stale",
      guess: "unconfirmed",
      sound: "active",
    });
  });

  it("is a pattern like any other once a person has looked at it", async () => {
    const text = note("Tokens", `id: a\n${scope}\n${doubtful.guess}\nreviewed: 2026-08-24`);
    expect(await findIds({ "a.md": text }, { ...login, title: "x" })).toEqual(["a"]);
  });

  it("is out of use when it is retired, and so is its copy in another vault", async () => {
    const [own, other] = [makeTempFolder(), makeTempFolder()];
    const text = note("Session tokens", `id: a\n${scope}\nstatus: active`);
    writeNote(own, "patterns/a.md", text);
    writeNote(other, "patterns/a.md", text);
    const ask = async () => (await openPatterns([own, other])).find(login, 5).map(({ path }) => path);
    expect(await ask()).toEqual([`${own}/patterns/a.md`]);
    writeNote(own, "patterns/a.md", text.replace("status: active", "status: retired"));
    expect(await ask()).toEqual([]);
  });
});

describe("solutions that others wrote down", () => {
  it("are patterns, whose solution is the advice; decisions and other notes are not", async () => {
    const solution = `---
module: Orders
date: 2026-03-02
problem_type: performance_issue
component: database
symptoms:
  - the order list takes seconds to load
tags: [n-plus-one, eager-loading]
---
# N+1 queries in the order list

## Problem

One query for each order.

## Solution

Load lines with the orders in one query.

## Prevention

Count the queries in a test.
`;
    const adr = "---\nstatus: accepted\n---\n# Load order lines lazily\n\nThe order list loads lines when asked.\n";
    const found = await find(
      { "docs/solutions/perf/n-plus-one.md": solution, "docs/adr/1.md": adr },
      {
        ...login,
        title: "Load the order list faster",
        scope: [],
      },
    );
    expect(found).toEqual([
      expect.objectContaining({
        id: "n-plus-one",
        title: "N+1 queries in the order list",
        status: "active",
        advice: "Load lines with the orders in one query.",
        evidence: { support: 0, successes: 0, failures: 0, lastSeen: "2026-03-02", runs: [] },
      }),
    ]);
  });
});
