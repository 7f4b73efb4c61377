/** What a person told Obsidian about a vault counts for searching, telling agents, learning and checking. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { readObsidianSettings } from "../../../src/vault/files/obsidian-settings.ts";
import { openStore } from "../../../src/vault/files/store.ts";
import { initVault, learnFromRun, openSearch, searchVault } from "../../../src/vault/index.ts";
import { makeFacts, makeTempFolder, openPatterns, writeNote } from "../temp-vault.ts";

const template =
  "---\ntype: pattern\ntags:\n  - kind/mine\napplies_when:\n  - gate unit\n---\n# Quixotic trouble with vases\n";
const task = {
  id: "t",
  title: "Quixotic trouble with vases",
  instruction: "unit",
  stream: "builders",
  scope: [],
  gates: ["unit"],
};

async function read(files: Readonly<Record<string, string>>) {
  const dir = makeTempFolder();
  for (const [name, text] of Object.entries(files)) writeNote(dir, name, text);
  const store = await openStore(dir);
  if (store === undefined) throw new Error("there is no folder");
  return readObsidianSettings(store);
}

describe("templates", () => {
  it.each([
    [".obsidian/templates.json", '{"folder":"/99 Meta/Vorlagen/"}', "99 meta/vorlagen/Trouble.md"],
    [".obsidian/plugins/templater-obsidian/data.json", '{"templates_folder":"Formulare"}', "Formulare/sub/Trouble.md"],
    [".obsidian/plugins/quickadd/data.json", '{"templateFolderPath":"Formulare"}', "Formulare/Trouble.md"],
    [".obsidian/daily-notes.json", '{"template":"Meta/Day"}', "Meta/Day.md"],
    [".obsidian/zk-prefixer.json", '{"template":"Meta/Day.md"}', "Meta/Day.md"],
    [".obsidian/plugins/periodic-notes/data.json", '{"weekly":{"template":"Meta/Week.md"}}', "Meta/Week.md"],
  ])("that %s names are neither found, told to agents nor checked as patterns", async (file, settings, note) => {
    const dir = makeTempFolder();
    writeNote(dir, note, template);
    writeNote(dir, "patterns/mine.md", template);
    const told = async () => {
      const patterns = await openPatterns([dir]);
      const found = await searchVault([dir], "quixotic", 10);
      const { problems } = await checkVaults([{ dir, isWritten: true }], { now: 0, cacheDir: null });
      return {
        agents: patterns.find(task, 9).map((match) => path.relative(dir, match.path)),
        search: found.map((result) => path.relative(dir, result.path)).sort(),
        check: problems.map(({ code }) => code).filter((code) => code === "pattern.duplicate"),
      };
    };
    const both = [note, "patterns/mine.md"].sort();
    expect(await told()).toMatchObject({ search: both, check: ["pattern.duplicate"] });
    writeNote(dir, file, settings);
    expect(await told()).toEqual({ agents: ["patterns/mine.md"], search: ["patterns/mine.md"], check: [] });
  });

  it("are laid down where Obsidian offers them, and are no patterns there when a run is learned", async () => {
    const dir = makeTempFolder();
    writeNote(dir, ".obsidian/templates.json", '{"folder":"Meta/Formulare"}');
    const created = await initVault(dir);
    expect(created).toContain("Meta/Formulare/Pattern template.md");
    expect(fs.existsSync(path.join(dir, "templates"))).toBe(false);
    expect(await initVault(dir)).toEqual([]);
    writeNote(dir, "Meta/Formulare/Trouble.md", template);
    await learnFromRun(dir, makeFacts());
    expect(fs.readFileSync(path.join(dir, "maps/Patterns by kind.md"), "utf8")).not.toContain("Quixotic");
  });

  it.each(['{"folder":"../out"}', '{"folder":".trash"}', '{"folder":"/"}', '{"folder":7}', "[]", "{"])(
    "lie in their usual folder where the settings say %s",
    async (settings) => {
      const dir = path.join(makeTempFolder(), "vault");
      writeNote(dir, ".obsidian/templates.json", settings);
      expect(await initVault(dir)).toContain("templates/Pattern template.md");
      expect(fs.readdirSync(path.dirname(dir))).toEqual(["vault"]);
      const { isTemplate } = await read({ ".obsidian/templates.json": settings });
      expect(isTemplate("a.md")).toBe(false);
    },
  );
});

describe("excluded files", () => {
  const settings = JSON.stringify({ userIgnoreFilters: ["Archive/", "/\\.draft\\.md$/"] });
  const own = "20260824160012-a7f3-slow-gate.md";

  it("are not found, not told to agents, and only checked for what is lost; those of pleach count", async () => {
    const dir = makeTempFolder();
    const files = { "Archive/old.md": template, "x/new.draft.md": template, "patterns/mine.md": template };
    for (const [name, text] of Object.entries(files)) writeNote(dir, name, text);
    writeNote(dir, `Archive/${own}`, template.replace("Quixotic", "Quixotic other"));
    writeNote(dir, "Archive/broken.md", "---\na: [\n---\n[[nowhere]] [[old#none]]\n");
    writeNote(dir, "Archive/merged.md", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n");
    writeNote(dir, "note.md", "[[old]]\n");
    writeNote(dir, ".obsidian/app.json", settings);
    const paths = (found: { path: string }[]) => found.map((one) => path.relative(dir, one.path)).sort();
    const shown = [`Archive/${own}`, "patterns/mine.md"];
    expect(paths(await searchVault([dir], "quixotic", 10))).toEqual(shown);
    expect(paths((await openPatterns([dir])).find(task, 9))).toEqual(shown);
    const { problems } = await checkVaults([{ dir, isWritten: true }], { now: 0, cacheDir: null });
    // A link to a note that is out of sight leads there all the same.
    expect(problems.map(({ code, file }) => `${code} ${path.relative(dir, file)}`)).toEqual([
      "note.conflict Archive/merged.md",
      // Of pleach's own pattern, which agents are told.
      "pattern.duplicate patterns/mine.md",
    ]);
  });

  it("count again once they are excluded no more, in a search that stays open as well", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 300; at += 1) writeNote(dir, `Archive/n${at}.md`, `quixotic quixotic ${at}\n`);
    writeNote(dir, "z.md", "a quixotic note\n");
    writeNote(dir, ".obsidian/app.json", settings);
    const search = openSearch([dir]);
    try {
      // However many better ones are left out.
      expect(await search.find("quixotic", 1)).toMatchObject([{ title: "z" }]);
      writeNote(dir, "Archive/late.md", "quixotic\n");
      expect(await search.find("quixotic", 9)).toHaveLength(1);
      writeNote(dir, ".obsidian/app.json", "{}");
      expect(await search.find("quixotic", 9)).toHaveLength(9);
    } finally {
      await search.close();
    }
  });

  it.each<[string, string[], string[]]>([
    ["Archive/", ["Archive/a.md", "archive/b/c.md"], ["My Archive/a.md", "Archive.md"]],
    ["/^Archive\\/.*\\.md$/", ["Archive/a.md", "Archive/b/c.md"], ["x/Archive/a.md", "Archive/a.mdx"]],
    ["/draft/", ["a/draft.md", "my drafts/b.md"], ["a/Entwurf.md"]],
    ["/a.c/", ["abc.md", "x/a/c.md"], ["ac.md"]],
    ["/^x.*y.*z$/", ["xyz", "x/y/z", "xzyz"], ["xzy", "axyz"]],
    ["/^abc$/", ["abc"], ["abcd", "xabc", "ab"]],
    ["/ab.*b$/", ["abb", "ab/b"], ["ab"]],
    ["/cost\\$/", ["cost$.md"], ["cost.md"]],
    // What says more than text and gaps is not followed.
    ["/(a+)+$/", [], ["aaaa"]],
    ["/[a]/", [], ["a"]],
    ["/a|b/", [], ["a", "b"]],
    ["/\\d/", [], ["1", "d"]],
    ["", [], ["a.md"]],
  ])("%s", async (filter, matching, others) => {
    const { isExcluded } = await read({ ".obsidian/app.json": JSON.stringify({ userIgnoreFilters: [7, filter] }) });
    expect([...matching, ...others].filter(isExcluded)).toEqual(matching);
  });

  it("are told in no time, whatever the expression and the path", async () => {
    const filter = `/${"a.*".repeat(120)}b/`;
    const { isExcluded } = await read({ ".obsidian/app.json": JSON.stringify({ userIgnoreFilters: [filter] }) });
    expect(isExcluded("a".repeat(100_000))).toBe(false);
  });
});
