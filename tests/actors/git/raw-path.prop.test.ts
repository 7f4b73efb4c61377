import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setPatterns } from "../../../src/actors/git/exclude.ts";
import { joinPaths, pathBytes, showPath, splitPaths, toRawPath } from "../../../src/actors/git/raw-path.ts";

describe("raw paths", () => {
  it("go to git and come back byte for byte", () => {
    const name = fc.uint8Array({ min: 1, minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 10 }), (names) => {
        const printed = Buffer.concat(names.flatMap((bytes) => [Buffer.from(bytes), Buffer.from([0])]));
        const paths = splitPaths(printed);
        expect(joinPaths(paths).equals(printed)).toBe(true);
        expect(paths.map((path) => [...pathBytes(path)])).toEqual(names.map((bytes) => [...bytes]));
      }),
    );
  });

  it("lose no path whose end git has not told", () => {
    expect(splitPaths(Buffer.from("a\0b"))).toEqual(["a", "b"]);
  });

  it("show what was given as text", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => showPath(toRawPath(text)) === text));
  });
});

describe("the exclude block", () => {
  it("keeps what was there and adds nothing the second time", () => {
    const line = fc.stringMatching(/^[\x20-\xff]{0,12}$/);
    const pattern = fc.stringMatching(/^\/[a-z]{1,6}\/$/);
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.array(pattern, { minLength: 1 }), (lines, ends, patterns) => {
        const text = lines.join("\n") + (ends ? "\n" : "");
        fc.pre(!text.includes("# >>> pleach"));
        const once = setPatterns(text, patterns);
        expect(once.startsWith(text)).toBe(true);
        expect(setPatterns(once, patterns)).toBe(once);
        for (const one of patterns) expect(once.split("\n")).toContain(one);
      }),
    );
  });
});
