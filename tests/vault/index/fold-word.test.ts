/** Words as they are compared: what a keyboard lacks or a hand leaves out makes no difference. */
import { expect, it } from "vitest";
import { foldWord } from "../../../src/vault/index/fold-word.ts";
import { makeSnippet } from "../../../src/vault/index/snippet.ts";

it.each([
  ["Café", "cafe"],
  ["cafe\u0301", "cafe"],
  ["Straße", "strasse"],
  ["İstanbul", "istanbul"],
  ["ﬁle", "file"],
  ["ＡＢＣ", "abc"],
  ["ŁÓDŹ", "lodz"],
  ["ΛΌΓΟΣ", "λογοσ"],
  ["שָׁלוֹם", "שלום"],
  ["مُدَرِّس", "مدرس"],
  ["½", "12"],
  ["plain", "plain"],
])("folds %s to %s, and what is folded stays", (word, folded) => {
  expect(foldWord(word)).toBe(folded);
  expect(foldWord(folded)).toBe(folded);
});

it("folds long words, and a word again after ten thousand others", () => {
  expect(foldWord("É".repeat(40))).toBe("e".repeat(40));
  expect(foldWord("Käse")).toBe("kase");
  for (let at = 0; at < 10_001; at += 1) foldWord(`ä${at}`);
  expect(foldWord("Käse")).toBe("kase");
});

it("keeps a mark that stands alone", () => {
  expect(foldWord("\u0301")).toBe("\u0301");
});

it("shows rows of tables without their bars, and signs without what guards them", () => {
  const body = "| name | error |\n| --- | :-: |\n| a | error\\[E0308\\] |\n\n2 \\* 3\n";
  expect(makeSnippet(body, new Map([["a", 1]]))).toBe("name, error a, error[E0308] 2 * 3");
});
