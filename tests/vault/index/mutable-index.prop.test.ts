/** Whatever documents came, changed and went: the index answers as lunr does that was built afresh over what is left. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIndex, type MutableIndex } from "../../../src/vault/index/mutable-index.ts";
import { tokenizeNote } from "../../../src/vault/index/tokenize.ts";
import { buildFreshLunr } from "./fresh-lunr.ts";

const boosts = { title: 3, labels: 2, body: 1 };
const words = [
  ..."the merge queue retries a flaky gate when src/auth/login.ts changes the".split(" "),
  ..."constructor __proto__ hasOwnProperty toString valueOf".split(" "),
  ..."getUserName HTTPServer ERR_NOT_FOUND 用户登录 мир café 404 2026-08-24 v2".split(" "),
];
const refs = [
  "a",
  "b/c.md",
  "constructor",
  "__proto__",
  "toString",
  ...Array.from({ length: 40 }, (_, at) => `n${at}`),
];

type Texts = Record<keyof typeof boosts, string>;
type Change =
  | { kind: "set"; ref: string; fields: Texts }
  | { kind: "delete"; ref: string }
  | { kind: "rename"; ref: string; to: string };

const text = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(" "));
const fields = fc.record({ title: text, labels: text, body: text });
const ref = fc.constantFrom(...refs);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("set" as const), ref, fields }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), ref }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), ref, to: ref }) },
);

/** An index beside the documents that it should hold. */
function startPair() {
  const index = createIndex({ boosts, tokenize: tokenizeNote });
  const documents = new Map<string, Texts>();
  const set = (ref: string, fields: Texts) => {
    documents.set(ref, fields);
    index.set({ ref, fields });
  };
  const remove = (ref: string) => {
    documents.delete(ref);
    index.delete(ref);
  };
  const apply = (change: Change) => {
    if (change.kind === "set") set(change.ref, change.fields);
    else {
      const moved = documents.get(change.ref);
      remove(change.ref);
      if (change.kind === "rename" && moved !== undefined) set(change.to, moved);
    }
  };
  return { index, documents, apply };
}

/** Asks both for every term alone and for each of the queries. */
function expectSame(index: MutableIndex, documents: ReadonlyMap<string, Texts>, queries: readonly string[][]): void {
  // Added in another order than they came.
  const left = [...documents].sort(([a], [b]) => (a < b ? 1 : -1)).map(([ref, fields]) => ({ ref, fields }));
  const rank = buildFreshLunr(left, boosts, tokenizeNote);
  const terms = new Set(words.flatMap(tokenizeNote));
  expect(index.size).toBe(left.length);
  for (const query of [...[...terms].map((term) => [term]), ...queries]) {
    const wanted = rank(query);
    const ask = (limit?: number) => index.query(query, limit).map(({ ref, score }) => ({ ref, score }));
    expect(ask().map((hit) => hit.ref)).toEqual(wanted.map((hit) => hit.ref));
    for (const [at, hit] of ask().entries()) expect(hit.score).toBeCloseTo(wanted[at]?.score ?? -1, 8);
    expect(ask(5)).toEqual(ask().slice(0, 5));
    if (query.length === 1) expect(index.countDocuments(query[0] ?? "")).toBe(wanted.length);
  }
}

const query = fc.array(fc.constantFrom(...new Set(words.flatMap(tokenizeNote)), "absent"), { maxLength: 30 });
const queries = fc.array(query, { minLength: 5, maxLength: 5 });

describe("the index after any changes", () => {
  it("ranks and scores as lunr built afresh, after a few changes", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), queries, (changes, asked) => {
        const { index, documents, apply } = startPair();
        for (const one of changes) apply(one);
        expectSame(index, documents, asked);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("ranks and scores as lunr built afresh, all along five thousand changes", () => {
    const many = fc.array(change, { minLength: 5_000, maxLength: 5_000 });
    const askedOften = fc.array(query, { minLength: 20, maxLength: 20 });
    const [changes = [], asked = []] = fc.sample(fc.tuple(many, askedOften), { seed: 2, numRuns: 1 })[0] ?? [];
    const { index, documents, apply } = startPair();
    for (const [at, one] of changes.entries()) {
      apply(one);
      if ((at + 1) % 250 === 0) expectSame(index, documents, asked);
    }
    expect(documents.size).toBeGreaterThan(10);
    for (const ref of [...documents.keys()]) apply({ kind: "delete", ref });
    expectSame(index, documents, asked);
  });
});
