/** Which patterns are shown for a task, and which are not. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnFromRun, type TaskToMatch } from "../../../src/vault/index.ts";
import {
  makeFacts,
  makeFailure,
  makeTask,
  makeTempFolder,
  onlyPattern,
  openPatterns,
  writeNote,
} from "../temp-vault.ts";

function makeQuery(change: Partial<TaskToMatch> = {}): TaskToMatch {
  return { id: "x", title: "", instruction: "", stream: "builders", scope: [], gates: [], ...change };
}

const related = makeQuery({ title: "Keep the login session alive", gates: ["unit"], scope: ["src/auth/**"] });
const unrelated = makeQuery({
  id: "docs",
  title: "Describe the invoice export",
  instruction: "Write a page on how to export invoices as files, run the tests and fix errors.",
  gates: ["unit"],
  scope: ["docs/**"],
});

describe("the patterns of a vault", () => {
  it("finds what was learned for a task like the one that had it, with its evidence", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, makeFacts());
    const patterns = await openPatterns([dir]);
    expect(patterns.warnings).toEqual([]);
    const [match, ...others] = patterns.find(related, 5);
    expect(others).toEqual([]);
    expect(match).toMatchObject({
      id: path.basename(onlyPattern(dir)).slice(0, 19),
      path: onlyPattern(dir),
      title: "Gate unit: TypeError: Cannot read properties of undefined (reading 'session')",
      kind: "gate",
      evidence: {
        support: 1,
        successes: 1,
        failures: 0,
        lastSeen: "2026-08-24T00:00:45",
        runs: [path.basename(runNote, ".md")],
      },
      advice: "Fixed by: retry, which changed src/auth/session.ts: helped 1 of 1",
    });
    expect(match?.why).toEqual(
      ["words: login, session", "scope: src/auth/**", "gate: unit"].map((why) =>
        why.startsWith("words") ? expect.stringMatching(/^words: .*session/) : why,
      ),
    );
  });

  it("does not call a fix what helped nobody", async () => {
    const dir = makeTempFolder();
    const failures = [makeFailure(), makeFailure({ attempt: 2 })];
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ outcome: "failed", fixedBy: null, failures })] }));
    const [match] = (await openPatterns([dir])).find(related, 5);
    expect(match?.advice).toBe("Tried in vain: retry: helped 0 of 1");
  });

  it("finds it for the same task, however little that says", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ id: "b", title: "B", scope: [], fixFiles: [] })] }));
    expect((await openPatterns([dir])).find(makeQuery({ id: "b", title: "B" }), 5)[0]?.why).toContain(
      "same task before",
    );
    expect((await openPatterns([dir])).find(makeQuery({ id: "c", title: "C" }), 5)).toEqual([]);
  });

  it("shows nothing for a task that has nothing to do with it", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const { find } = await openPatterns([dir]);
    expect(find(unrelated, 5)).toEqual([]);
    expect(find(makeQuery(), 5)).toEqual([]);
    expect(find(related, 0)).toEqual([]);
  });

  it("shows trouble of a gate that keeps coming to whoever has to pass that gate", async () => {
    const dir = makeTempFolder();
    for (const run of [0, 1, 2]) {
      const tasks = [makeTask({ id: `t${run}`, title: `Title ${run}`, failures: [makeFailure({ task: `t${run}` })] })];
      await learnFromRun(dir, makeFacts({ tasks }, run));
    }
    const { find } = await openPatterns([dir]);
    expect(find(unrelated, 5).map((match) => match.why)).toEqual([["gate: unit"]]);
    expect(find({ ...unrelated, gates: ["lint"] }, 5)).toEqual([]);
  });

  it("keeps trouble of one task with that task, in however many runs it comes again", async () => {
    const dir = makeTempFolder();
    for (const run of [0, 1, 2, 3]) await learnFromRun(dir, makeFacts({}, run));
    const { find } = await openPatterns([dir]);
    expect(find(unrelated, 5)).toEqual([]);
    expect(find(related, 5)).toHaveLength(1);
  });

  it("keeps a failing test of some files with these, in however many tasks it fails", async () => {
    const dir = makeTempFolder();
    const text =
      " FAIL  tests/cart.test.ts > the cart > adds up\nAssertionError: expected 3 to be 4\n ❯ tests/cart.test.ts:9:3\n";
    for (const run of [0, 1, 2, 3]) {
      const failures = [makeFailure({ task: `t${run}`, text, files: ["src/cart.ts"] })];
      await learnFromRun(
        dir,
        makeFacts({ tasks: [makeTask({ id: `t${run}`, title: `Title ${run}`, failures })] }, run),
      );
    }
    expect((await openPatterns([dir])).find(unrelated, 5)).toEqual([]);
  });

  it("hides what a person retired and puts first what they pinned", async () => {
    const dir = makeTempFolder();
    const other = makeFailure({ text: "ReferenceError: session is not defined" });
    await learnFromRun(dir, makeFacts());
    const firstFile = onlyPattern(dir);
    await learnFromRun(dir, makeFacts({ tasks: [makeTask({ failures: [other] })] }, 1));
    const find = async () => (await openPatterns([dir])).find(related, 5).map((match) => match.path);
    const [leading, following] = await find();
    if (leading === undefined || following === undefined) throw new Error("two were expected");
    fs.writeFileSync(following, fs.readFileSync(following, "utf8").replace("pinned: false", "pinned: true"));
    expect(await find()).toEqual([following, leading]);
    fs.writeFileSync(firstFile, fs.readFileSync(firstFile, "utf8").replace(/status: \w+/, "status: Retired"));
    expect(await find()).not.toContain(firstFile);
  });

  it("counts patterns written by hand at once, wherever they lie", async () => {
    const dir = makeTempFolder();
    writeNote(
      dir,
      "patterns/Payments need a sandbox key.md",
      "Ask ops for the **sandbox** key before touching payments.\n",
    );
    writeNote(
      dir,
      "notes/Leap years.md",
      "---\ntype: pattern\napplies_when: calendar date arithmetic\npinned: true\n---\n# Leap years\n\nMind February.\n",
    );
    writeNote(dir, "notes/Payments sandbox.md", "Payments sandbox key: no pattern, just a note.\n");
    writeNote(dir, "templates/Pattern template.md", "---\ntype: pattern\ntitle: payments sandbox key\n---\n");
    const { find } = await openPatterns([dir]);
    expect(find(makeQuery({ title: "Connect payments to the sandbox" }), 5)).toEqual([
      expect.objectContaining({
        id: "Payments need a sandbox key",
        advice: "Ask ops for the **sandbox** key before touching payments.",
        evidence: { support: 0, successes: 0, failures: 0, lastSeen: null, runs: [] },
      }),
    ]);
    expect(find(makeQuery({ title: "Show the calendar" }), 5).map((match) => match.title)).toEqual(["Leap years"]);
  });

  it("finds a person's note by what they called its file, and the program's by what it says", async () => {
    const dir = makeTempFolder();
    const query = makeQuery({ title: "Connect payments to the sandbox" });
    writeNote(dir, "patterns/Payments sandbox.md", "# Before you touch it\n\nAsk ops.\n");
    expect((await openPatterns([dir])).find(query, 5).map(({ title }) => title)).toEqual(["Before you touch it"]);
    const generated = "# Before you touch it\n\n%% pleach:start %%\n### What happens\n%% pleach:end %%\n";
    writeNote(dir, "patterns/Payments sandbox.md", generated);
    expect((await openPatterns([dir])).find(query, 5)).toEqual([]);
  });

  it("skips notes that it cannot use, with a warning", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    writeNote(dir, "patterns/Big.md", Buffer.alloc(20 * 1024 * 1024, "login session "));
    writeNote(dir, "patterns/Twice.md", "---\na: 1\na: 2\n---\nlogin session\n");
    writeNote(dir, "patterns/Script.md", "---js\nglobalThis.pleachWasRun = true\n---\nlogin session\n");
    writeNote(dir, "patterns/Bytes.md", Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
    fs.symlinkSync("/", path.join(dir, "patterns", "root"));
    const patterns = await openPatterns([dir, path.join(dir, "absent")]);
    expect(patterns.find(related, 5)).toHaveLength(1);
    for (const name of ["Big.md", "Twice.md", "Script.md", "root"]) {
      expect(patterns.warnings).toContainEqual(
        expect.stringMatching(new RegExp(`${name.replace(".", "\\.")} was skipped`)),
      );
    }
    expect("pleachWasRun" in globalThis).toBe(false);
  });

  it.each([
    "error: x --y ~ ^ [[",
    "constructor",
    "__proto__ toString hasOwnProperty",
    "登录 会话 修复",
    "*",
    "a~b C:\\x +- *x*",
    "\0\ud800",
    "word ".repeat(2_000),
  ])("takes any words of a task: %j", async (text) => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const { find } = await openPatterns([dir]);
    const query = makeQuery({ id: text, title: text, instruction: text, scope: [text], gates: [text], command: text });
    expect(find(query, 5)).toEqual([]);
  });

  it("is not misled by chance words of a long text", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const words = Array.from({ length: 1_500 }, (_, at) => `word${at}`);
    const instruction = [...words, "login", "session", "reading"].join(" ");
    expect((await openPatterns([dir])).find(makeQuery({ instruction }), 5)).toEqual([]);
  });
});
