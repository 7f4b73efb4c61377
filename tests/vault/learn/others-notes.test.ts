/** Notes that are not the program's, or not the ones that are meant: copies of a sync, people's own runs, templates. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { initVault, learnFromRun } from "../../../src/vault/index.ts";
import { makeFacts, makeTempFolder, onlyPattern, openPatterns, readTree, writeNote } from "../temp-vault.ts";

const now = Date.UTC(2026, 8, 1);

async function problemsOf(dir: string): Promise<string[]> {
  const { problems } = await checkVaults([{ dir, isWritten: true }], { now, cacheDir: null });
  return problems.map(({ code, file }) => `${code} ${path.relative(dir, file)}`);
}

describe("a copy of a pattern's note", () => {
  it.each([
    " (conflicted copy 2026-11-30 070952)",
    " 2",
    " copy",
    " (1)",
    "-MacBook",
    ".sync-conflict-20261130-070952-ABCDEFG",
  ])("takes nothing from the note when it is called like it with %j behind", async (mark) => {
    const dir = makeTempFolder();
    await learnFromRun(dir, makeFacts({}, 0));
    const original = path.relative(dir, onlyPattern(dir));
    const copy = original.replace(/\.md$/, `${mark}.md`);
    const before = fs.readFileSync(path.join(dir, original), "utf8");
    writeNote(dir, copy, before);
    await learnFromRun(dir, makeFacts({}, 1));
    const seenIn = (name: string) =>
      (fs.readFileSync(path.join(dir, name), "utf8").match(/^- \[\[.*seen/gm) ?? []).length;
    expect([seenIn(original), seenIn(copy)]).toEqual([2, 1]);
    const problems = await problemsOf(dir);
    expect(problems.filter((problem) => problem.startsWith("pattern.id"))).toEqual([`pattern.id ${copy}`]);
    const patterns = await openPatterns([dir]);
    const [found] = patterns.find(
      { id: "login", title: "Build the login form", instruction: "", stream: "builders", scope: [], gates: ["unit"] },
      5,
    );
    if (found !== undefined) expect(path.relative(dir, found.path)).toBe(original);
    expect(patterns.warnings).toEqual([]);
  });
});

describe("notes of a person", () => {
  it("are in no map of the program, though they are called runs and insights", async () => {
    const dir = makeTempFolder();
    await initVault(dir);
    writeNote(
      dir,
      "sport/Monday.md",
      "---\ntype: run\nstarted: 2026-08-01\nended: 2027-01-01\n---\n# Ten kilometres\n",
    );
    writeNote(dir, "thoughts/One.md", "---\ntype: insight\nid: mine\ntags: [zettel/insight]\n---\n# Sleep more\n");
    const before = [...readTree(dir)].filter(([name]) => name.startsWith("sport/") || name.startsWith("thoughts/"));
    await learnFromRun(dir, makeFacts({}, 0));
    const tree = readTree(dir);
    const maps = [...tree].filter(([name]) => name.startsWith("maps/")).map(([, text]) => text);
    for (const title of ["Ten kilometres", "Sleep more"]) expect(maps.join("\n")).not.toContain(title);
    for (const [name, text] of before) expect(tree.get(name)).toBe(text);
  });

  it("are templates wherever the vault keeps these, and are laid down once", async () => {
    const dir = makeTempFolder();
    await initVault(dir);
    fs.renameSync(path.join(dir, "templates"), path.join(dir, "Templates"));
    fs.writeFileSync(path.join(dir, ".obsidian/templates.json"), '{"folder":"Templates"}');
    writeNote(dir, "Vorlagen/Muster.md", '---\ntype: pattern\ntitle: "{{title}}"\n---\n# {{title}}\n\nDo it.\n');
    expect(await initVault(dir)).toEqual([]);
    await learnFromRun(dir, makeFacts({}, 0));
    expect(fs.existsSync(path.join(dir, "templates"))).toBe(false);
    const maps = [...readTree(dir)].filter(([name]) => name.startsWith("maps/")).map(([, text]) => text);
    expect(maps.join("\n")).not.toContain("{{title}}");
    expect(await problemsOf(dir)).toEqual([]);
  });

  it("are patterns still when their message holds such signs", async () => {
    const dir = makeTempFolder();
    writeNote(
      dir,
      "patterns/p.md",
      '---\ntype: pattern\nsymptoms: ["cannot read {{name}} of <% x %>"]\n---\n# Gaps\n\nDo it.\n',
    );
    const patterns = await openPatterns([dir]);
    const found = patterns.find(
      { id: "t", title: "cannot read name gaps x", instruction: "", stream: "b", scope: [], gates: [] },
      5,
    );
    expect(found.map(({ title }) => title)).toEqual(["Gaps"]);
  });

  it("are told of when their YAML is broken and they say that they are patterns, wherever they lie", async () => {
    const dir = makeTempFolder();
    const broken = "title: Schema\ntags:\n  - emitting JSON schema with `reused: 'ref'` option: x\n bad\n";
    writeNote(dir, "docs/solutions/a.md", `---\nproblem_type: test_failure\n${broken}---\nDo it.\n`);
    writeNote(dir, "elsewhere/b.md", `---\ntype: pattern\n${broken}---\nDo it.\n`);
    writeNote(dir, "elsewhere/c.md", `---\n${broken}---\nproblem_type: no property\n`);
    const { warnings } = await openPatterns([dir]);
    expect(warnings.map((warning) => /(\w)\.md was skipped/.exec(warning)?.[1])).toEqual(["a", "b"]);
  });
});
