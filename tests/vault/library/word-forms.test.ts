/** Words are found however they are written: in other forms, without accents, as the end of a path with a place behind. */
import { describe, expect, it } from "vitest";
import { tokenizeNote, tokenizeQuery } from "../../../src/vault/index/tokenize.ts";
import { searchVault } from "../../../src/vault/index.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

/** The names of notes that a question finds, best first, among a hundred others. */
async function find(notes: Readonly<Record<string, string>>, question: string): Promise<string[]> {
  const dir = makeTempFolder();
  for (let at = 0; at < 100; at += 1)
    writeNote(dir, `other/n${at}.md`, `Of number ${at}: src lib index main x y ts js 12 5`);
  for (const [name, text] of Object.entries(notes)) writeNote(dir, `${name}.md`, text);
  const found = await searchVault([dir], question, 200);
  return found.map(({ title }) => title).filter((title) => title in notes);
}

describe("a file that is asked for", () => {
  const notes = { wanted: "what to know of src/x/y.ts and of much else", other: "about src/x/z.ts and lib/y.tsx" };
  it.each([
    "src/x/y.ts",
    "src/x/y.ts:12:5",
    "src/x/y.ts:12",
    "y.ts:12",
    "x/y.ts",
    "/repo/src/x/y.ts",
    "/home/me/code/repo/src/x/y.ts:12:5",
    "./src/x/y.ts",
    "src\\x\\y.ts",
    "src/x/y.ts(12,5)",
    "src/x/y.ts#L12",
    "at run (/home/me/repo/src/x/y.ts:12:5)",
    "Src/X/Y.ts",
  ])("is found among a hundred notes as %s", async (question) => {
    expect((await find(notes, question))[0]).toBe("wanted");
  });

  it("is found where a note holds a line of a stack", async () => {
    const stack = { stack: "Error: no\n    at run (/home/me/repo/src/x/y.ts:12:5)\n", other: "src x y ts y ts x src" };
    for (const question of ["src/x/y.ts", "x/y.ts", "y.ts", "/srv/build/src/x/y.ts:99:1"]) {
      expect((await find(stack, question))[0], question).toBe("stack");
    }
  });

  it("has a place that is no word, whatever stands before it", () => {
    expect(tokenizeQuery("Custom Grouping:12:5")).not.toContain("12");
    expect(tokenizeQuery("src/a.ts:12")).toEqual(["src", "a", "ts", "a.ts", "src/a.ts"].sort(byQuery));
    for (const port of ["localhost:8080", "127.0.0.1:8080", "example.com:8080"]) {
      expect(tokenizeQuery(port), port).toContain("8080");
    }
    expect(tokenizeQuery("at 12:30:45")).toEqual(expect.arrayContaining(["12", "30", "45"]));
  });

  it("costs no more than its length", () => {
    const long = `${"a/".repeat(200_000)}b.ts:1:2`;
    expect(tokenizeNote(long).filter((token) => token.includes("/")).length).toBeLessThanOrEqual(8);
  });
});

/** In the order of a question's tokens: words, then names from the longest on. */
const order = ["src", "a", "ts", "src/a.ts", "a.ts"];
const byQuery = (a: string, b: string) => order.indexOf(a) - order.indexOf(b);

describe("a word that is asked for", () => {
  it.each([
    ["test", "Testing"],
    ["conflict", "Conflicts"],
    ["retry", "Retries"],
    ["retries", "retry"],
    ["try", "tries"],
    ["merged", "Merging"],
    ["cafe", "Café"],
    ["café", "cafe"],
    ["strasse", "Straße"],
    ["STRASSE", "straße"],
    ["istanbul", "İstanbul"],
    ["ISTANBUL", "ıstanbul"],
    ["file", "ﬁle"],
    ["office", "oﬃces"],
    ["pleach", "ｐｌｅａｃｈ"],
    ["ガギグ", "ｶﾞｷﾞｸﾞ"],
    ["oslo smorrebrod", "Smørrebrød"],
    ["lodz", "Łódź"],
    ["محمد", "مُحَمَّد"],
    ["كتاب", "كـتـاب"],
    ["שלום", "שָׁלוֹם"],
    ["학교", "학교에서"],
    ["학교는", "학교에서"],
    ["ສະບາຍ", "ສະບາຍດີ"],
    ["ёлка", "елка"],
    ["ΟΔΟΣ", "οδός"],
    ["ﬀ 2²", "ff 22"],
  ])("%s finds %s", async (question, word) => {
    expect(await find({ wanted: `Here ${word} is.`, other: "nothing of it" }, question)).toEqual(["wanted"]);
  });

  it("is found as it was written before its other forms, and part of a joined word last", async () => {
    const notes = { gitbook: "GitBook", books: "Books", book: "A book" };
    expect(await find(notes, "book")).toEqual(["book", "books", "gitbook"]);
    expect(await find({ one: "tests", two: "test" }, "tests")).toEqual(["one", "two"]);
  });

  it("has no other forms where it is a code, a name, or in capitals", () => {
    for (const question of ["TS2304s", "ERR_CONFLICTS", "HTTPS", "src/processes.ts", "v1.tests"]) {
      expect(
        tokenizeQuery(question).filter((token) => token.startsWith("~")),
        question,
      ).toEqual([]);
    }
    expect(tokenizeQuery("tests")).toEqual(["tests", "~test"]);
  });

  it("keeps the marks that spell", async () => {
    const notes = { kitab: "किताब", kutub: "कुतुब", ga: "がく", ka: "かく" };
    expect(await find(notes, "किताब")).toEqual(["kitab"]);
    expect((await find(notes, "がく"))[0]).toBe("ga");
  });
});

describe("a short question", () => {
  it("finds the note first that holds its words together in a heading", async () => {
    const notes = {
      heading: `# Many things\n\n${"words of all kinds ".repeat(60)}\n\n## Global search\n\nHow it works.\n`,
      often: "search global or not ".repeat(8),
      title: "# Globe\n\nglobal global global",
    };
    const dir = makeTempFolder();
    for (const [name, text] of Object.entries(notes)) writeNote(dir, `${name}.md`, text);
    const [first] = await searchVault([dir], "Global search", 10);
    expect(first?.title).toBe("Many things");
  });
});
