import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentOf, readLcov, scanLcov } from "../../../src/actors/gates/lcov.ts";
import { atOnce } from "../../helpers/at-once.ts";

const parseLcov = (bytes: Buffer) => atOnce(scanLcov(bytes));

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

describe("an LCOV report", () => {
  it("of istanbul is added up over its files", () => {
    expect(parseLcov(fixture("istanbul.lcov"))).toEqual({
      kind: "read",
      coverage: { lines: { hit: 3, found: 5 }, branches: { hit: 1, found: 3 }, functions: { hit: 1, found: 2 } },
      uncovered: [
        { path: "src/sum.js", line: 5 },
        { path: "src/sum.js", line: 6 },
      ],
      lines: expect.any(Map),
    });
  });

  it("counts a line once that several tests cover, and says null for what it does not measure", () => {
    expect(parseLcov(fixture("go-lines-only.lcov"))).toEqual({
      kind: "read",
      coverage: { lines: { hit: 10, found: 10 }, branches: null, functions: null },
      // One of its files has only sums.
      uncovered: null,
      lines: expect.any(Map),
    });
  });

  it("may have the line ends of Windows", () => {
    const text = fixture("istanbul.lcov").toString().replaceAll("\n", "\r\n");
    expect(parseLcov(Buffer.from(text))).toEqual(parseLcov(fixture("istanbul.lcov")));
  });

  it("that measured branches where there are none is fully covered", () => {
    const read = parseLcov(Buffer.from("SF:a\nDA:1,1\nBRF:0\nBRH:0\nend_of_record\n"));
    expect(read).toMatchObject({ coverage: { branches: { hit: 0, found: 0 } } });
    expect(percentOf({ hit: 0, found: 0 })).toBe(100);
  });

  it("cannot claim more covered than there is", () => {
    const read = parseLcov(Buffer.from("SF:a\nLF:2\nLH:900\nend_of_record\nSF:b\nLF:-5\nLH:x\nend_of_record\n"));
    expect(read).toMatchObject({ coverage: { lines: { hit: 2, found: 2 } } });
  });

  it("names functions with their first and last line, or by numbers, in any order", () => {
    const old = parseLcov(Buffer.from("SF:a\nFNDA:2,f\nFN:3,5,f\nFN:7,g,h\nend_of_record\n"));
    expect(old).toMatchObject({ coverage: { functions: { hit: 1, found: 2 } } });
    const numbered = parseLcov(Buffer.from("SF:a\nFNL:0,3,5\nFNA:0,2,f\nFNL:1,7\nFNA:1,0,g\nend_of_record\n"));
    expect(numbered).toMatchObject({ coverage: { functions: { hit: 1, found: 2 } } });
  });

  it("with half a million lines is read, and others have their turn", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const lines = Array.from({ length: 500_000 }, (_, at) => `DA:${at + 1},${at % 2}\n`).join("");
    const read = await readLcov(Buffer.from(`SF:a\n${lines}end_of_record\n`));
    clearInterval(timer);
    expect(read).toMatchObject({ coverage: { lines: { hit: 250_000, found: 500_000 } } });
    expect(turns).toBeGreaterThan(3);
  });

  it.each([
    ["nothing", ""],
    ["text", "all good\n"],
    ["a record that is cut", "SF:a\nDA:1,1\n"],
    ["a record of no file", "DA:1,1\nend_of_record\n"],
  ])("is refused when it is %s", (_what, text) => {
    expect(parseLcov(Buffer.from(text))).toMatchObject({ kind: "malformed", reason: expect.stringMatching(/./) });
  });

  it("never has more hit than found, whatever the lines", () => {
    const line = fc.tuple(
      fc.constantFrom(
        "SF:",
        "DA:",
        "LF:",
        "LH:",
        "BRDA:",
        "BRF:",
        "FN:",
        "FNDA:",
        "FNF:",
        "FNH:",
        "end_of_record",
        "TN:",
        "",
      ),
      fc.oneof(fc.constantFrom("1,1", "1,0", "a", "__proto__", "1,0,0,-", "-1", "1e99", "5,f"), fc.string()),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const read = parseLcov(
          Buffer.from(`${lines.map((parts) => parts.join("")).join("\n")}\nSF:a\nend_of_record\n`),
        );
        if (read.kind === "malformed") return;
        for (const counted of Object.values(read.coverage)) {
          if (counted !== null) expect(counted.hit).toBeLessThanOrEqual(counted.found);
        }
      }),
    );
  });
});
