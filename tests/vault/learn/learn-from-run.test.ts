/** Learning: notes made once, merged afterwards, a person's words untouched, nothing lost to others writing too. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnFromRun } from "../../../src/vault/index.ts";
import { rememberFacts } from "../../../src/vault/learn/run-memory.ts";
import { readFrontmatter } from "../../../src/vault/notes/frontmatter.ts";
import {
  makeFacts,
  makeFailure,
  makeTask,
  makeTempFolder,
  onlyPattern,
  readTree,
  saveByPerson,
  writeNote,
} from "../temp-vault.ts";

function read(file: string): string {
  return fs.readFileSync(file, "utf8");
}

function valuesOf(file: string): Record<string, unknown> {
  const found = readFrontmatter(read(file));
  if (found.kind !== "ok") throw new Error(`${file}: ${found.kind}`);
  return Object.fromEntries(found.values);
}

describe("learnFromRun", () => {
  it("lays down the vault, a run note and a pattern for each kind of failure", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    const learned = await learnFromRun(dir, makeFacts());
    expect(learned).toEqual({
      runNote: expect.stringMatching(/^runs\/2026\/08\/20260824000000-[0-9a-z]{4}-let-people-log-in\.md$/),
      created: [expect.stringMatching(/^patterns\/20260824000045-[0-9a-z]{4}-gate-unit-typeerror-cannot-read/)],
      updated: [],
      unchanged: [],
      warnings: [],
    });
    expect(fs.existsSync(path.join(dir, ".obsidian/types.json"))).toBe(true);
    const runName = path.basename(learned.runNote, ".md");
    const pattern = valuesOf(onlyPattern(dir));
    expect(pattern).toMatchObject({
      type: "pattern",
      status: "candidate",
      support: 1,
      successes: 1,
      failures: 0,
      evidence: [`[[${runName}]]`],
      scope: ["src/auth/session.ts"],
      last_seen: "2026-08-24T00:00:45",
    });
    expect(read(onlyPattern(dir))).toContain("retry, which changed src/auth/session.ts");
    expect(valuesOf(path.join(dir, learned.runNote))).toMatchObject({
      type: "run",
      outcome: "succeeded",
      duration_s: 45,
      cost_usd: 0.25,
      tasks: 1,
      retries: 1,
      patterns_learned: [`[[${path.basename(onlyPattern(dir), ".md")}]]`],
    });
  });

  it("marks what a cost is estimated of, and remembers it all the same", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    const facts = makeFacts({ estimatedUsd: 0.1, tasks: [makeTask({ costUsd: 0.2, estimatedUsd: 0.1 })] });
    const note = read(path.join(dir, (await learnFromRun(dir, facts)).runNote));
    expect(note).toContain("Of $0.2500 it cost, $0.1000 are estimated (~).");
    expect(note.match(/\| ~0\.2000 \|/g)).toHaveLength(2);
    expect(rememberFacts(facts, "run").tasks).toMatchObject([{ id: "login", costUsd: 0.2 }]);
  });

  it("declares every property that it writes", async () => {
    const dir = makeTempFolder();
    const { runNote } = await learnFromRun(dir, makeFacts());
    const { types } = JSON.parse(read(path.join(dir, ".obsidian/types.json"))) as { types: Record<string, string> };
    const written = [onlyPattern(dir), path.join(dir, runNote)].flatMap((file) => Object.entries(valuesOf(file)));
    const kinds: Record<string, (value: unknown) => boolean> = {
      number: (value) => typeof value === "number",
      checkbox: (value) => typeof value === "boolean",
      multitext: Array.isArray,
      tags: Array.isArray,
      aliases: Array.isArray,
      date: (value) => /^\d{4}-\d\d-\d\d$/.test(String(value)),
      datetime: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(String(value)),
      text: (value) => typeof value === "string",
    };
    expect(written.filter(([key, value]) => value !== null && !kinds[types[key] ?? ""]?.(value))).toEqual([]);
  });

  it("changes no byte when it learns the same facts again", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const before = readTree(dir);
    const again = await learnFromRun(dir, makeFacts());
    expect(readTree(dir)).toEqual(before);
    expect(again).toMatchObject({ created: [], updated: [], unchanged: [expect.any(String)] });
  });

  it("writes the same bytes from the same facts and vault", async () => {
    const [a, b] = [makeTempFolder(), makeTempFolder()];
    for (const dir of [a, b]) for (const run of [0, 1, 2]) await learnFromRun(dir, makeFacts({}, run));
    expect(readTree(a)).toEqual(readTree(b));
  });

  it("merges new evidence into the pattern and leaves a person's words as they are", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    const edited = read(file)
      .replace("pinned: false", "pinned: true   # mine")
      .replace("status: candidate", "status: 'retired'")
      .replace("reviewed:", "reviewed: 2026-09-01")
      .replace("## Notes\n", "## Notes\n\nAsk *Ada* about [[sessions]] #auth\n\n%% hidden %%\n\tend without newline");
    saveByPerson(file, edited);
    const failed = makeTask({ outcome: "failed", fixedBy: null, fixFiles: [] });
    const learned = await learnFromRun(dir, makeFacts({ tasks: [failed] }, 5));
    expect(learned.updated).toEqual([`patterns/${path.basename(file)}`]);
    expect(valuesOf(file)).toMatchObject({ support: 2, successes: 1, failures: 1, status: "retired", pinned: true });
    const outside = (text: string) =>
      text
        .replace(/%% pleach:start %%[\s\S]*%% pleach:end %%/, "")
        .replace(/^(?:support|successes|failures|confidence|last_seen):.*$/gm, "")
        .replace(/^ {2}- "\[\[2026.*\]\]"\n/gm, "");
    expect(outside(read(file))).toBe(outside(edited));
    expect(read(file)).toMatch(/failed; task login[\s\S]*failed; task login/);
  });

  it("makes an active pattern of a candidate that a second run confirms", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    await learnFromRun(dir, makeFacts({}, 1));
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ status: "active", support: 2, successes: 2 });
  });

  it("counts a run once that was resumed and learned again with more in it", async () => {
    const dir = makeTempFolder();
    const open = makeTask({ outcome: "unfinished", fixedBy: null, fixFiles: [] });
    await learnFromRun(dir, makeFacts({ outcome: "interrupted", tasks: [open] }));
    const { runNote } = await learnFromRun(dir, makeFacts());
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ support: 1, successes: 1, failures: 0 });
    expect(valuesOf(path.join(dir, runNote))).toMatchObject({ outcome: "succeeded" });
    expect(fs.readdirSync(path.join(dir, path.dirname(runNote)))).toHaveLength(1);
  });

  it("keeps the newest evidence, and still knows a run whose evidence made room", async () => {
    const dir = makeTempFolder();
    for (let run = 0; run < 23; run += 1) await learnFromRun(dir, makeFacts({}, run));
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ support: 23 });
    expect(valuesOf(onlyPattern(dir)).evidence).toHaveLength(20);
    const before = readTree(dir);
    await learnFromRun(dir, makeFacts({}, 0));
    expect(readTree(dir)).toEqual(before);
  });

  it("makes no pattern of a failure that says nothing and was not fixed, and tells it in the run's note", async () => {
    const dir = makeTempFolder();
    const failures = [makeFailure({ text: "exit code 1" }), makeFailure({ text: "", kind: "work", by: "scripted" })];
    const task = makeTask({ failures, outcome: "failed", fixedBy: null, fixFiles: [] });
    const learned = await learnFromRun(dir, makeFacts({ tasks: [task] }));
    expect(learned.created).toEqual([]);
    expect(read(path.join(dir, learned.runNote))).toMatch(/exit code 1[\s\S]*no output/);
  });

  it("scores the patterns that were shown", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const id = String(valuesOf(onlyPattern(dir)).id);
    const calm = makeTask({ id: "calm", failures: [], fixedBy: null });
    const patternsUsed = { login: [id], calm: [id], ghost: [id], constructor: ["x"] };
    const { runNote } = await learnFromRun(dir, makeFacts({ tasks: [makeTask(), calm], patternsUsed }, 1));
    expect(valuesOf(path.join(dir, runNote))).toMatchObject({
      predicted: 2,
      hits: 1,
      misses: 1,
      patterns_used: [`[[${path.basename(onlyPattern(dir), ".md")}]]`, "x"],
    });
  });

  it("writes hostile output so that it has no effect and holds no secret", async () => {
    const dir = makeTempFolder();
    const evil =
      "[[evil]] ![[evil]] #evil %% pleach:end %%\n%% pleach:end %%\n---\n```\n<script>x</script>\n\u001b[31mTypeError: bad [[evil]] %% <b> #evil password=hunter2hunter2";
    const task = makeTask({
      id: "--x\n---\n[[evil]]",
      title: "title: [[evil]] %% | #evil\n# heading",
      failures: [makeFailure({ text: evil }), makeFailure({ text: `Error: quite other trouble ${"x".repeat(9_000)}` })],
      fixFiles: ["a|b%%[[evil]].ts"],
      agent: "a|b",
    });
    const facts = makeFacts({ goal: '[[evil]]: "goal"\n---\n../../x', tasks: [task], branch: "[[evil]]" });
    const learned = await learnFromRun(dir, facts);
    const files = [learned.runNote, ...learned.created].map((name) => path.join(dir, name));
    expect(files).toHaveLength(3);
    for (const file of files) {
      const text = read(file);
      expect(text).not.toMatch(/hunter2|\u001b|\[\[evil/);
      expect(text.match(/%%/g)).toHaveLength(4);
      expect(
        text
          .replace(/^---[\s\S]*?^---$/m, "")
          .replace(/^ *(`{3,})text\n[\s\S]*?^ *\1$/gm, "")
          .match(/(?<!\\)<(?:script|b)>/g),
      ).toBeNull();
      expect(text.length).toBeLessThan(12_000);
      expect(valuesOf(file).tags).not.toContain("evil");
    }
    const before = readTree(dir);
    await learnFromRun(dir, facts);
    expect(readTree(dir)).toEqual(before);
  });

  it.each([
    ["duplicate keys", (text: string) => text.replace("schema: 1", "schema: 1\nschema: 1")],
    ["broken YAML", (text: string) => text.replace("schema: 1", "schema: [1")],
    ["code as frontmatter", (text: string) => text.replace(/^---/, "---js")],
    ["bytes that are no UTF-8", (text: string) => text.replace("## Notes", "## Notes\n\u00ff")],
  ])("leaves a pattern with %s alone, and makes no second one", async (name, damage) => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    saveByPerson(file, damage(read(file)), name.includes("UTF-8") ? "latin1" : "utf8");
    const before = fs.readFileSync(file);
    const learned = await learnFromRun(dir, makeFacts({}, 1));
    expect(fs.readFileSync(onlyPattern(dir))).toEqual(before);
    expect(learned.warnings).toEqual([expect.stringContaining("was left alone")]);
  });

  it.each([
    ["CRLF line ends", (text: string) => text.replaceAll("\n", "\r\n")],
    ["a byte order mark", (text: string) => `\uFEFF${text}`],
    ["a NUL in a person's text", (text: string) => text.replace("## Notes", "## Notes\n\0")],
    ["no generated section", (text: string) => text.replace(/%% pleach:start[\s\S]*pleach:end %%\n/, "")],
    ["two generated sections", (text: string) => `${text}\n%% pleach:start %%\nmine\n%% pleach:end %%\n`],
  ])("updates a pattern with %s", async (_name, change) => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    const edited = change(read(file));
    saveByPerson(file, edited);
    await learnFromRun(dir, makeFacts({}, 1));
    expect(valuesOf(file)).toMatchObject({ support: 2 });
    expect((read(file).match(/(?<!\r)\n/g) ?? []).length > 0).toBe((edited.match(/(?<!\r)\n/g) ?? []).length > 0);
    const before = readTree(dir);
    await learnFromRun(dir, makeFacts({}, 1));
    expect(readTree(dir)).toEqual(before);
  });

  it("follows a pattern that a person moved and renamed", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    fs.renameSync(onlyPattern(dir), path.join(dir, "maps", "Sessions.md"));
    const learned = await learnFromRun(dir, makeFacts({}, 1));
    expect(learned.updated).toEqual(["maps/Sessions.md"]);
    expect(valuesOf(path.join(dir, learned.runNote)).patterns_learned).toEqual(["[[Sessions]]"]);
  });

  it("learns from thousands of tasks with a note of bounded size", async () => {
    const dir = makeTempFolder();
    const tasks = Array.from({ length: 5_000 }, (_, at) => makeTask({ id: `t${at}`, title: `Task ${at}` }));
    const { runNote } = await learnFromRun(dir, makeFacts({ tasks }));
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ support: 5_000 });
    expect(read(path.join(dir, runNote)).length).toBeLessThan(60_000);
  });

  it("refuses to write through a link that leads out of the vault", async () => {
    const dir = makeTempFolder();
    const elsewhere = makeTempFolder();
    writeNote(dir, "Home.md", "mine");
    fs.symlinkSync(elsewhere, path.join(dir, "runs"));
    await expect(learnFromRun(dir, makeFacts())).rejects.toMatchObject({ code: "vault.outside" });
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });

  it("says that the vault cannot be written, and what to do", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "vault/patterns", "a file where a folder is needed");
    await expect(learnFromRun(path.join(dir, "vault"), makeFacts())).rejects.toMatchObject({
      code: "vault.unwritable",
      hint: expect.stringContaining("move it away"),
    });
    expect(fs.readdirSync(path.join(dir, "vault")).filter((name) => name.includes("lock"))).toEqual([]);
  });
});
