/** What the index promises besides its ranking: every term is found, and long queries are answered in two phases. */
import { describe, expect, it } from "vitest";
import { createIndex } from "../../../src/vault/index/mutable-index.ts";
import { buildFreshLunr } from "./fresh-lunr.ts";

const boosts = { title: 3, body: 1 };
const split = (text: string) => text.split(" ").filter(Boolean);

describe("the index", () => {
  it("finds every term, those of digits included, some of which lunr's own set of terms loses", () => {
    const terms = Array.from({ length: 40_000 }, (_, at) => ((at * 2_654_435_761) % 2 ** 32).toString(10));
    const index = createIndex({ boosts });
    index.set({ ref: "0", fields: { body: terms.join(" ") } });
    expect(terms.filter((term) => index.query([term]).length === 0)).toEqual([]);
  });

  it("says in which fields a document holds which terms", () => {
    const index = createIndex({ boosts });
    index.set({ ref: "a", fields: { title: "flaky gate", body: "the gate" } });
    const [hit] = index.query(["gate", "the", "absent"]);
    expect([...(hit?.matched ?? [])]).toEqual([
      ["gate", ["title", "body"]],
      ["the", ["body"]],
    ]);
  });

  it("answers nothing for no terms, terms that it does not know, and a limit of nothing", () => {
    const index = createIndex({ boosts });
    expect(index.query(["a"])).toEqual([]);
    index.set({ ref: "a", fields: { title: "a" } });
    expect([index.query([]), index.query(["b"]), index.query(["a"], 0)]).toEqual([[], [], []]);
  });

  it("ranks by all terms of a long query what its rarest terms chose", () => {
    const common = Array.from({ length: 30 }, (_, at) => `common${at}`);
    const rare = Array.from({ length: 8 }, (_, at) => `rare${at}`);
    const documents = Array.from({ length: 600 }, (_, at) => ({
      ref: `n${String(at).padStart(3, "0")}`,
      fields: {
        title: "",
        body: [
          ...common.filter((_term, of) => (at * (of + 3)) % 7 < 3),
          ...(at % 8 === 0 ? [rare[(at / 8) % 8]] : []),
        ].join(" "),
      },
    }));
    const index = createIndex({ boosts, tokenize: split });
    for (const document of documents) index.set(document);
    const query = [...common, ...rare];
    const holdsRare = new Set(documents.filter((_document, at) => at % 8 === 0).map(({ ref }) => ref));
    const wanted = buildFreshLunr(documents, boosts, split)(query).filter(({ ref }) => holdsRare.has(ref));
    expect(index.query(query, 10).map(({ ref, score }) => ({ ref, score }))).toEqual(wanted.slice(0, 10));
  });

  it("keeps no trace of a document that was removed", () => {
    const index = createIndex({ boosts });
    index.set({ ref: "a", fields: { title: "left", body: "word ".repeat(1_000) } });
    const alone = index.query(["left"])[0]?.score;
    index.set({ ref: "b", fields: { title: "gone", body: "gone" } });
    index.delete("b");
    index.delete("b");
    expect([index.size, index.countDocuments("gone"), index.query(["left"])[0]?.score]).toEqual([1, 0, alone]);
  });
});
