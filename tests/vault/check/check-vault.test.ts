/** `checkVaults`: each kind of problem is found where it is, and nothing is found in a vault that has none. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { PROBLEM_KINDS } from "../../../src/vault/check/problem.ts";
import { nameTemporary } from "../../../src/vault/files/own-files.ts";
import { foreignSource, initVault, learnFromRun } from "../../../src/vault/index.ts";
import { makeFacts, makeTempFolder, onlyPattern, readTree, writeNote } from "../temp-vault.ts";

const now = Date.UTC(2026, 8, 1);

/** The problems of a vault, each on a line of its own: `code file:line message`; nothing is kept, unless told where. */
async function tell(dir: string, cacheDir: string | null = null): Promise<string[]> {
  const { problems } = await checkVaults([{ dir, isWritten: true }], { now, cacheDir });
  return problems.map(({ code, file, line, message }) => {
    return `${code} ${path.relative(dir, file)}${line === null ? "" : `:${line}`} ${message}`;
  });
}

const pattern = (id: string, more: string, body = "") =>
  `---\nid: "${id}"\ntype: pattern\nstatus: active\nlast_seen: 2026-08-24T10:00:00\n${more}\n---\n${body}`;

describe("checkVaults", () => {
  it("finds nothing in a vault that was laid down and has learned", async () => {
    const dir = makeTempFolder();
    await initVault(dir);
    for (const at of [0, 1, 2])
      await learnFromRun(
        dir,
        makeFacts(
          {
            insights: [
              { task: "login", stream: "builders", text: "Login needs a session table first", tags: [], at: 1 },
            ],
          },
          at,
        ),
      );
    expect(await tell(dir)).toEqual([]);
  });

  it("is empty where there is no vault", async () => {
    expect(await checkVaults([{ dir: path.join(makeTempFolder(), "none"), isWritten: true }], { now })).toEqual({
      problems: [],
      notes: 0,
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "broken YAML, at its line",
      { "a.md": "---\ntitle: x\ntags: [a\nstatus: b\n---\n" },
      ["note.malformed a.md:4 Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    [
      "a key that is there twice",
      { "a.md": "---\nid: x\nid: y\n---\n" },
      ["note.malformed a.md:3 Map keys must be unique"],
    ],
    [
      "frontmatter in another language",
      { "a.md": "---js\nx\n---\n" },
      ['note.malformed a.md:1 its frontmatter is written in "js", which is never run'],
    ],
    [
      "frontmatter with a BOM and CRLF",
      { "a.md": "\uFEFF---\r\ntitle: x\r\ntags: [a\r\n---\r\n" },
      ["note.malformed a.md:4 Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    [
      "sections without an end, without a begin, in the wrong order, and twice",
      {
        "a.md": "# A\n%% pleach:start %%\nx\n",
        "b.md": "---\ntitle: B\n---\n\n%% pleach:end %%\n",
        "c.md": "%% pleach:end %%\n%% pleach:start %%\n",
        "d.md": "%% pleach:start %%\n%% pleach:start %%\n%% pleach:end %%\n",
      },
      [
        'note.section a.md:2 it has "%% pleach:start %%", and no "%% pleach:end %%" below it',
        'note.section b.md:5 it has "%% pleach:end %%", and no "%% pleach:start %%" above it',
        'note.section c.md:2 "%% pleach:end %%" stands above "%% pleach:start %%"',
        "note.section d.md:1 it has more than one line that begins or ends the generated section",
      ],
    ],
    [
      "links to nowhere, to several notes, to no heading and no block",
      {
        "a.md": '---\nup: "[[Gone]]"\n---\n# A\n[[Gone]] ![[gone.png]] [x](missing.md)\n',
        "b.md": "[[Twin]] [[a#A]] [[a#B]]\n\n[[a#^x]] [[#None]] `[[code]]`\n",
        "x/Twin.md": "",
        "y/Twin.md": "",
      },
      [
        'link.unresolved a.md:2 "Gone" leads nowhere',
        'link.unresolved a.md:5 "Gone" leads nowhere',
        'link.unresolved a.md:5 "gone.png" leads nowhere',
        'link.unresolved a.md:5 "missing.md" leads nowhere',
        'link.ambiguous b.md:1 "Twin" may be x/Twin.md, y/Twin.md',
        'link.heading b.md:1 a.md has no heading "B"',
        'link.heading b.md:3 b.md has no heading "None"',
        'link.block b.md:3 a.md has no block "^x"',
        "name.duplicate x/Twin.md its name is also that of y/Twin.md",
      ],
    ],
    [
      "names that are one on other systems, and names that make trouble",
      { "Note.md": "", "note.md": "", "café.md": "", "cafe\u0301.md": "", "a#b.md": "", "a?.md": "" },
      [
        "name.collision café.md it differs from cafe\u0301.md in case or accents only",
        "name.collision note.md it differs from Note.md in case or accents only",
        'name.unsafe a#b.md links cannot name a file with "#" in its name',
        `name.unsafe a?.md other systems allow no "?" in a file's name`,
      ],
    ],
    [
      "properties of another type",
      {
        ".obsidian/types.json": '{"types":{"pinned":"checkbox"}}',
        "a.md": "---\ntitle: x\npinned: maybe\ntags: one\n---\n",
      },
      [
        'property.invalid a.md:3 "pinned" is "maybe", and its type is checkbox',
        'property.invalid a.md:4 "tags" is no list',
      ],
    ],
    [
      "broken canvases, bases and settings",
      {
        "a.canvas": '{"nodes":[{"id":"x","type":"text"}]}',
        "b.canvas": '{"nodes":[{"id":"x","type":"file","file":"gone.md","x":0,"y":0,"width":1,"height":1}]}',
        "c.base": "views:\n  - type: table\n",
        "d.base": "filters: 'file.hasTags(\"x\")'\n",
        ".obsidian/app.json": "{",
        ".obsidian/types.json": "[]",
        ".obsidian/plugins/foreign.json": "{",
      },
      [
        'canvas.invalid a.canvas node "x": "height" is no whole number',
        'canvas.invalid a.canvas node "x": "width" is no whole number',
        'canvas.invalid a.canvas node "x": "x" is no whole number',
        'canvas.invalid a.canvas node "x": "y" is no whole number',
        'canvas.invalid a.canvas node "x": a text node has "text", a text',
        "base.invalid c.base:2 a view has no name",
        expect.stringContaining("settings.invalid .obsidian/app.json it is not valid JSON"),
        'settings.invalid .obsidian/types.json it has no map "types"',
        "canvas.missing b.canvas it shows gone.md, which does not exist",
        'base.doubtful d.base:1 the filter "file.hasTags(\\"x\\")": a file has no function hasTags()',
      ],
    ],
    [
      "patterns with one id, about one trouble, or one signature",
      {
        "patterns/a.md": pattern("1", "title: Gate unit fails on missing session cookie"),
        "patterns/b.md": pattern("1", "title: Something quite different altogether"),
        "patterns/c.md": pattern("3", "title: Gate unit fails on the missing session cookie"),
        "patterns/d.md": pattern("4", 'title: Reworded\nsignature: "0123456789abcdef"'),
        "patterns/e.md": pattern("5", 'title: Told otherwise\nsignature: "0123456789abcdef"'),
        "patterns/f.md": pattern(
          "6",
          'title: Newer wording\nsignature: "0123456789abcdef"\nsupersedes: ["[[d]]", "[[e]]"]',
        ),
        "patterns/g.md": pattern("7", 'title: Told otherwise\nsignature: "0123456789abcdef"').replace(
          "active",
          "retired",
        ),
        "patterns/h.md": pattern("8", "title: Gate unit fails on missing session cookie\napplies_when: [gate lint]"),
      },
      [
        "pattern.id patterns/b.md its id is that of patterns/a.md",
        "pattern.duplicate patterns/c.md it is about the same trouble as patterns/a.md",
        "pattern.duplicate patterns/e.md it is about the same trouble as patterns/d.md",
      ],
    ],
    [
      "patterns that contradict each other, by their own word or by what they advise",
      {
        "patterns/a.md": pattern("1", 'title: Apples\ncontradicts: ["[[b]]"]'),
        "patterns/b.md": pattern("2", 'title: Pears\ncontradicts: ["[[patterns/a|other]]", "[[c]]"]'),
        "patterns/c.md": pattern("3", "title: Plums").replace("active", "retired"),
        "patterns/d.md": pattern("4", "title: Login test times out", "Raise the timeout of the login test."),
        "patterns/e.md": pattern("5", "title: The login test times out", "Don’t raise the timeout of the login test."),
        "patterns/f.md": pattern("6", "title: A login test times out late", "Mock the clock."),
      },
      [
        "pattern.contradiction patterns/a.md it and patterns/b.md contradict each other, and both are in use",
        "pattern.contradiction patterns/d.md it advises the opposite of patterns/e.md",
      ],
    ],
    [
      "patterns that nobody saw for long, unless a person keeps them",
      {
        "patterns/a.md": pattern("1", "title: Old").replace("2026-08", "2026-02"),
        "patterns/b.md": pattern("2", "title: Pinned\npinned: true").replace("2026-08", "2025-02"),
        "patterns/c.md": pattern("3", "title: Reviewed\nreviewed: 2026-08-30").replace("2026-08", "2025-02"),
        "patterns/d.md": pattern("4", "title: Retired").replace("2026-08", "2025-02").replace("active", "retired"),
        "patterns/e.md": pattern("5", "title: No day").replace("2026-08-24T10:00:00", "someday"),
      },
      ["pattern.stale patterns/a.md it was last seen or reviewed on 2026-02-24, 189 days ago"],
    ],
  ])("tells of %s", async (_what, files, problems) => {
    const dir = makeTempFolder();
    for (const [name, text] of Object.entries(files)) writeNote(dir, name, text);
    const before = readTree(dir);
    expect(await tell(dir)).toEqual(problems);
    expect(readTree(dir)).toEqual(before);
    const cache = makeTempFolder();
    for (const _time of ["read", "kept"]) expect(await tell(dir, cache)).toEqual(problems);
    expect(readTree(dir)).toEqual(before);
  });

  it("tells of bytes that are no UTF-8, of notes that are too large, of links that are not followed", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", Buffer.from("one\ntwo\nthr\xffee [[b]]\n", "latin1"));
    writeNote(dir, "b.md", "x".repeat(6 * 1024 * 1024));
    fs.symlinkSync(path.join(dir, "a.md"), path.join(dir, "c.md"));
    expect(await tell(dir)).toEqual([
      "note.encoding a.md:3 it holds bytes that are not valid UTF-8",
      "note.large b.md it is larger than 5 MB",
      expect.stringMatching(/^file.skipped {2}c.md was skipped: it is a symbolic link$/),
    ]);
  });

  it("tells of what a killed program left, and not of what a living one is writing", async () => {
    const dir = makeTempFolder();
    const mine = nameTemporary();
    const dead = mine.replace(`-${process.pid}-`, "-4000000-");
    for (const name of [mine, dead]) writeNote(dir, `patterns/${name}`, "half");
    expect(await tell(dir)).toEqual([`file.leftover patterns/${dead} the program that wrote it is gone`]);
  });

  it("takes a note of 20,000 links and a hostile one in its stride", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "many.md", `${"[[gone]]\n".repeat(20_000)}`);
    writeNote(dir, "evil.md", `${"[[".repeat(5_000)}\n${"> ".repeat(500)}x\0\n`);
    const problems = await tell(dir);
    expect(problems.filter((problem) => problem.startsWith("link.unresolved many.md"))).toHaveLength(20_000);
    expect(problems.at(-1)).toMatch(/^link.unresolved many.md:20000 /);
  });

  it("checks the notes that a repository holds elsewhere, and none of their links", async () => {
    const root = makeTempFolder();
    writeNote(root, "AGENTS.md", "---\na: [\n---\n[code](src/a.ts)\n");
    writeNote(root, "docs/adr/001-x.md", "[gone](gone.md)");
    writeNote(root, "src/readme.md", "---\na: [\n---\n");
    const { problems, notes } = await checkVaults([foreignSource(root)], { now });
    expect(problems.map(({ code, file }) => `${code} ${path.relative(root, file)}`)).toEqual([
      "note.malformed AGENTS.md",
    ]);
    expect(notes).toBe(2);
  });

  it("tells how far it is, up to the end", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 40; at += 1) writeNote(dir, `${at}.md`, "");
    const told: string[] = [];
    const onProgress = (read: number, all: number) => told.push(`${read}/${all}`);
    await checkVaults([{ dir, isWritten: true }], { now, onProgress });
    expect(told).toEqual(["0/40", "32/40", "40/40"]);
  });

  it("finds damage that a person does to a pattern of the program's", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts());
    const file = onlyPattern(dir);
    fs.writeFileSync(
      file,
      fs.readFileSync(file, "utf8").replace("%% pleach:end %%", "").replace("support: 1", 'support: "1"'),
    );
    const found = (await tell(dir)).map((problem) => problem.split(" ")[0]);
    expect(found).toEqual(["note.section", "property.invalid"]);
  });
});

describe("the kinds of problems", () => {
  it("come with the errors first, and a hint each that says what to do", () => {
    const all = Object.values(PROBLEM_KINDS);
    const severities = all.map(({ severity }) => severity);
    expect(severities).toEqual([...severities].sort());
    expect(new Set(all.map(({ hint }) => hint)).size).toBe(all.length);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
  });

  it("are those that the schema of the document promises", () => {
    const text = fs.readFileSync(new URL("../../../schema/vault-check.schema.json", import.meta.url), "utf8");
    const lists = [...text.matchAll(/"enum": (\[[^\]]*"note\.malformed"[^\]]*\])/g)].map((found) =>
      JSON.parse(found[1] ?? ""),
    );
    expect(lists).toEqual([Object.keys(PROBLEM_KINDS), Object.keys(PROBLEM_KINDS)]);
  });
});
