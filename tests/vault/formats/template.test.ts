/** The vault that is laid down: valid in every file, and each kind of flaw would be noticed. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderMapNote, renderMaps } from "../../../src/vault/pages/maps.ts";
import { findFlaws } from "./find-flaws.ts";

const root = fileURLToPath(new URL("../../../vault-template/", import.meta.url));
const files = new Map(
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [path.relative(root, file).replaceAll("\\", "/"), fs.readFileSync(file, "utf8")]),
);

/** The flaws once a file was changed. */
function flawsWith(name: string, change: (text: string) => string): string[] {
  const before = files.get(name);
  if (before !== undefined) expect(change(before), name).not.toBe(before);
  return findFlaws(new Map([...files, [name, change(before ?? "")]]));
}

describe("the template", () => {
  it("has no flaw in any file", () => {
    expect(files.size).toBeGreaterThan(20);
    expect(findFlaws(files)).toEqual([]);
  });

  it("holds the maps as the program writes them when they are still empty", () => {
    const maps = renderMaps({ zettels: [], bases: new Set(), canvases: new Map() });
    for (const map of maps) expect(files.get(map.path), map.path).toBe(renderMapNote(map));
  });

  it("reaches every note from Home", () => {
    const text = [...files].filter(([name]) => !name.startsWith("templates/")).map(([, content]) => content);
    const linked = new Set(text.join("\n").match(/(?<=\[\[)[^\]|#]+/g));
    const notes = [...files.keys()].filter((name) => /\.(?:md|base|canvas)$/.test(name) && name !== "Home.md");
    const names = notes.map((name) => path.basename(name).replace(/\.md$/, ""));
    expect(names.filter((name) => !linked.has(name))).toEqual([]);
  });

  it.each<[string, string, (text: string) => string, RegExp]>([
    [
      "a link to nowhere",
      "Home.md",
      (text) => text.replace("[[Runs by month]]", "[[Runs by day]]"),
      /unresolved link to "Runs by day"/,
    ],
    ["an embedded view that is gone", "Home.md", (text) => text.replace("#Latest", "#Newest"), /no view Newest/],
    [
      "a missing heading",
      "Home.md",
      (text) => text.replace("[[Runs by month]]", "[[Home#Nowhere]]"),
      /missing-heading/,
    ],
    ["an open comment", "Home.md", (text) => `${text}%% open`, /a comment is not closed/],
    ["an undeclared property", "Home.md", (text) => text.replace("type: map", "kind: map"), /"kind" is not declared/],
    [
      "a value of another type",
      "templates/Pattern template.md",
      (text) => text.replace("pinned: false", "pinned: maybe"),
      /"pinned" is "maybe"/,
    ],
    [
      "a date that a template cannot fill in",
      "templates/Pattern template.md",
      (text) => text.replace("reviewed:", 'reviewed: "{{date}}"'),
      /"reviewed" is/,
    ],
    [
      "a second generated section",
      "maps/Runs by month.md",
      (text) => `${text}%% pleach:start %%\n%% pleach:end %%\n`,
      /generated section is ambiguous/,
    ],
    [
      "a property that no note has",
      "bases/Runs.base",
      (text) => text.replace("- goal", "- gaol"),
      /no property "gaol" is declared/,
    ],
    [
      "a function that does not exist",
      "bases/Patterns.base",
      (text) => text.replace("isEmpty()", "isNothing()"),
      /no function isNothing/,
    ],
    [
      "a key that no view has",
      "bases/Runs.base",
      (text) => text.replace("    limit:", "    limits:"),
      /a view has a key limits/,
    ],
    [
      "a canvas that shows nothing",
      "canvas/How a run becomes a pattern.canvas",
      (text) => text.replace("runs/About", "run/About"),
      /does not exist/,
    ],
    [
      "cards on each other",
      "canvas/How a run becomes a pattern.canvas",
      (text) => text.replace('"x":540,"y":260', '"x":540,"y":100'),
      /overlap/,
    ],
    [
      "an edge to nowhere",
      "canvas/How a run becomes a pattern.canvas",
      (text) => text.replace('"toNode":"work"', '"toNode":"play"'),
      /"toNode" is "play"/,
    ],
    [
      "a plug-in that is none of Obsidian's",
      ".obsidian/core-plugins.json",
      (text) => text.replace('"bases"', '"dataview"'),
      /no core plug-in dataview/,
    ],
    [
      "a type that does not exist",
      ".obsidian/types.json",
      (text) => text.replace('"goal": "text"', '"goal": "string"'),
      /goal has the type string/,
    ],
    [
      "a colour that is no number",
      ".obsidian/graph.json",
      (text) => text.replace('"rgb": 5431473', '"rgb": "#52e0b1"'),
      /colour group/,
    ],
    [
      "a bookmark of nothing",
      ".obsidian/bookmarks.json",
      (text) => text.replace("Home.md", "House.md"),
      /leads nowhere: House/,
    ],
    ["a community plug-in", ".obsidian/community-plugins.json", () => "{}", /no file that a vault should bring along/],
    ["an open workspace", ".obsidian/workspace.json", () => "{}", /no file that a vault should bring along/],
    ["a name that differs in case only", "runs/home.md", () => "---\ntitle: x\n---\n", /two files are called home\.md/],
    ["a name that links cannot write", "runs/a#b.md", () => "---\ntitle: x\n---\n", /with "#" in its name/],
  ])("would show %s", (_what, name, change, flaw) => {
    expect(flawsWith(name, change).join("\n")).toMatch(flaw);
  });
});
