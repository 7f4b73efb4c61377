/** Normalising text that somebody made to be slow: every place that does it takes the time of the text's length. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slugOf } from "../../src/plan/names.ts";
import { limitMarks } from "../../src/terminal-text/limit-marks.ts";
import { makeSnippet } from "../../src/vault/index/snippet.ts";
import { tokenizeQuery } from "../../src/vault/index/tokenize.ts";
import { foldName } from "../../src/vault/links/file-names.ts";
import { slugOf as slugOfNote } from "../../src/vault/notes/names.ts";
import { headingKey } from "../../src/vault/notes/wikilink.ts";
import { toKey } from "../../src/vault/patterns/pattern.ts";
import { signatureOf } from "../../src/vault/text/signature.ts";

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom("\u0301", "\u0316", "\u0e48", "\u{1d165}", "\u20e3", "a", "é", "日", "한", "ば", "\u200d", "\n"),
      fc.tuple(fc.constantFrom("\u0301", "\u0316", "\u3099"), fc.nat(40)).map(([mark, count]) => mark.repeat(count)),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("text with limited marks", () => {
  it("has at most thirty in a row, and is as it was where it had no more", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const limited = limitMarks(raw);
        expect(limited).not.toMatch(/\p{M}{31}/u);
        expect(limited).toBe(raw.replace(/(?<=\p{M}{30})\p{M}+/gu, ""));
      }),
      { numRuns: 500 },
    );
  });

  // Each of these would take minutes otherwise, and the limit of the test would end it.
  const marks = `a${"\u0301".repeat(200_000)}${"\u0316".repeat(200_000)} b`;
  it.each<[string, (text: string) => unknown]>([
    ["an id from a heading", slugOf],
    ["a name of a note", slugOfNote],
    ["a link's heading", headingKey],
    ["a link's file", foldName],
    ["a title as it is compared", toKey],
    ["words that are searched", tokenizeQuery],
    ["a part of a note that is shown", (note) => makeSnippet(note, new Map([["b", 1]]))],
    ["a failure's signature", (output) => signatureOf({ kind: "gate", by: "test", text: output })],
  ])("is what is normalised for %s", (_what, use) => {
    expect(use(marks)).toBeDefined();
  });
});
