/** The one reader of notes: what it reads again, what it tells, and in which order. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { NoteReader, type NoteUse } from "../../../src/vault/library/note-reader.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

/** Keeps texts; tells which notes were read, and what was seen of them. */
function open(dir: string, use: Partial<NoteUse<string>> = {}) {
  const [read, seen]: [string[], [string, string | undefined][]] = [[], []];
  const reader = new NoteReader<string>(
    { dir, isWritten: false },
    {
      describe: (name, text) => {
        read.push(name);
        return text;
      },
      onSeen: (name, kept) => seen.push([name, kept]),
      ...use,
    },
  );
  return { reader, read, seen };
}

const paths = (dir: string) => fs.readdirSync(dir).sort();

describe("a reader of notes", () => {
  it("reads each note once, and again only when its file changed", async () => {
    const dir = makeTempFolder();
    for (const name of ["a.md", "b.md", "c.md"]) writeNote(dir, name, name);
    const { reader, read, seen } = open(dir);
    expect(await reader.sweep()).toMatchObject({ added: ["a.md", "b.md", "c.md"], changed: [], removed: [] });
    writeNote(dir, "b.md", "other");
    fs.rmSync(path.join(dir, "c.md"));
    expect(await reader.sweep()).toMatchObject({ added: [], changed: ["b.md"], removed: ["c.md"] });
    expect(read).toEqual(["a.md", "b.md", "c.md", "b.md"]);
    expect(seen.slice(3)).toEqual([
      ["b.md", "other"],
      ["c.md", undefined],
    ]);
  });

  it("calls a note unchanged when its user keeps the same of it, whatever its file's time says", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", "same");
    const { reader, read, seen } = open(dir);
    await reader.sweep();
    fs.utimesSync(path.join(dir, "a.md"), 1_000, 1_000);
    expect(await reader.sweep()).toMatchObject({ added: [], changed: [], removed: [] });
    expect([read, seen.length]).toEqual([["a.md", "a.md"], 1]);
    await reader.sweep();
    expect(read).toHaveLength(2);
  });

  it("looks again each time at what it cannot use, and tells why", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "big.md", Buffer.alloc(6 * 1024 * 1024));
    const { reader } = open(dir);
    const told = { path: "big.md", size: 6 * 1024 * 1024, why: "it is larger than 5 MB" };
    for (let look = 0; look < 2; look += 1) expect((await reader.sweep()).unusable).toEqual([told]);
    expect(reader.notes.size).toBe(0);
    writeNote(dir, "big.md", "small");
    expect(await reader.sweep()).toMatchObject({ added: ["big.md"], unusable: [] });
  });

  it("reads first what its user asks for, and tells how far it is", async () => {
    const dir = makeTempFolder();
    for (let at = 10; at < 80; at += 1) writeNote(dir, `${at}.md`, "");
    const { reader, read } = open(dir, { isFirst: (name) => name === "79.md" });
    const told: string[] = [];
    await reader.sweep({ onProgress: (done, all) => told.push(`${done}/${all}`) });
    expect(read.slice(0, 32)).toContain("79.md");
    expect(told).toEqual(["0/70", "32/70", "64/70", "70/70"]);
  });

  it("stops when it is told to, and goes on from there", async () => {
    const dir = makeTempFolder();
    for (let at = 10; at < 80; at += 1) writeNote(dir, `${at}.md`, "");
    const stop = new AbortController();
    const { reader, read } = open(dir, { isFirst: () => true });
    const onProgress = (done: number) => done > 0 && stop.abort();
    await expect(reader.sweep({ signal: stop.signal, onProgress })).rejects.toThrow();
    const before = read.length;
    expect(before).toBeLessThan(70);
    await reader.sweep();
    expect([read.length, new Set(read).size]).toEqual([70, 70]);
  });

  it("looks at single files as a sweep would, and tells which are there and no notes", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "sub/a.md", "a");
    writeNote(dir, "b.png", "b");
    writeNote(dir, ".hidden/c.md", "c");
    writeNote(path.dirname(dir), `${path.basename(dir)}-outside.md`, "d");
    const { reader } = open(dir);
    const files: [string, boolean][] = [];
    const outside = `../${path.basename(dir)}-outside.md`;
    const looked = ["./sub/../sub/a.md", "b.png", ".hidden/c.md", outside, "gone.md"];
    const changes = await reader.look(looked, (name, isThere) => files.push([name, isThere]));
    fs.rmSync(path.join(dir, outside));
    expect(changes).toMatchObject({ added: ["sub/a.md"], changed: [], removed: [] });
    expect(files.filter(([, isThere]) => isThere)).toEqual([["b.png", true]]);
    expect(paths(dir)).toEqual([".hidden", "b.png", "sub"]);
  });

  it("follows a vault that comes, goes, and is another one behind the same link", async () => {
    const dir = makeTempFolder();
    const link = path.join(dir, "vault");
    const { reader } = open(link);
    expect((await reader.sweep()).added).toEqual([]);
    writeNote(dir, "one/a.md", "of one");
    writeNote(dir, "two/a.md", "of two, longer");
    fs.symlinkSync("one", link);
    expect((await reader.sweep()).added).toEqual(["a.md"]);
    fs.rmSync(link);
    fs.symlinkSync("two", link);
    expect((await reader.sweep()).changed).toEqual(["a.md"]);
    expect(reader.notes.get("a.md")?.kept).toBe("of two, longer");
    fs.rmSync(link);
    expect((await reader.sweep()).removed).toEqual(["a.md"]);
  });
});
