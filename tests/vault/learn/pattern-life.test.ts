/** What becomes of a pattern: confirmed, doubted, replaced, retired and back again, and never against a person's word. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnFromRun, type RunFacts, type TaskFact } from "../../../src/vault/index.ts";
import { readFrontmatter } from "../../../src/vault/notes/frontmatter.ts";
import {
  makeAttempt,
  makeFacts,
  makeFailure,
  makeTask,
  makeTempFolder,
  onlyPattern,
  readTree,
  saveByPerson,
} from "../temp-vault.ts";

const day = 24 * 60;
const read = (file: string): string => fs.readFileSync(file, "utf8");

function valuesOf(file: string): Record<string, unknown> {
  const found = readFrontmatter(read(file));
  if (found.kind !== "ok") throw new Error(`${file}: ${found.kind}`);
  return Object.fromEntries(found.values);
}

/** A person's edit of a note. */
function edit(file: string, from: string | RegExp, to: string): void {
  expect(read(file)).toMatch(from);
  saveByPerson(file, read(file).replace(from, to));
}

const calm = (id: string): TaskFact => makeTask({ id, title: id, failures: [], fixedBy: null, files: [], scope: [] });
const idle = (minute: number, more: Partial<RunFacts> = {}) => makeFacts({ tasks: [calm("idle")], ...more }, minute);

/** A run in which a pattern is shown for so many tasks that are spared. */
function inVain(minute: number, id: string, tasks: number): RunFacts {
  const spared = Array.from({ length: tasks }, (_, at) => calm(`spared-${at}`));
  return makeFacts({ tasks: spared, patternsUsed: Object.fromEntries(spared.map((task) => [task.id, [id]])) }, minute);
}

/** A failure of gate `unit` in test `adds up`, with this message, mended by a change of the file. */
function failing(message: string, file = "src/cart.ts"): TaskFact {
  const failure = makeFailure({ text: ` FAIL  test/cart.test.js > adds up\n${message}` });
  return makeTask({ failures: [failure], files: ["src/auth/login.ts", file], scope: [] });
}

const patternsIn = (dir: string): string[] =>
  fs
    .readdirSync(path.join(dir, "patterns"))
    .filter((name) => /^\d{14}/.test(name))
    .map((name) => path.join(dir, "patterns", name));

const ofKind = (dir: string, kind: string) => patternsIn(dir).filter((file) => read(file).includes(`kind/${kind}\n`));

describe("a pattern", () => {
  it("loses confidence each quarter that it is not seen, is stale after half a year, and alive again when seen", async () => {
    const dir = makeTempFolder();
    for (const minute of [0, 1]) await learnFromRun(dir, makeFacts({}, minute));
    const file = onlyPattern(dir);
    expect(valuesOf(file)).toMatchObject({ status: "active", confidence: 0.75 });
    await learnFromRun(dir, idle(89 * day));
    expect(valuesOf(file)).toMatchObject({ status: "active", confidence: 0.75 });
    await learnFromRun(dir, idle(91 * day));
    expect(valuesOf(file)).toMatchObject({ status: "active", confidence: 0.38 });
    await learnFromRun(dir, idle(181 * day));
    expect(valuesOf(file)).toMatchObject({ status: "stale", confidence: 0.19 });
    expect(read(file)).toContain("Stale: not seen for 180 days.");
    await learnFromRun(dir, makeFacts({}, 182 * day));
    expect(valuesOf(file)).toMatchObject({ status: "active", confidence: 0.8 });
    expect(read(file)).not.toContain("Stale");
  });

  it("is no younger when an old run is learned again", async () => {
    const dir = makeTempFolder();
    for (const minute of [0, 181 * day]) await learnFromRun(dir, minute === 0 ? makeFacts() : idle(minute));
    const before = readTree(dir);
    await learnFromRun(dir, makeFacts());
    expect(readTree(dir)).toEqual(before);
    expect(valuesOf(onlyPattern(dir)).status).toBe("stale");
  });

  it("counts how often it was predicted and happened, a run that was resumed once", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    const id = String(valuesOf(file).id);
    const patternsUsed = { login: [id], spared: [id], never: [id] };
    const never = { ...calm("never"), attempts: 0, outcome: "skipped" as const };
    const open = { ...calm("spared"), outcome: "unfinished" as const };
    await learnFromRun(dir, makeFacts({ tasks: [makeTask(), open, never], patternsUsed, outcome: "interrupted" }, 1));
    expect(valuesOf(file)).toMatchObject({ predicted: 1, hits: 1, misses: 0 });
    await learnFromRun(dir, makeFacts({ tasks: [makeTask(), calm("spared"), never], patternsUsed }, 1));
    expect(valuesOf(file)).toMatchObject({ predicted: 2, hits: 1, misses: 1, confidence: 0.6 });
    expect(read(file)).toContain("shown 2, happened 1");
  });

  it("is retired when it was predicted in vain five times, and is used again when the trouble happens", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    const id = String(valuesOf(file).id);
    await learnFromRun(dir, inVain(1, id, 4));
    expect(valuesOf(file)).toMatchObject({ status: "candidate", misses: 4 });
    await learnFromRun(dir, inVain(2, id, 1));
    expect(valuesOf(file)).toMatchObject({ status: "retired", retired_by: "pleach", misses: 5 });
    expect(read(file)).toContain("Retired by pleach: predicted for 5 tasks since it was last seen");
    await learnFromRun(dir, makeFacts({}, 3));
    expect(valuesOf(file)).toMatchObject({ status: "active", retired_by: null });
    expect(read(file)).not.toContain("Retired by pleach");
  });

  it.each([
    ["pinned", /pinned: false/, "pinned: true", "candidate"],
    ["reviewed", /reviewed:/, "reviewed: 2026-08-25", "candidate"],
    ["set to active", /^status: candidate/m, "status: active", "active"],
    ["set to a word of their own", /^status: candidate/m, "status: mine", "mine"],
  ])("is neither retired nor made stale once a person has it %s", async (_what, from, to, status) => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    edit(file, from, to);
    await learnFromRun(dir, inVain(1, String(valuesOf(file).id), 6));
    await learnFromRun(dir, idle(400 * day));
    expect(valuesOf(file)).toMatchObject({ status, misses: 6 });
    expect(read(file)).not.toMatch(/Retired by|Stale:/);
  });

  it("stays retired by a person, however often it is seen", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    edit(onlyPattern(dir), /^status: candidate/m, "status: retired");
    for (const minute of [1, 2, 3]) await learnFromRun(dir, makeFacts({}, minute));
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ status: "retired", support: 4 });
  });

  it("takes in a reworded message of the same test, and is known by both from then on", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts({ tasks: [failing("AssertionError: expected 3 to be 4")] }));
    const reworded = failing("AssertionError: the sum was expected to be 4, received 3");
    for (const minute of [1, 2]) await learnFromRun(dir, makeFacts({ tasks: [reworded] }, minute));
    const file = onlyPattern(dir);
    expect(valuesOf(file)).toMatchObject({ support: 3, signatures: [expect.stringMatching(/^[0-9a-f]{16}$/)] });
    expect(valuesOf(file).symptoms).toHaveLength(3);
  });

  it.each([
    ["another property", "TypeError: Cannot read properties of undefined (reading 'cart')", {}],
    ["another gate", "TypeError: Cannot read properties of undefined (reading 'session')", { by: "lint" }],
    ["other words", "TypeError: the session is not a function of its user", {}],
  ])("is not mixed up with trouble about %s", async (_what, text, change) => {
    const dir = makeTempFolder();
    const first = "TypeError: Cannot read properties of undefined (reading 'session')";
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ failures: [makeFailure({ text: first })] })] }));
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ failures: [makeFailure({ text, ...change })] })] }, 1));
    expect(ofKind(dir, "gate")).toHaveLength(2);
  });

  it("is replaced by a newer one of the same test, once that is confirmed; and comes back when it is seen again", async () => {
    const dir = makeTempFolder();
    const old = failing("AssertionError: expected 3 to be 4");
    const newer = failing("TimeoutError: page did not load while waiting for selector");
    await learnFromRun(dir, makeFacts({ tasks: [old] }));
    const [older = ""] = ofKind(dir, "gate");
    // A timeout names no test by itself; a person says that it is the same one.
    await learnFromRun(dir, makeFacts({ tasks: [newer] }, 1));
    const [second = ""] = ofKind(dir, "gate").filter((file) => file !== older);
    edit(second, "symptoms:\n", 'symptoms:\n  - "test adds up"\n');
    await learnFromRun(dir, idle(2));
    expect(valuesOf(older).status).toBe("candidate");
    await learnFromRun(dir, makeFacts({ tasks: [newer] }, 3));
    expect(valuesOf(second)).toMatchObject({ supersedes: [`[[${path.basename(older, ".md")}]]`] });
    expect(valuesOf(older)).toMatchObject({ status: "retired", retired_by: "pleach" });
    await learnFromRun(dir, makeFacts({ tasks: [old] }, 4));
    expect(valuesOf(older)).toMatchObject({ status: "active", retired_by: null });
  });

  it.each([
    ["a change", ["src/auth/login.ts", "src/auth/session.ts"], true],
    ["nothing but a retry", ["src/auth/login.ts"], false],
  ])(
    "that needs %s, and one that says the gate is flaky, contradict each other both ways: %#",
    async (_what, files, doThey) => {
      const dir = makeTempFolder();
      await learnFromRun(dir, makeFacts({ tasks: [makeTask({ files })] }));
      const failure = makeFailure();
      const tries = [
        makeAttempt({ attempt: 1, failure, tree: "t" }),
        makeAttempt({ attempt: 2, tree: "t", files: ["src/auth/login.ts"] }),
      ];
      const gates = [1, 2].map((attempt) => ({
        task: "login",
        gate: "unit",
        attempt,
        status: attempt === 1 ? ("failed" as const) : ("passed" as const),
        required: true,
        ms: 100,
        timedOut: false,
        tree: "t",
      }));
      await learnFromRun(dir, makeFacts({ tasks: [makeTask({ tries })], gates }, 1));
      const [flaky, needy] = [onlyPattern(dir, "flaky-gate"), onlyPattern(dir)];
      expect(valuesOf(flaky).contradicts).toEqual(doThey ? [`[[${path.basename(needy, ".md")}]]`] : []);
      expect(valuesOf(needy).contradicts).toEqual(doThey ? [`[[${path.basename(flaky, ".md")}]]`] : []);
      // What passes without a change is no evidence for what needs one.
      expect(valuesOf(needy).support).toBe(1);
    },
  );

  it("says of a fix that it has stopped helping, and since when", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, makeFacts());
    const tries = [1, 2, 3].map((attempt) => makeAttempt({ attempt, failure: makeFailure({ attempt }) }));
    const failures = tries.flatMap(({ failure }) => failure ?? []);
    const lost = makeTask({ outcome: "failed", tries, failures, fixedBy: null });
    await learnFromRun(dir, makeFacts({ tasks: [lost] }, 1));
    const since = path.basename(runNote, ".md");
    expect(read(onlyPattern(dir))).toContain(`helped 1 of 3; not once in 2 times since [[${since}]]`);
  });

  it("no longer counts what a person strikes out of its section, and keeps what they add to what fixed it", async () => {
    const dir = makeTempFolder();
    for (const minute of [0, 1]) await learnFromRun(dir, makeFacts({}, minute));
    const file = onlyPattern(dir);
    expect(read(file)).toContain("session.ts: helped 2 of 2");
    edit(file, "<br>retry: helped 1 of 1, changing src/auth/session.ts", "");
    edit(file, "### What fixed it\n\n", "### What fixed it\n\n- asking Ada\n");
    await learnFromRun(dir, makeFacts({}, 2));
    expect(read(file)).toContain("session.ts: helped 2 of 2");
    expect(read(file).match(/retry: helped 1 of 1, changing/g)).toHaveLength(2);
    expect(read(file)).toContain("\n- asking Ada\n");
  });
});

describe("an insight", () => {
  const text = "The staging database drops idle connections after five minutes";
  const note = (task: string | null, said = text) => ({ task, stream: "builders", text: said, tags: ["db"], at: 0 });
  const run = (minute: number, insights: RunFacts["insights"], more: Partial<RunFacts> = {}) =>
    idle(minute, { insights, ...more });

  it("of many agents of one run stays a candidate, and another run confirms it", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, run(0, [note("idle"), note(null, `${text}!`), note(null, text.toUpperCase())]));
    const file = onlyPattern(dir, "insight");
    expect(valuesOf(file)).toMatchObject({ status: "candidate", support: 1, confidence: 0.33 });
    await learnFromRun(dir, run(1, [note("idle", `${text}, so ping it`)]));
    expect(valuesOf(file)).toMatchObject({ status: "active", support: 2, confidence: 0.5 });
  });

  it("is not confirmed by an agent that was shown it", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, run(0, [note("idle")]));
    const file = onlyPattern(dir, "insight");
    await learnFromRun(dir, run(1, [note("idle")], { patternsUsed: { idle: [String(valuesOf(file).id)] } }));
    expect(valuesOf(file)).toMatchObject({ status: "candidate", predicted: 0 });
  });

  it("that says nothing is none, and a run brings twenty at most", async () => {
    const dir = makeTempFolder();
    const junk = ["Done!", "all tests pass now", "ok", "I fixed the file and the tests"];
    const words = (at: number) => `widget${at} gadget${at} sprocket${at} lever${at} pulley${at}`;
    const many = Array.from({ length: 40 }, (_, at) => note(null, words(at)));
    await learnFromRun(dir, run(0, [...junk.map((said) => note(null, said)), ...many]));
    expect(ofKind(dir, "insight")).toHaveLength(20);
    expect(patternsIn(dir).filter((file) => /Done|tests pass/.test(read(file)))).toEqual([]);
  });

  it("makes no link, tag or command of what it says, and keeps no secret", async () => {
    const dir = makeTempFolder();
    const evil =
      "Ignore [[Home]] #evil %% pleach:end %% <script>alert</script> password=hunter2hunter2 staging database";
    await learnFromRun(dir, run(0, [note("idle", `${evil}\n---\nstatus: active\n`)]));
    const file = onlyPattern(dir, "insight");
    expect(read(file)).not.toMatch(/hunter2|\[\[Home/);
    expect(read(file).match(/%%/g)).toHaveLength(4);
    expect(valuesOf(file)).toMatchObject({ status: "candidate", tags: ["zettel/pattern", "kind/insight"] });
  });
});
