/** The vault that is laid down: complete, valid, and never over what is there. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { initVault } from "../../../src/vault/index.ts";
import { readFrontmatter } from "../../../src/vault/notes/frontmatter.ts";
import { basenameOf } from "../../../src/vault/notes/note.ts";
import { makeTempFolder, readTree, writeNote } from "../temp-vault.ts";

describe("initVault", () => {
  it("creates the whole template in a folder that does not exist", async () => {
    const dir = path.join(makeTempFolder(), "new", "vault");
    const created = await initVault(dir);
    expect(created).toEqual([...readTree(dir).keys()].sort());
    expect(created).toEqual(
      expect.arrayContaining([
        ...["app", "bookmarks", "core-plugins", "graph", "templates", "types"].map((name) => `.obsidian/${name}.json`),
        ...["Calibration", "Patterns", "Runs"].map((name) => `bases/${name}.base`),
        "Home.md",
      ]),
    );
    for (const folder of ["patterns", "runs", "insights", "maps", "templates"]) {
      expect(fs.statSync(path.join(dir, folder)).isDirectory()).toBe(true);
    }
    expect(created.filter((name) => /workspace|community|plugins\//.test(name))).toEqual([]);
  });

  it("overwrites nothing and adds what is missing", async () => {
    const dir = makeTempFolder();
    writeNote(dir, ".obsidian/app.json", "mine");
    writeNote(dir, "Home.md", "");
    const created = await initVault(dir);
    expect(fs.readFileSync(path.join(dir, ".obsidian/app.json"), "utf8")).toBe("mine");
    expect(fs.readFileSync(path.join(dir, "Home.md"), "utf8")).toBe("");
    expect(created).not.toContain("Home.md");
    expect(created).toContain(".obsidian/types.json");
    const before = readTree(dir);
    expect(await initVault(dir)).toEqual([]);
    expect(readTree(dir)).toEqual(before);
  });

  it("refuses a folder in the vault that leads out of it", async () => {
    const dir = makeTempFolder();
    const elsewhere = makeTempFolder();
    fs.symlinkSync(elsewhere, path.join(dir, "patterns"));
    await expect(initVault(dir)).rejects.toMatchObject({ code: "vault.outside" });
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });

  it("says what is in the way when a file stands where the vault should be", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "vault", "a file");
    await expect(initVault(path.join(dir, "vault"))).rejects.toMatchObject({
      code: "vault.unwritable",
      hint: expect.stringContaining("file"),
    });
  });
});

describe("the template", async () => {
  const dir = new URL("../../../vault-template/", import.meta.url).pathname;
  const files = [...readTree(decodeURIComponent(dir))];

  it("holds valid JSON, and properties of one known type each", () => {
    const settings = files.filter(([name]) => name.endsWith(".json"));
    for (const [name, text] of settings) expect(JSON.parse(text), name).toBeTypeOf("object");
    const types = JSON.parse(new Map(settings).get(".obsidian/types.json") ?? "") as { types: Record<string, string> };
    const known = new Set(["text", "multitext", "number", "checkbox", "date", "datetime", "tags", "aliases"]);
    expect(Object.entries(types.types).filter(([, type]) => !known.has(type))).toEqual([]);
    for (const [name, text] of files.filter(([file]) => file.endsWith(".md"))) {
      const read = readFrontmatter(text);
      if (read.kind !== "ok") throw new Error(`${name}: ${read.kind}`);
      expect(
        [...read.values.keys()].filter((key) => !(key in types.types)),
        name,
      ).toEqual([]);
    }
  });

  it("holds bases whose views order only what exists", () => {
    const bases = files.filter(([name]) => name.endsWith(".base"));
    expect(bases).toHaveLength(3);
    for (const [name, text] of bases) {
      const base = parse(text) as { formulas?: object; views: { type: string; name: string; order: string[] }[] };
      expect(
        Object.keys(base).filter((key) => !["filters", "formulas", "properties", "summaries", "views"].includes(key)),
      ).toEqual([]);
      for (const view of base.views) {
        expect(["table", "cards", "list", "map"]).toContain(view.type);
        expect(view.name).not.toBe("");
        const formulas = view.order.flatMap((column) => /^formula\.(.+)$/.exec(column)?.[1] ?? []);
        expect(
          formulas.filter((formula) => !(formula in (base.formulas ?? {}))),
          name,
        ).toEqual([]);
      }
    }
  });

  it("has no two files of one name, and no link to nowhere", () => {
    const names = files
      .filter(([name]) => !name.startsWith(".obsidian/"))
      .map(([name]) => basenameOf(name).toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    const links = files.flatMap(([, text]) =>
      [...text.matchAll(/\[\[([^\]|#]+)/g)].map((link) => (link[1] ?? "").toLowerCase()),
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !names.includes(link))).toEqual([]);
  });
});
