/** Which files count as notes of which source, and what becomes of folders and names that are out of the ordinary. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { arrangeSources, foreignSource, listEntries, type Source, toSource } from "../../../src/vault/files/sources.ts";
import { createStore, openStore } from "../../../src/vault/files/store.ts";
import { NoteReader } from "../../../src/vault/library/note-reader.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

async function listNotes(dir: string): Promise<string[]> {
  return (await listEntries({ dir, isWritten: false })).entries.map(({ path: name }) => name);
}

/** The notes of all sources as a reader of each finds them, by the paths that a person would open. */
async function readAll(sources: readonly (string | Source)[]) {
  const notes: { path: string; text: string }[] = [];
  const skipped: { path: string; why: string }[] = [];
  for (const source of arrangeSources(sources.map(toSource))) {
    const reader = new NoteReader(source, { describe: (_path, text) => text });
    const { unusable } = await reader.sweep();
    skipped.push(...unusable);
    for (const { path: name, kept } of reader.notes.values())
      notes.push({ path: path.join(source.dir, name), text: kept });
  }
  return { notes, skipped };
}

describe("a vault", () => {
  it("lists its notes with size and time, and its other files, without what is hidden", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a/b.MD", "äö");
    for (const name of ["bases/A.base", "canvas/run.canvas", "image.png"]) writeNote(dir, name, "");
    for (const name of [".obsidian/a.md", ".git/a.md", "node_modules/a/README.md", "a/.hidden.md"])
      writeNote(dir, name, "");
    const { mtimeMs } = fs.statSync(path.join(dir, "a/b.MD"));
    expect(await listEntries({ dir, isWritten: true })).toEqual({
      entries: [{ path: "a/b.MD", size: 4, mtimeMs }],
      others: ["bases/A.base", "canvas/run.canvas", "image.png"],
      leftovers: [],
      warnings: [],
    });
  });

  it("is empty when there is none, or a file in its place", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "file", "");
    for (const name of ["none", "file", "file/below"]) {
      expect(await listNotes(path.join(dir, name))).toEqual([]);
      expect(await openStore(path.join(dir, name))).toBeUndefined();
    }
    await expect(createStore(path.join(dir, "file"))).rejects.toMatchObject({
      code: "vault.unwritable",
      hint: expect.stringContaining("A file stands"),
    });
  });

  it("is never left: links are skipped with a warning, loops too", async () => {
    const dir = makeTempFolder();
    const elsewhere = makeTempFolder();
    writeNote(elsewhere, "secret.md", "x");
    writeNote(dir, "a/note.md", "x");
    fs.symlinkSync(elsewhere, path.join(dir, "away"));
    fs.symlinkSync("..", path.join(dir, "a/loop"));
    fs.symlinkSync(path.join(elsewhere, "secret.md"), path.join(dir, "secret.md"));
    const { entries, warnings } = await listEntries({ dir, isWritten: true });
    expect(entries.map(({ path: name }) => name)).toEqual(["a/note.md"]);
    expect(warnings).toEqual(
      ["a/loop", "away", "secret.md"].map((name) => `${name} was skipped: it is a symbolic link.`),
    );
    const store = await createStore(dir);
    expect(await store.read("away/secret.md")).toEqual({ kind: "unusable", why: "it lies outside the vault" });
    await expect(store.create("away/new.md", "x")).rejects.toMatchObject({ code: "vault.outside" });
    await expect(store.replace("away/secret.md", Buffer.from("x"), "y")).rejects.toMatchObject({
      code: "vault.outside",
    });
    await expect(store.create("../new.md", "x")).rejects.toMatchObject({ code: "vault.outside" });
    expect(fs.readdirSync(elsewhere)).toEqual(["secret.md"]);
  });

  it("may itself be named by a link", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "real/note.md", "x");
    fs.symlinkSync("real", path.join(dir, "vault"));
    expect(await listNotes(path.join(dir, "vault"))).toEqual(["note.md"]);
    const { notes } = await readAll([path.join(dir, "vault"), path.join(dir, "real")]);
    expect(notes.map((note) => note.path)).toEqual([path.join(dir, "vault/note.md")]);
  });

  it("lists names of any characters, and skips with a warning those that are none", async () => {
    const dir = makeTempFolder();
    const names = [
      "a\nb.md",
      "\u001b[31mred.md",
      "caf\u00e9.md",
      "cafe\u0301.md",
      "UPPER.md",
      "upper.md",
      "\ufffd.md",
      "日本.md",
    ];
    for (const name of names) writeNote(dir, name, name);
    const invalid = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xe9]), Buffer.from(".md")]);
    // Not every disk takes such a name.
    const isTaken = (() => {
      try {
        fs.writeFileSync(invalid, "x");
        return true;
      } catch {
        return false;
      }
    })();
    const kept = fs.readdirSync(dir).filter((name) => names.includes(name));
    const { entries, warnings } = await listEntries({ dir, isWritten: true });
    expect(entries.map(({ path: name }) => name).sort()).toEqual([...new Set(kept)].sort());
    expect(warnings).toEqual(isTaken ? [expect.stringContaining("not valid UTF-8")] : []);
    const { notes } = await readAll([dir]);
    expect(notes.map(({ text }) => text).sort()).toEqual(expect.arrayContaining(["UPPER.md", "日本.md"]));
  });

  it("is walked no deeper than anybody would nest folders", async () => {
    const dir = makeTempFolder();
    writeNote(dir, `${"d/".repeat(40)}deep.md`, "x");
    writeNote(dir, `${"d/".repeat(20)}fine.md`, "x");
    const { entries, warnings } = await listEntries({ dir, isWritten: true });
    expect(entries.map(({ path: name }) => path.basename(name))).toEqual(["fine.md"]);
    expect(warnings).toEqual([expect.stringMatching(/skipped: it lies too deep\.$/)]);
  });

  it("has big notes that are not read, with a warning", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "big.md", Buffer.alloc(20 * 1024 * 1024, "word "));
    writeNote(dir, "small.md", "word");
    const { notes, skipped } = await readAll([dir]);
    expect(notes.map((note) => note.path)).toEqual([path.join(dir, "small.md")]);
    expect(skipped).toEqual([expect.objectContaining({ path: "big.md", why: "it is larger than 5 MB" })]);
  });
});

describe("the repository's own knowledge", () => {
  const known = [
    "AGENTS.md",
    "CLAUDE.md",
    "CONCEPTS.md",
    "adr/0001-use-lunr.md",
    "doc/adr/0002.md",
    "docs/adr/0003.md",
    "docs/architecture/decisions/0004.md",
    "docs/decisions/deep/0005.md",
    "docs/solutions/test-failures/login.md",
    "packages/web/CLAUDE.md",
    "packages/web/src/AGENTS.md",
  ];
  const other = [
    "README.md",
    "docs/guide.md",
    "docs/solutions/picture.png",
    "a/b/c/d/e/f/CLAUDE.md",
    "node_modules/pkg/CLAUDE.md",
    ".ce-workspace/worktrees/login/CLAUDE.md",
    ".git/CLAUDE.md",
    "src/solutions/x.md",
  ];

  it("is read and nothing else", async () => {
    const root = makeTempFolder();
    for (const name of [...known, ...other]) writeNote(root, name, "x");
    const source = foreignSource(root);
    const { entries, others, warnings } = await listEntries(source);
    expect(entries.map(({ path: name }) => name)).toEqual(known);
    expect([others, warnings, source.isWritten]).toEqual([[], [], false]);
  });

  it("leaves out working trees and other repositories below it", async () => {
    const root = makeTempFolder();
    for (const name of ["CLAUDE.md", "trees/one/CLAUDE.md", "nested/CLAUDE.md", "plain/CLAUDE.md"])
      writeNote(root, name, "x");
    fs.mkdirSync(path.join(root, ".git"));
    writeNote(root, "trees/one/.git", "gitdir: ../../.git/worktrees/one\n");
    fs.mkdirSync(path.join(root, "nested/.git"));
    const { entries } = await listEntries(foreignSource(root));
    expect(entries.map(({ path: name }) => name)).toEqual(["CLAUDE.md", "plain/CLAUDE.md"]);
  });

  it("is not listed twice where a vault lies in the repository, or is it", async () => {
    const root = makeTempFolder();
    for (const name of ["AGENTS.md", "vault/AGENTS.md", "vault/inner/CLAUDE.md", "docs/adr/1.md"])
      writeNote(root, name, "x");
    const read = async (...vaults: string[]) => {
      const { notes } = await readAll([...vaults, foreignSource(root)]);
      return notes.map((note) => path.relative(root, note.path)).sort();
    };
    const all = ["AGENTS.md", "docs/adr/1.md", "vault/AGENTS.md", "vault/inner/CLAUDE.md"];
    expect(await read(path.join(root, "vault"))).toEqual(all);
    expect(await read(path.join(root, "vault"), path.join(root, "vault/inner"))).toEqual(all);
    expect(await read(root)).toEqual(all);
    expect(await read(path.join(root, "docs/adr"))).toEqual([
      "AGENTS.md",
      "docs/adr/1.md",
      "vault/AGENTS.md",
      "vault/inner/CLAUDE.md",
    ]);
  });

  it("cannot be written: a store that was opened for reading has nothing to write with", async () => {
    const root = makeTempFolder();
    const store = await openStore(root);
    const methods = ["create", "replace", "remove", "settle"];
    expect(methods.filter((name) => name in (store ?? {}))).toEqual([]);
    expect(arrangeSources([foreignSource(root)])[0]?.isWritten).toBe(false);
  });
});

describe("a note to be created", () => {
  it("is not, where one stands whose name some disks take for the same", async () => {
    const store = await createStore(makeTempFolder());
    expect(await store.create("Caf\u00e9.md", "1")).toBe("created");
    for (const name of ["Caf\u00e9.md", "caf\u00e9.md", "CAFE\u0301.md", "Cafe\u0301.md"]) {
      expect(await store.create(name, "2"), name).toBe("exists");
    }
    expect(fs.readdirSync(store.root)).toEqual(["Caf\u00e9.md"]);
  });

  it("is refused with a hint when its name cannot be had", async () => {
    const store = await createStore(makeTempFolder());
    for (const name of [`${"long".repeat(80)}.md`, "nul\0.md"]) {
      await expect(store.create(name, "x")).rejects.toMatchObject({
        code: "vault.unwritable",
        hint: expect.stringContaining("name"),
      });
    }
    expect(fs.readdirSync(store.root)).toEqual([]);
  });
});
