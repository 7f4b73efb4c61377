/** `pleach vault check`: told by kind with hints, as a document, with an exit code that scripts can rely on. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pleach, readDocument, readError } from "./program.ts";
import { fingerprint, makeRepository, writeFiles } from "./repositories.ts";

interface Checked {
  ok: boolean;
  problems: { code: string; severity: string; file: string; line: number | null }[];
  counts: { notes: number; errors: number; warnings: number; codes: Record<string, number> };
}

describe("vault check", () => {
  it("finds nothing in a vault that was just laid down, and changes nothing", async () => {
    const root = makeRepository({});
    await pleach(root, "vault", "init");
    const before = fingerprint(root);
    const said = await pleach(root, "vault", "check", "--json");
    expect(said.code, said.stderr).toBe(0);
    const { counts, ...rest } = readDocument<Checked>("vault-check", said);
    expect(rest).toEqual({ schema: 1, ok: true, problems: [] });
    expect(counts).toEqual({ notes: expect.any(Number), errors: 0, warnings: 0, codes: {} });
    expect(fingerprint(root)).toEqual(before);
    expect((await pleach(root, "vault", "check")).stdout).toMatch(/^\d+ notes: 0 errors, 0 warnings\n$/);
  });

  it("tells what is wrong by kind, with file, line and hint, and exits with 1 only for errors", async () => {
    const root = makeRepository({});
    writeFiles(root, { "notes/a.md": `${"[[gone]]\n".repeat(25)}` });
    const warned = await pleach(root, "vault", "check", "notes");
    expect(warned.code).toBe(0);
    expect(warned.stdout).toMatch(/^warning: Links to nowhere \(25\)\n {2}notes\/a.md:1: "gone" leads nowhere\n/);
    expect(warned.stdout).toMatch(/ {2}and 5 more: --full tells them\n {2}hint: .*\n1 note: 0 errors, 25 warnings\n$/);
    expect((await pleach(root, "vault", "check", "notes", "--full")).stdout).toContain("notes/a.md:25: ");
    writeFileSync(join(root, "notes/b\u001b[2J.md"), "---\nid: [\n---\n");
    const failed = await pleach(root, "vault", "check", "--vault", "notes");
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^error: Frontmatter that cannot be read \(1\)\n {2}notes\/b/);
    expect(failed.stdout).not.toContain("\u001b");
    const { ok, problems, counts } = readDocument<Checked>(
      "vault-check",
      await pleach(root, "vault", "check", "notes", "--json"),
    );
    expect(ok).toBe(false);
    expect(problems[0]).toMatchObject({ code: "note.malformed", severity: "error", line: 3 });
    expect(counts).toMatchObject({
      notes: 2,
      errors: 1,
      codes: { "note.malformed": 1, "link.unresolved": 25, "name.unsafe": 1 },
    });
  });

  it("tells of what is only read what keeps patterns from agents, all of it when asked, and nothing of a named folder's others", async () => {
    const broken = "---\nproblem_type: x\ntags: [\n---\n";
    const root = makeRepository({
      "pleach.yaml": "vaults: [theirs]\n",
      "AGENTS.md": "---\na: [\n---\n",
      "docs/solutions/build/a.md": broken,
      "docs/solutions/deploy/same.md": "---\nproblem_type: x\n---\n",
      "docs/solutions/build/same.md": "---\nproblem_type: x\n---\n",
      "docs/decisions/b.md": "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n",
    });
    writeFiles(root, {
      "theirs/x.md": "[[gone]]",
      "theirs/patterns/p.md": broken,
      "theirs/own.md": "---\ncreated: [\n---\n",
      "vault/y.md": "",
    });
    const check = async (...args: string[]) => {
      const said = await pleach(root, "vault", "check", ...args, "--json");
      const { problems, counts } = readDocument<Checked>("vault-check", said);
      const told = problems.map(({ code, file }) => `${code} ${file.slice(root.length + 1)}`);
      return { told, notes: counts.notes, code: said.code };
    };
    const brief = [
      "note.malformed docs/solutions/build/a.md",
      "note.malformed theirs/patterns/p.md",
      "note.conflict docs/decisions/b.md",
      "pattern.id docs/solutions/deploy/same.md",
    ];
    expect(await check()).toEqual({ told: brief, notes: 9, code: 1 });
    const all = [
      "note.malformed AGENTS.md",
      ...brief.slice(0, 1),
      "note.malformed theirs/own.md",
      ...brief.slice(1),
      "link.unresolved theirs/x.md",
    ];
    expect(await check("--all")).toEqual({ told: all, notes: 9, code: 1 });
    expect(await check("vault")).toEqual({ told: [], notes: 1, code: 0 });
    expect((await check("vault", "--all")).told).toEqual(all);
  });

  it("says how to lay a vault down where there is none", async () => {
    const root = makeRepository({});
    const { error } = readError(await pleach(root, "vault", "check", "--json"), 2);
    expect(error).toMatchObject({ code: "vault.notFound", hint: expect.stringContaining("pleach vault init") });
  });
});
