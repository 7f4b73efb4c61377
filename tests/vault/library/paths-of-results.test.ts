/** What a search gives can be asked for again, and reads as a person would read it. */
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { initVault, searchVault } from "../../../src/vault/index.ts";
import { openVault } from "../../../src/vault/open-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

describe("a note that was found", () => {
  it("is read and edited by the path that the search gave, and by that in its vault", async () => {
    const root = makeTempFolder();
    const dir = path.relative(process.cwd(), path.join(root, "notes"));
    const other = path.join(root, "other");
    writeNote(root, "notes/sub/b.md", "---\nx: 1\n---\nzebra\n");
    writeNote(root, "notes/notes/sub/b.md", "of the same name\n");
    writeNote(root, "other/c.md", "rhino\n");
    const vault = await openVault(dir, { read: [other], readIn: "here", cacheDir: null });
    onTestFinished(() => vault.close());
    for (const [word, name] of [
      ["zebra", "sub/b.md"],
      ["rhino", "c.md"],
    ] as const) {
      const [found] = await vault.search(word);
      expect((await vault.note(found?.path ?? ""))?.path).toBe(name);
      expect(await vault.text(found?.path ?? "")).toContain(word);
    }
    const [found] = await vault.search("zebra");
    await vault.setProperties(found?.path ?? "", { x: 2 });
    expect(await vault.text("sub/b.md")).toContain("x: 2");
    expect(await vault.text("notes/sub/b.md")).toContain("same name");
    expect(await vault.note("c.md")).toBeUndefined();
    expect((await vault.note("c.md", 1))?.path).toBe("c.md");
  });
});

describe("what is shown of a search", () => {
  it("has rows of tables without their bars, and no backslashes that guard signs", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", "| Task | Code |\n| --- | :-: |\n| zebra | error\\[E0308\\] \\| more |\n");
    const [found] = await searchVault([dir], "zebra", 5);
    expect(found?.snippet).toBe("Task, Code zebra, error[E0308] | more");
  });

  it("names the runs of one goal once, and other notes of one title each", async () => {
    const dir = makeTempFolder();
    for (const at of [1, 2, 3]) {
      writeNote(dir, `runs/2026/08/2026082400000${at}-abcd-zebra.md`, "# Feed the zebra\n");
      writeNote(dir, `mine/${at}.md`, "# Feed the zebra\n");
    }
    expect(await searchVault([dir], "zebra", 20)).toHaveLength(4);
  });
});

describe("a vault that cannot be made", () => {
  it("is said to be so at once, where a folder can hold none", async () => {
    await expect(initVault("/dev/null/x/y")).rejects.toMatchObject({ code: "vault.unwritable" });
    if (process.platform !== "linux") return;
    await expect(initVault("/proc/x")).rejects.toMatchObject({ code: "vault.unwritable" });
  });
});
