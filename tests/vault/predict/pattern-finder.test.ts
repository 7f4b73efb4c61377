/** Patterns stay what the notes are, however they change, without reading again what did not. */
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foreignSource, openPatternLibrary, type TaskToMatch } from "../../../src/vault/index.ts";
import { makeTempFolder, openPatterns, writeNote } from "../temp-vault.ts";

const task: TaskToMatch = {
  id: "x",
  title: "Connect payments to the sandbox",
  instruction: "",
  stream: "builders",
  scope: [],
  gates: [],
};

describe("a library of patterns", () => {
  it("counts a note that was written, edited, pinned, retired or removed from its next look on", async () => {
    const dir = makeTempFolder();
    const library = openPatternLibrary([dir]);
    const look = async () => {
      await library.refresh();
      return library.find(task, 5).map(({ title, why }) => `${title}${why.includes("pinned") ? " (pinned)" : ""}`);
    };
    expect(await look()).toEqual([]);
    writeNote(dir, "patterns/a.md", "# Payments need a sandbox key\n");
    expect(await look()).toEqual(["Payments need a sandbox key"]);
    writeNote(dir, "patterns/a.md", "# Ask before payments reach the sandbox\n");
    expect(await look()).toEqual(["Ask before payments reach the sandbox"]);
    writeNote(dir, "patterns/a.md", "---\npinned: true\n---\n# Payments\n");
    expect(await look()).toEqual(["Payments (pinned)"]);
    writeNote(dir, "patterns/a.md", "---\nstatus: retired\n---\n# Payments need a sandbox key\n");
    expect(await look()).toEqual([]);
    writeNote(dir, "patterns/a.md", "# Payments need a sandbox key\n");
    fs.renameSync(path.join(dir, "patterns/a.md"), path.join(dir, "patterns/b.md"));
    expect(await look()).toEqual(["Payments need a sandbox key"]);
    fs.rmSync(dir, { recursive: true });
    expect(await look()).toEqual([]);
  });

  it("counts a note that was written twice within the fineness of its file's time, at the same length", async () => {
    const dir = makeTempFolder();
    const file = path.join(dir, "patterns/a.md");
    // Ahead of the clock, so that however slow the machine is, the note is young.
    const soon = new Date(Date.now() + 60_000);
    const library = openPatternLibrary([dir]);
    const titles: string[] = [];
    for (const word of ["payments", "invoices", "payments"]) {
      writeNote(dir, "patterns/a.md", `# Connect ${word} to the sandbox\n`);
      fs.utimesSync(file, soon, soon);
      await library.refresh();
      titles.push(...library.find(task, 5).map(({ title }) => title));
    }
    expect(titles).toEqual(["payments", "invoices", "payments"].map((word) => `Connect ${word} to the sandbox`));
  });

  it("sees all that was there when a look was asked for, also while another is under way", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 200; at += 1) writeNote(dir, `notes/${at}.md`, "nothing\n");
    const library = openPatternLibrary([dir]);
    const first = library.refresh();
    await new Promise((resolve) => setImmediate(resolve));
    writeNote(dir, "patterns/a.md", "# Payments need a sandbox key\n");
    await library.refresh();
    expect(library.find(task, 5)).toHaveLength(1);
    await first;
  });

  it("reads the solutions of a repository, each once, and nothing else of it", async () => {
    const root = makeTempFolder();
    const solution =
      "---\nproblem_type: test_failure\nsymptoms: [payments fail in the sandbox]\n---\n# Sandbox\n\nAsk ops.\n";
    writeNote(root, "docs/solutions/a.md", solution);
    writeNote(root, "src/patterns/b.md", "# Payments need a sandbox key\n");
    writeNote(root, "vault/patterns/c.md", "# Payments need a sandbox key\n");
    const library = openPatternLibrary([path.join(root, "vault"), foreignSource(root)]);
    await library.refresh();
    expect(
      library
        .find(task, 5)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a", "c"]);
  });

  it("answers after any changes as one that was opened afresh", async () => {
    const names = ["patterns/a.md", "patterns/b.md", "notes/c.md"];
    const texts = [
      "# Payments need a sandbox key\n",
      "---\nid: same\n---\n# Sandbox payments\n",
      "---\nid: same\ntype: pattern\n---\n# Payments in the sandbox, longer\n",
      "---\nid: same\nstatus: retired\n---\n# Gone\n",
      "---\na: 1\na: 2\n---\n# Payments sandbox broken\n",
      null,
    ];
    const change = fc.record({ name: fc.constantFrom(...names), text: fc.constantFrom(...texts) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const dir = makeTempFolder();
        const library = openPatternLibrary([dir]);
        for (const { name, text } of changes) {
          if (text === null) fs.rmSync(path.join(dir, name), { force: true });
          else writeNote(dir, name, text);
          await library.refresh();
        }
        const afresh = await openPatterns([dir]);
        expect(library.find(task, 9)).toEqual(afresh.find(task, 9));
        expect(library.warnings).toEqual(afresh.warnings);
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
