/** Searching a vault by words of any language, with nothing in them being syntax. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { tokenize, tokenizeNote, tokenizeQuery } from "../../../src/vault/index/tokenize.ts";
import { openSearch, searchVault } from "../../../src/vault/index.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

describe("searchVault", () => {
  it("finds notes by words, best first, with a snippet", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", "# Café opening\n\nThe café opens\nat nine. getUserName is called.\n");
    writeNote(dir, "b.md", `---\ntitle: Other\n---\n${"filler ".repeat(60)} the café ${"filler ".repeat(60)}`);
    writeNote(dir, "c/登录.md", "用户登录失败\n");
    writeNote(dir, "Привет.md", "мир\n");
    const titles = async (words: string) => (await searchVault([dir], words, 10)).map((result) => result.title);
    expect(await titles("CAFÉ")).toEqual(["Café opening", "Other"]);
    expect(await titles("cafe\u0301")).toEqual(["Café opening", "Other"]);
    expect(await titles("username user")).toEqual(["Café opening"]);
    expect(await titles("登录")).toEqual(["登录"]);
    expect(await titles("МИР")).toEqual(["Привет"]);
    const [, second] = await searchVault([dir], "café", 10);
    expect(second?.snippet).toMatch(/^….*café.*…$/);
    expect(await searchVault([dir], "café", 1)).toHaveLength(1);
  });

  it.each([
    "error: x --y ~ ^ [[",
    "constructor",
    "__proto__",
    "a~b",
    "C:\\x",
    "",
    "   ",
    "*",
    "+a -b",
    "title:x",
    "\0",
    "日本",
    "x ".repeat(5_000),
    "y".repeat(10_240),
    "--",
    ". , ; ! ?",
    "\ud800",
    "a.".repeat(500_000),
    "z".repeat(1_000_000),
    "用".repeat(300_000),
  ])("answers any query: %.40j", async (words) => {
    const dir = makeTempFolder();
    writeNote(dir, "none.md", "nothing of it");
    expect(await searchVault([dir, `${dir}/absent`], words, 5)).toEqual([]);
  });

  it("finds words that are names of parts of an object", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", "the constructor of __proto__ and toString");
    for (const word of ["constructor", "__proto__", "tostring"]) {
      expect(await searchVault([dir], word, 5), word).toHaveLength(1);
    }
  });

  it("finds notes with malformed frontmatter, by its words too", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "a.md", "---\nsubject: zebra\nsubject: twice\n---\nbody\n");
    expect((await searchVault([dir], "zebra", 5)).map((result) => result.path)).toEqual([`${dir}/a.md`]);
  });
});

describe("tokenize", () => {
  it.each([
    ["getUserName", ["getusername", "get", "user", "name"]],
    ["HTTPServer", ["httpserver", "http", "server"]],
    ["src/auth/login.ts:12", ["src", "auth", "login", "ts", "12"]],
    ["snake_case kebab-case", ["snake", "case", "kebab", "case"]],
    ["用户登录", ["用户", "户登", "登录"]],
    ["用", ["用"]],
    ["v2登录", ["v2", "登录"]],
  ])("splits %s", (text, wanted) => {
    expect(tokenize(text)).toEqual(wanted);
  });
});

describe("the tokens of notes and questions", () => {
  it("hold names whole, besides their parts and the last part of a path", () => {
    const tokens = tokenizeNote("see src/auth/login.ts, ERR_NOT_FOUND and the merge-queue.");
    for (const token of ["src/auth/login.ts", "login.ts", "login", "err_not_found", "found", "merge-queue", "queue"]) {
      expect(tokens, token).toContain(token);
    }
    expect(tokenizeQuery("login.ts login.ts")).toEqual(["login", "ts", "login.ts"]);
    expect(tokenizeQuery("C:\\src\\a.ts")).toContain("c:/src/a.ts");
    expect(tokenizeNote("end. Next, a - b")).toEqual(["end", "next", "a", "b"]);
  });

  it("let a single character of an unspaced script be found, too", () => {
    expect(tokenizeNote("用户登录").sort()).toEqual(["登", "登录", "户", "户登", "录", "用", "用户"].sort());
    expect(tokenizeQuery("登录")).toEqual(["登录"]);
  });

  it("rank the note that holds a path above those that hold its parts", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "parts.md", "src src auth auth login login ts ts and src, auth, login, ts");
    writeNote(dir, "path.md", "what to know of src/auth/login.ts in general, and of much else that is written here");
    const found = await searchVault([dir], "src/auth/login.ts", 10);
    expect(found.map((result) => result.title)).toEqual(["path", "parts"]);
  });
});

describe("a search that is kept open", () => {
  it("finds notes as they are whenever it is asked", async () => {
    const [dir, other] = [makeTempFolder(), makeTempFolder()];
    const search = openSearch([path.join(dir, "vault"), other]);
    onTestFinished(() => search.close());
    const find = async () => (await search.find("zebra", 10)).map(({ title }) => title).sort();
    expect(await find()).toEqual([]);
    for (const name of ["a", "b", "c"]) writeNote(dir, `vault/${name}.md`, "zebra");
    writeNote(other, "o.md", "zebra");
    expect(await find()).toEqual(["a", "b", "c", "o"]);
    fs.rmSync(path.join(dir, "vault/a.md"));
    writeNote(dir, "vault/b.md", "giraffe");
    fs.renameSync(path.join(dir, "vault/c.md"), path.join(dir, "vault/d.md"));
    expect(await find()).toEqual(["d", "o"]);
  });

  it("finds what was written before it was asked, while others ask", async () => {
    const dir = makeTempFolder();
    const search = openSearch([dir]);
    onTestFinished(() => search.close());
    const found: Promise<number>[] = [];
    for (let at = 0; at < 20; at += 1) {
      writeNote(dir, `n${at}.md`, "zebra");
      found.push(search.find("zebra", 100).then(({ length }) => length));
      // So that some of them ask while there is a look under way.
      if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [at, count] of (await Promise.all(found)).entries()) expect(count).toBeGreaterThan(at);
  });

  it("works again after a failure, as soon as the vault can be opened", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    fs.symlinkSync(dir, dir);
    const search = openSearch([dir]);
    onTestFinished(() => search.close());
    await expect(search.find("zebra", 10)).rejects.toThrow("ELOOP");
    fs.rmSync(dir);
    writeNote(dir, "a.md", "zebra");
    expect(await search.find("zebra", 10)).toHaveLength(1);
  });

  it("rejects what is asked after it was closed", async () => {
    const dir = makeTempFolder();
    const search = openSearch([dir]);
    await search.find("zebra", 10);
    await search.close();
    await expect(search.find("zebra", 10)).rejects.toMatchObject({ code: "vault.closed" });
    await search.close();
  });
});
