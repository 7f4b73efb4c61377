/** Words and names of notes, of questions, and of signatures. */
import { expect, it } from "vitest";
import { readWords, tokenize, tokenizeNote, tokenizeQuery, tokenizeSigned } from "../../../src/vault/index/tokenize.ts";

it("counts a name of a note each time that it stands there, by each of its ends", () => {
  const once = tokenizeNote("see src/größe/Login.ts");
  expect(once).toEqual(
    expect.arrayContaining(["see", "src", "grosse", "login", "src/grosse/login.ts", "grosse/login.ts", "login.ts"]),
  );
  const twice = tokenizeNote("src/a/b.ts src/a/b.ts");
  expect(twice.filter((token) => token === "a/b.ts")).toHaveLength(2);
});

it("asks for a word once, however often and as what it is written, and not for the place behind a name", () => {
  const tokens = tokenizeQuery("errors in auth/errors.ts:12:5, errors in auth/errors.ts:12:5");
  expect(new Set(tokens).size).toBe(tokens.length);
  expect(tokens).toEqual(expect.arrayContaining(["errors", "in", "auth", "auth/errors.ts", "errors.ts"]));
  expect(tokens).not.toContain("12");
  // In prose its other forms count, too; in a name it is meant as it is written.
  expect(tokenizeQuery("errors").length).toBeGreaterThan(1);
  expect(tokenizeQuery("auth/errors.ts").filter((token) => token.startsWith("error"))).toEqual(["errors", "errors.ts"]);
});

it.each([
  ["你好", ["你", "好", "你好"], ["你好"]],
  ["好", ["好"], ["好"]],
  ["ｶ", ["カ"], ["カ"]],
  ["ﾊﾟﾝ", ["パ", "ン", "パン"], ["パン"]],
  ["v2版本", ["v2", "版", "本", "版本"], ["v2", "版本"]],
  ["版v2", ["版", "v2"], ["版", "v2"]],
])("reads %s without spaces by single characters and pairs", (text, note, query) => {
  expect(tokenizeNote(text)).toEqual(note);
  expect(tokenize(text)).toEqual(query);
});

it("tells where words stand, and signs them without folding", () => {
  expect(readWords("Ein Käse")).toEqual([
    { at: 0, end: 3, tokens: ["ein"] },
    { at: 4, end: 8, tokens: ["kase"] },
  ]);
  expect(tokenizeSigned("Ein Käse 你好")).toEqual(["ein", "käse", "你好"]);
  expect(tokenizeNote("getHTTPResponse")).toEqual(expect.arrayContaining(["gethttpresponse"]));
});
