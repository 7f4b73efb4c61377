/** What an open vault lets its callers write. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openWriter } from "../../../src/vault/files/vault-writer.ts";
import { makeTempFolder, readTree, writeNote } from "../temp-vault.ts";

const made =
  "---\nid: 20260824160012-a7f3\ntype: pattern\nschema: 1\nstatus: candidate # so far\n---\n# T\n\n## A\n\nold\n\n## B\n\nb\n";

describe("a vault's writer", () => {
  it("makes the vault with the first note, and nothing before", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    const writer = openWriter(dir);
    expect(await writer.edit("a.md", () => "x")).toEqual({ kind: "absent" });
    expect(await writer.setProperties("a.md", { a: 1 })).toEqual({ kind: "absent" });
    expect(fs.existsSync(dir)).toBe(false);
    expect(await writer.create("insights/a.md", made)).toBe("created");
    expect(await writer.create("insights/a.md", "x")).toBe("exists");
    expect(readTree(dir)).toEqual(new Map([["insights/a.md", made]]));
    await expect(writer.create("../b.md", "x")).rejects.toMatchObject({ code: "vault.outside" });
  });

  it("sets properties and replaces sections, and leaves every other byte", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", made);
    const writer = openWriter(dir);
    expect(await writer.setProperties("a.md", { status: "active", pinned: true })).toEqual({ kind: "edited" });
    expect(await writer.replaceSection("a.md", "A", "new")).toEqual({ kind: "edited" });
    const expected = made
      .replace("candidate", "active")
      .replace("so far\n", "so far\npinned: true\n")
      .replace("old", "new");
    expect(readTree(dir).get("a.md")).toBe(expected);
    expect(await writer.setProperties("a.md", { status: "active" })).toEqual({ kind: "unchanged" });
    expect(await writer.replaceSection("a.md", "C", "new")).toEqual({ kind: "refused", why: expect.any(String) });
  });

  it("edits a note that a caller names whoever made it, and leaves alone what cannot be edited without harm", async () => {
    const dir = makeTempFolder();
    const theirs = "---\nstatus: mine\n---\n## A\n\nold\n";
    writeNote(dir, "a.md", theirs);
    writeNote(dir, "broken.md", theirs.replace("mine", "["));
    const writer = openWriter(dir);
    expect(await writer.replaceSection("a.md", "A", "x")).toEqual({ kind: "edited" });
    expect(await writer.setProperties("a.md", { status: undefined, rank: 1 })).toEqual({ kind: "edited" });
    expect(await writer.setProperties("broken.md", { status: "x" })).toMatchObject({ kind: "refused" });
    expect(readTree(dir).get("a.md")).toBe(theirs.replace("old", "x").replace("status: mine", "rank: 1"));
    expect(readTree(dir).get("broken.md")).toBe(theirs.replace("mine", "["));
  });
});
