/** The vault that is laid down: complete, valid, and never over what is there. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { initVault } from "../../../src/vault/index.ts";
import { makeTempFolder, readTree, writeNote } from "../temp-vault.ts";

describe("initVault", () => {
  it("creates the whole template in a folder that does not exist", async () => {
    const dir = path.join(makeTempFolder(), "new", "vault");
    const created = await initVault(dir);
    expect(created).toEqual([...readTree(dir).keys()].sort());
    expect(created).toEqual(
      expect.arrayContaining([
        ...["app", "bookmarks", "core-plugins", "graph", "templates", "types"].map((name) => `.obsidian/${name}.json`),
        ...["Calibration", "Insights", "Patterns", "Runs"].map((name) => `bases/${name}.base`),
        "Home.md",
      ]),
    );
    for (const folder of ["patterns", "runs", "insights", "maps", "canvas", "templates"]) {
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

  it("makes no second file of one that a person moved", async () => {
    const dir = makeTempFolder();
    await initVault(dir);
    fs.renameSync(path.join(dir, "maps/Runs by month.md"), path.join(dir, "RUNS by month.md"));
    fs.renameSync(path.join(dir, "bases/Runs.base"), path.join(dir, "Runs.base"));
    expect(await initVault(dir)).toEqual([]);
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
