/** Whatever documents came, changed and went, words in other forms are ranked as in an index that was made afresh. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createIndex } from "../../../src/vault/index/mutable-index.ts";
import { tokenizeNote, tokenizeQuery } from "../../../src/vault/index/tokenize.ts";

const boosts = { title: 3, body: 1 };
const words = [
  "test",
  "tests",
  "testing",
  "gitBook",
  "books",
  "book",
  "retry",
  "retries",
  "café",
  "cafe",
  "src/a/b.ts:1:2",
];
const text = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => parts.join(" "));
const change = fc.record({ ref: fc.integer({ min: 0, max: 30 }), title: text, body: fc.option(text) });

it("ranks words in other forms as an index made afresh", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(text, { maxLength: 5 }), (changes, questions) => {
      const index = createIndex({ boosts, tokenize: tokenizeNote });
      const documents = new Map<string, { title: string; body: string }>();
      for (const [at, { ref, title, body }] of changes.entries()) {
        if (body === null) index.delete(String(ref));
        else index.set({ ref: String(ref), fields: { title, body } });
        if (body === null) documents.delete(String(ref));
        else documents.set(String(ref), { title, body });
        // What was asked for meanwhile is not to be remembered.
        if (at % 7 === 0) index.query(tokenizeQuery("tests book"));
      }
      const fresh = createIndex({ boosts, tokenize: tokenizeNote });
      for (const [ref, fields] of [...documents].reverse()) fresh.set({ ref, fields });
      for (const question of [...words, ...questions].map(tokenizeQuery)) {
        const show = ({ ref, score }: { ref: string; score: number }) => [ref, score];
        expect(index.query(question).map(show)).toEqual(fresh.query(question).map(show));
        for (const term of question) expect(index.countDocuments(term)).toBe(fresh.countDocuments(term));
      }
    }),
    { seed: 1, numRuns: 40 },
  );
});
