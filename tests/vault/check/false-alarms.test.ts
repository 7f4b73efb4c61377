/** What people's own vaults hold and what is all right: nothing is told of it. And what is wrong there, and easily missed. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const now = Date.UTC(2026, 8, 1);

async function tell(files: Readonly<Record<string, string>>): Promise<string[]> {
  const dir = makeTempFolder();
  for (const [name, text] of Object.entries(files)) writeNote(dir, name, text);
  const { problems } = await checkVaults([{ dir, isWritten: true }], { now, cacheDir: null });
  return problems.map(
    ({ code, file, line }) => `${code} ${path.relative(dir, file)}${line === null ? "" : `:${line}`}`,
  );
}

const types = JSON.stringify({ types: { created: "date", at: "datetime", topics: "multitext" } });

describe("a check tells nothing", () => {
  it.each<[string, Record<string, string>]>([
    [
      "of a base in its first form",
      {
        "a.base":
          "display:\n  file.name: Name\nviews:\n  - type: table\n    name: T\n    sort:\n      - column: file.name\n        direction: ASC\n",
      },
    ],
    [
      "of links to headings by the anchors that other programs make",
      {
        "a.md": [
          "[x](#key-features) [y](#why-its-great--really) [z](b.md#links-and-more) [l](b.md#L10-L12)",
          "[t](#the-code-example-1) [e](#-emoji) [q](b.md#dont-worry-be-c-and-happy)",
          "",
          "## Key Features!",
          "## Why it's great / really?",
          "## The `code` example",
          "## The code example",
          "## 🎉 Emoji",
        ].join("\n"),
        "b.md": "# [Links](https://example.com/a) and *more*\n\n## Don't worry: be C++ and happy\n",
      },
    ],
    [
      "of gaps in templates, wherever they lie",
      {
        ".obsidian/types.json": types,
        "Vorlagen/a.md":
          '---\ncreated: {{date}}\ntopics: "{{title}}"\nlast:\n  - {{date}}\n---\n# {{title}}\n\n[[{{title}} Log]]\n',
        "_meta/Templates/b.md":
          "---\ncreated: <% tp.date.now() %>\ntitle: <% tp.file.title %>: log\n---\n[[<% tp.file.title %>]]\n",
      },
    ],
    ["of times with a blank in them", { ".obsidian/types.json": types, "a.md": "---\nat: 2024-03-23 15:14\n---\n" }],
    [
      "of ids that are other texts and the same numbers",
      Object.fromEntries(
        ["010", "10", "1.10", "1.1"].map((id, at) => [
          `patterns/n${at}.md`,
          `---\nid: ${id}\ntype: pattern\n---\nDo it.\n`,
        ]),
      ),
    ],
    ["of links that lead out of the vault", { "a/b.md": "[x](../../CONTRIBUTING.md)" }],
    ["of notes that tell of their folders", { "index.md": "", "a/index.md": "", "README.md": "", "a/README.md": "" }],
    ["of signs of conflicts that a note explains", { "a.md": "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n```\n" }],
    ["of a heading's line", { "a.md": "Conflict\n=======\n\ntext\n" }],
    [
      "of names that only sound like copies",
      { "Conflict 2024-01.md": "", "Copy.md": "", "Plan.md": "", "Plan 2.md": "" },
    ],
  ])("%s", async (_what, files) => {
    expect(await tell(files)).toEqual([]);
  });
});

describe("a check tells", () => {
  it("of links to headings that are in no spelling there, and of wikilinks by anchors", async () => {
    const files = { "a.md": "[x](#key-feature) [[#key-features]]\n\n## Key, Features\n" };
    expect(await tell(files)).toEqual(["link.heading a.md:1", "link.heading a.md:1"]);
  });

  it("of both sides of a conflict, once, wherever git left them", async () => {
    const both = (a: string, b: string) => `<<<<<<< HEAD\n${a}\n=======\n${b}\n>>>>>>> 1a2b3c\n`;
    const files = {
      "a.md": `# A\n\n${both("one", "two")}`,
      "b.md": `---\n${both("status: a", "status: b")}---\nb\n`,
      "c.base": both("views: []", "views:"),
      "d.canvas": both('{"nodes":[]}', "{}"),
      "e.md": `# E\r\n${both("one", "two").replaceAll("\n", "\r\n")}`,
    };
    expect(await tell(files)).toEqual([
      "note.conflict a.md:3",
      "note.conflict b.md:2",
      "note.conflict c.base:1",
      "note.conflict d.canvas:1",
      "note.conflict e.md:2",
    ]);
  });

  it("of names that other systems keep for themselves or cannot hold, of folders too", async () => {
    const files = {
      "CON.md": "",
      "nul.txt": "",
      "com1.base": "views: []",
      "dir./a.md": "",
      "a:b/c.md": "",
      "aux/d.md": "",
    };
    expect(await tell(files)).toEqual(
      ["CON.md", "a:b", "aux", "com1.base", "dir.", "nul.txt"].map((name) => `name.unsafe ${name}`),
    );
  });

  it("of folders that are one on other systems, once", async () => {
    expect(await tell({ "Work/a.md": "", "work/b.md": "", "Work/in/c.md": "", "work/in/d.md": "" })).toEqual([
      "name.collision work",
    ]);
  });

  it("of copies that a sync made", async () => {
    const files = {
      "Plan.md": "",
      "Plan (conflicted copy 2026-11-30 070952).md": "",
      "Plan (Anna's conflicted copy 2026-11-30).md": "",
      "Plan.sync-conflict-20261130-070952-ABCDEFG.md": "",
      "Plan (Case Conflict).md": "",
    };
    expect((await tell(files)).filter((told) => told.startsWith("name.copy"))).toHaveLength(4);
  });
});
