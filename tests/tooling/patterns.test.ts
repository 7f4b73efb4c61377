/**
 * Regular expressions run over text that others wrote: none may take longer than in proportion to it. Each is run in a
 * process of its own over texts made against it, which is ended after some minutes; one that backtracks would need hours.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";

const scratch = mkdtempSync(join(tmpdir(), "pleach-patterns-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the check of a repository's patterns says, and where it stood when it was ended. */
function attack(root: string, length: number) {
  const args = [join(ROOT, "scripts/attack-patterns.mjs"), root, String(length)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 110_000 });
  return { status, said: stdout, last: stderr.trim().split("\n").at(-1) };
}

/** What it says of a repository whose only source is this. */
function attackSource(name: string, source: string) {
  const root = join(scratch, name);
  mkdirSync(join(root, "src"), { recursive: true });
  writeFileSync(join(root, "src", "planted.ts"), source);
  return attack(root, 120_000);
}

describe("every regular expression of the program", () => {
  it("gets through texts made against it", () => {
    const { status, said, last } = attack(ROOT, 200_000);
    expect({ status, said, last }).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^\d{3,} patterns, .* 0 slow/),
    });
  });
});

describe("the check of patterns", () => {
  it.each([
    ["blanks at the end, looked for from each", String.raw`/\s+$/`],
    ["two repetitions of the same", String.raw`/^(\d+)(\d*)x/`],
    ["a beginning that may stand anywhere", String.raw`/\bgot\b.*\bwant\b/`],
    ["a name before what is looked for", String.raw`/\b[a-z][a-z0-9+.-]*:\/\//`],
  ])("finds %s", (name, pattern) => {
    const { status, said } = attackSource(name.replaceAll(" ", "-"), `export const planted = ${pattern};\n`);
    expect(said).toContain("src/planted.ts:1 takes");
    expect(status).toBe(1);
  });

  it("reads what stands in the syntax only", () => {
    const { status, said } = attackSource("syntax", '// /\\s+$/\nexport const text = "/\\\\s+$/", half = 1 / 2 / 1;\n');
    expect({ status, said }).toEqual({ status: 0, said: "0 patterns, 0 texts, 0 slow\n" });
  });
});
