/** An open vault: what it knows of its notes, and how it keeps up with them. Read in the test's own thread. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openVault, type Vault, type VaultOptions } from "../../../src/vault/library/vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const longAgo = new Date("2026-01-01T00:00:00Z");

/** Writes a note that is old enough for its time to be trusted. */
function writeOld(dir: string, name: string, text: string | Buffer): void {
  writeNote(dir, name, text);
  fs.utimesSync(path.join(dir, name), longAgo, longAgo);
}

async function open(dir: string, options: VaultOptions = {}): Promise<Vault> {
  const vault = await openVault(dir, options);
  onTestFinished(() => vault.close());
  return vault;
}

async function find(vault: Vault, words: string): Promise<string[]> {
  return (await vault.search(words)).map((result) => path.relative(vault.dir, result.path));
}

describe("an open vault", () => {
  it("tells what came, changed and went since it was last looked at, and finds it so", async () => {
    const dir = makeTempFolder();
    for (const name of ["kept", "changed", "gone", "moved", "touched"])
      writeOld(dir, `${name}.md`, `the ${name} zebra`);
    const vault = await open(dir);
    const heard: number[] = [];
    vault.onChanged(({ added, changed, removed }) => heard.push(added.length + changed.length + removed.length));
    writeNote(dir, "changed.md", "a giraffe");
    fs.rmSync(path.join(dir, "gone.md"));
    fs.renameSync(path.join(dir, "moved.md"), path.join(dir, "there.md"));
    fs.utimesSync(path.join(dir, "touched.md"), new Date(), new Date());
    const place = (name: string) => [{ vault: 0, path: name }];
    const { added, changed, removed } = await vault.refresh();
    expect([added, changed]).toEqual([place("there.md"), place("changed.md")]);
    expect(removed).toEqual([...place("gone.md"), ...place("moved.md")]);
    expect(heard).toEqual([4]);
    expect((await find(vault, "zebra")).sort()).toEqual(["kept.md", "there.md", "touched.md"]);
    expect(await find(vault, "giraffe")).toEqual(["changed.md"]);
  });

  it("notices a note that was written twice within the fineness of its file's time, at the same length", async () => {
    const dir = makeTempFolder();
    const file = path.join(dir, "a.md");
    // Ahead of the clock, so that however slow the machine is, the note is young.
    const soon = new Date(Date.now() + 60_000);
    fs.writeFileSync(file, "zebra");
    fs.utimesSync(file, soon, soon);
    const vault = await open(dir);
    fs.writeFileSync(file, "rhino");
    fs.utimesSync(file, soon, soon);
    expect((await vault.refresh()).changed).toEqual([{ vault: 0, path: "a.md" }]);
    expect(await find(vault, "rhino")).toEqual(["a.md"]);
  });

  it("shows a note with its properties, structure and links both ways, as they are now", async () => {
    const dir = makeTempFolder();
    writeOld(dir, "a.md", "---\nstatus: active\naliases: [First]\n---\n# Alpha\n\nsee [[b#Part]] and [[absent]]\n");
    writeOld(dir, "b.md", "# Beta\n\n## Part\n\nback to [[a|the first]] ![[p.png]]\n");
    writeOld(dir, "p.png", "png");
    const vault = await open(dir);
    const note = await vault.note("a.md");
    expect(note).toMatchObject({
      title: "Alpha",
      properties: { status: "active", aliases: ["First"] },
      malformed: null,
    });
    expect(note?.links.map(({ resolution }) => resolution.kind)).toEqual(["resolved", "unresolved"]);
    expect(note?.backlinks.map(({ from }) => from)).toEqual(["b.md"]);
    expect((await vault.linkProblems()).map(({ kind, from }) => [kind, from])).toEqual([["unresolved", "a.md"]]);
    fs.rmSync(path.join(dir, "p.png"));
    writeNote(dir, "absent.md", "now here");
    await vault.refresh();
    expect((await vault.linkProblems()).map(({ kind, from }) => [kind, from])).toEqual([["unresolved", "b.md"]]);
    expect([await vault.note("none.md"), await vault.note("../a.md"), await vault.note("a.md", 7)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("reads several vaults and writes one; what was written is found at once", async () => {
    const [dir, other] = [makeTempFolder(), makeTempFolder()];
    writeNote(other, "o.md", "zebra");
    const vault = await open(dir, { read: [other, path.join(dir, "absent")] });
    expect(await vault.create("n.md", "# New\n\nzebra\n")).toBe("created");
    expect(await vault.setProperties("n.md", { status: "active" })).toMatchObject({ kind: "edited" });
    expect(await vault.replaceSection("n.md", "New", "giraffe")).toMatchObject({ kind: "edited" });
    expect(await vault.create("./sub/../m.md", "buffalo")).toBe("created");
    expect(await find(vault, "buffalo")).toEqual(["m.md"]);
    expect(await vault.create(".hidden/m.md", "buffalo")).toBe("created");
    expect(await find(vault, "buffalo")).toEqual(["m.md"]);
    fs.rmSync(path.join(dir, "m.md"));
    expect((await vault.refresh()).removed).toEqual([{ vault: 0, path: "m.md" }]);
    expect(await vault.edit("o.md", () => "lost")).toEqual({ kind: "absent" });
    expect((await vault.search("zebra")).map((result) => result.path)).toEqual([path.join(other, "o.md")]);
    expect(await find(vault, "giraffe")).toEqual(["n.md"]);
    expect(fs.readFileSync(path.join(other, "o.md"), "utf8")).toBe("zebra");
    expect((await vault.notes()).map((note) => [note.vault, note.path, note.title])).toEqual([
      [0, "n.md", "New"],
      [1, "o.md", "o"],
    ]);
  });

  it("gives the text of a note of any of its vaults, and of nothing else", async () => {
    const [dir, other] = [makeTempFolder(), makeTempFolder()];
    writeNote(dir, "a.md", "\ufeffone\r\n");
    writeNote(other, "b.md", "two");
    const vault = await open(dir, { read: [other] });
    expect(await vault.text("a.md")).toBe("\ufeffone\r\n");
    expect(await vault.text("b.md", 1)).toBe("two");
    for (const outside of ["b.md", `../${path.basename(other)}/b.md`])
      expect(await vault.text(outside), outside).toBeUndefined();
    expect(await vault.text("a.md", 7)).toBeUndefined();
  });

  it("searches broken notes as text, names what it skips, and follows no link", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "js.md", "---js\nprocess.exit(3)\n---\nzebra");
    writeNote(dir, "twice.md", "---\na: 1\na: zebra\n---\n");
    writeNote(dir, "nul.md", "zebra\0zebra");
    writeNote(dir, "bom.md", "\ufeff---\r\ntitle: zebra\r\n---\r\n");
    writeNote(dir, "bytes.md", Buffer.from([0xff, 0xfe, 0x20, ...Buffer.from("zebra")]));
    writeNote(dir, "big.md", Buffer.alloc(6 * 1024 * 1024, "zebra "));
    writeNote(makeTempFolder(), "outside.md", "zebra");
    fs.symlinkSync(dir, path.join(dir, "loop"));
    const vault = await open(dir);
    expect((await find(vault, "zebra")).sort()).toEqual(["bom.md", "bytes.md", "js.md", "nul.md", "twice.md"]);
    expect(vault.warnings.join("\n")).toMatch(/loop was skipped: .*link[\s\S]*big\.md was skipped: .*5 MB/);
  });

  it("notices changes by itself when it watches", async () => {
    const dir = makeTempFolder();
    writeOld(dir, "a.md", "zebra");
    const vault = await open(dir, { watch: true });
    const heard = new Promise((resolve) => vault.onChanged(resolve));
    writeNote(dir, "b.md", "zebra");
    await heard;
    expect((await find(vault, "zebra")).sort()).toEqual(["a.md", "b.md"]);
  });

  it("stops what it is doing when it is told to, and goes on working", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 200; at += 1) writeOld(dir, `n${at}.md`, `note ${at} [[n${at + 1}]]`);
    const vault = await open(dir);
    const control = new AbortController();
    const problems = vault.linkProblems(0, control.signal);
    control.abort(new Error("enough"));
    await expect(problems).rejects.toThrow("enough");
    expect(await vault.linkProblems()).toHaveLength(1);
  });
});
