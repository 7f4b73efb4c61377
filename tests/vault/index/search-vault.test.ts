/** Searching a vault by words of any language, with nothing in them being syntax. */
import { describe, expect, it } from "vitest";
import { tokenize } from "../../../src/vault/index/tokenize.ts";
import { searchVault } from "../../../src/vault/index.ts";
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
  ])("answers any query: %j", async (words) => {
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
