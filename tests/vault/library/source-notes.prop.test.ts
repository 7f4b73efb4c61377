/**
 * Whatever happens to the files of a vault, and whether that is seen by a sweep or told file by file: what is known of
 * the notes, their links and their words is what a reader knows who sees the vault for the first time, and what one
 * knows who goes on from a cache of earlier.
 */
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CountedIndex, createIndex } from "../../../src/vault/index/mutable-index.ts";
import { tokenizeNote } from "../../../src/vault/index/tokenize.ts";
import { FIELD_BOOSTS } from "../../../src/vault/library/note-record.ts";
import { SourceNotes } from "../../../src/vault/library/source-notes.ts";
import { makeTempFolder } from "../temp-vault.ts";

// Names that differ in case, form or folder only, that look like endings, and that objects of JavaScript have.
const odd = [
  "Note",
  "note",
  "NOTE.v2",
  "Caf\u00e9",
  "Cafe\u0301",
  "a b",
  "x",
  "x.md",
  "constructor",
  "__proto__",
  "登录",
];
const names = [...odd, ...Array.from({ length: 60 }, (_, at) => `n${at}`)];
const folders = ["", "a/", "b/", "a/b/", "A-b/", "deep/er/"];
const notes = folders.flatMap((folder) => names.map((name) => `${folder}${name}.md`));
const others = ["pic.png", "a/pic.png", "b/PIC.png", "board.canvas", "a/all.base", "a/note.md.png", "x"];
const words = [
  ..."the merge queue retries a flaky gate when src/auth/login.ts changes its session".split(" "),
  ..."constructor __proto__ toString getUserName ERR_NOT_FOUND 用户登录 мир café 404".split(" "),
];

const word = fc.constantFrom(...words);
const notePath = fc.constantFrom(...notes);
const filePath = fc.oneof({ weight: 12, arbitrary: notePath }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const target = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...names) },
  { weight: 2, arbitrary: notePath.map((name) => name.slice(0, -3)) },
  { weight: 1, arbitrary: filePath },
  { weight: 1, arbitrary: fc.constantFrom("", "/a/x", "./note", "../x", "../../x", "b/", "pic.png") },
);
const link = fc
  .record({
    shape: fc.constantFrom("[[$]]", "[[$]]", "![[$]]", "[[$|shown]]", "[t](<$>)", "[t](<./$>)"),
    target,
    way: fc.constantFrom("", "", "", "#One", "#one#Two", "#Two", "#^id", "#^none"),
  })
  .map(({ shape, target: to, way }) => shape.replace("$", () => to + way));
const block = fc.oneof(
  { weight: 3, arbitrary: link },
  { weight: 3, arbitrary: fc.array(word, { maxLength: 6 }).map((parts) => parts.join(" ")) },
  { weight: 1, arbitrary: fc.constantFrom("# One", "## Two", "words ^id", "`[[x]]`", "#tag/sub", "> [!tip] Call") },
);
const properties = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.record({ to: target, alias: word }).map(writeProperties) },
  { weight: 1, arbitrary: fc.constant("---\na: 1\na: 2\n---\n") },
);
const text = fc
  .tuple(properties, fc.array(block, { maxLength: 5 }))
  .map(([head, blocks]) => `${head}${blocks.join("\n\n")}\n`);

function writeProperties({ to, alias }: { to: string; alias: string }): string {
  return `---\naliases: [${JSON.stringify(alias)}]\nrelated: ${JSON.stringify(`[[${to}]]`)}\n---\n`;
}

/** To write is to add or to edit, whichever it is. */
const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), file: filePath, text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), file: filePath }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename" as const), file: filePath, to: filePath }) },
);
type Change = typeof change extends fc.Arbitrary<infer Each> ? Each : never;
const changesInAll = 5_000;
/** What is done between two looks. */
const round = fc.record({
  seen: fc.constantFrom("swept", "told", "told", "told"),
  size: fc.integer({ min: 1, max: 40 }),
});

const queries = fc.sample(fc.array(word, { minLength: 1, maxLength: 12 }), { seed: 4, numRuns: 30 });

/** A vault on disk that things happen to, each at a later time than the one before, so that file times tell them apart. */
class Folder {
  readonly dir = makeTempFolder();
  #seconds = 1_700_000_000;

  /** Returns the files that it concerned. */
  apply(one: Change): string[] {
    const file = path.join(this.dir, one.file);
    if (one.kind === "write") {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, one.text);
      this.#seconds += 1;
      fs.utimesSync(file, this.#seconds, this.#seconds);
      return [one.file];
    }
    if (one.kind === "delete") {
      fs.rmSync(file, { force: true });
      return [one.file];
    }
    if (!fs.existsSync(file)) return [];
    const to = path.join(this.dir, one.to);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.renameSync(file, to);
    return [one.file, one.to];
  }
}

interface Reader {
  index: CountedIndex;
  notes: SourceNotes;
}

function startReader(dir: string): Reader {
  const index = createIndex({ boosts: FIELD_BOOSTS, tokenize: tokenizeNote });
  return { index, notes: new SourceNotes({ dir, isWritten: true }, 0, index) };
}

/** All that a reader knows. */
async function tellAll({ index, notes }: Reader) {
  const graph = await notes.links.graph();
  const paths = [...notes.entries.keys()].sort();
  const structures = await Promise.all(paths.map(async (each) => [each, await notes.links.structureOf(each)]));
  const terms = [...new Set(words.flatMap(tokenizeNote))];
  return {
    structures,
    links: paths.map((each) => graph.linksOf(each)),
    backlinks: [...paths, ...others].map((each) => graph.backlinksOf(each)),
    problems: graph.linkProblems(),
    size: index.size,
    counts: terms.map((term) => [term, index.countDocuments(term)]),
    hits: queries.map((query) => index.query(query.flatMap(tokenizeNote)).map(({ ref, score }) => [ref, score])),
  };
}

describe("what is known of a vault", () => {
  it("is what a first look at it tells, all along five thousand adds, edits, renames and deletes", async () => {
    const many = fc.array(change, { minLength: changesInAll, maxLength: changesInAll });
    const rounds = fc.array(round, { minLength: 1_000, maxLength: 1_000 });
    const [changes = [], looks = []] = fc.sample(fc.tuple(many, rounds), { seed: 20_261_125, numRuns: 1 })[0] ?? [];
    const [folder, cache] = [new Folder(), makeTempFolder()];
    const kept = startReader(folder.dir);
    await kept.notes.sweep();
    let [done, comparedAt] = [0, 0];
    for (const { seen, size } of looks) {
      const concerned = changes.slice(done, done + size).flatMap((one) => folder.apply(one));
      done += size;
      if (seen === "swept") await kept.notes.sweep();
      else await kept.notes.look(concerned);
      // What was asked for is remembered, and has to be forgotten when it changes.
      const graph = await kept.notes.links.graph();
      graph.linkProblems();
      if (done - comparedAt < 1_000 && done < changesInAll) continue;
      comparedAt = done;
      const fresh = startReader(folder.dir);
      await fresh.notes.sweep();
      const wanted = await tellAll(fresh);
      expect(await tellAll(kept)).toEqual(wanted);
      const cached = startReader(folder.dir);
      await cached.notes.load(cache);
      await cached.notes.sweep();
      expect(await tellAll(cached)).toEqual(wanted);
      await kept.notes.save(cache);
      if (done >= changesInAll) break;
    }
    expect(done).toBeGreaterThanOrEqual(changesInAll);
    expect(kept.notes.entries.size).toBeGreaterThan(200);
    const kinds = new Set((await kept.notes.links.graph()).linkProblems().map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["ambiguous", "missing-block", "missing-heading", "unresolved"]);
  });
});
