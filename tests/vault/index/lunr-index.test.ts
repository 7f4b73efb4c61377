/** Every term of the index can be found. In a file of its own: which terms lunr loses depends on what it built before. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { buildIndex } from "../../../src/vault/index/lunr-index.ts";

describe("the index", () => {
  it("finds every term, those of digits included, some of which lunr's own set of terms loses", () => {
    const makeDigits = (at: number) => {
      const hash = createHash("md5").update(String(at)).digest("hex").slice(0, 10);
      return Number.parseInt(hash, 16)
        .toString(10)
        .slice(0, 3 + (at % 6));
    };
    const terms = [...new Set(Array.from({ length: 40_000 }, (_, at) => makeDigits(at)))];
    const index = buildIndex([{ ref: "0", fields: { body: terms.join(" ") } }], { body: 1 });
    expect(terms.filter((term) => index.query([term]).length === 0)).toEqual([]);
  });
});
