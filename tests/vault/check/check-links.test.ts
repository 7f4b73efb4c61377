/** Links come from the library: from what it kept, as far as that still holds, and for each vault its own. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkVaults } from "../../../src/vault/check/check-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const now = Date.UTC(2026, 8, 1);

async function tell(dir: string, cacheDir: string): Promise<string[]> {
  const { problems } = await checkVaults([{ dir, isWritten: true }], { now, cacheDir });
  return problems.map(({ code, file, line, message }) => `${code} ${path.relative(dir, file)}:${line} ${message}`);
}

describe("checkVaults", () => {
  it("tells of links and headings that went since it last looked", async () => {
    const [dir, cache] = [makeTempFolder(), makeTempFolder()];
    writeNote(dir, "a.md", "[[b#Part]]\n\n![[p.png]]\n");
    writeNote(dir, "b.md", "# Part\n");
    writeNote(dir, "p.png", "");
    expect(await tell(dir, cache)).toEqual([]);
    writeNote(dir, "b.md", "# Another part\n");
    fs.rmSync(path.join(dir, "p.png"));
    expect(await tell(dir, cache)).toEqual([
      'link.unresolved a.md:3 "p.png" leads nowhere',
      'link.heading a.md:1 b.md has no heading "Part"',
    ]);
  });

  it("checks each of several vaults by itself, and changes none but for the folder of the first one's cache", async () => {
    const [mine, theirs] = [makeTempFolder(), makeTempFolder()];
    writeNote(mine, "a.md", "[[b]] [[a]]");
    writeNote(theirs, "b.md", "[[a]] [[b]]");
    const sources = [mine, theirs].map((dir, at) => ({ dir, isWritten: at === 0 }));
    const { problems, notes } = await checkVaults(sources, { now });
    expect(problems.map(({ file, message }) => [file, message])).toEqual(
      [
        [path.join(mine, "a.md"), '"b" leads nowhere'],
        [path.join(theirs, "b.md"), '"a" leads nowhere'],
      ].sort(),
    );
    expect(notes).toBe(2);
    expect(fs.readdirSync(mine).sort()).toEqual([".pleach", "a.md"]);
    expect(fs.readdirSync(theirs)).toEqual(["b.md"]);
  });
});
