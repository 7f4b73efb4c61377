/** What is shown of a note that was found: the part that holds most of what was asked for, on one safe line. */
import { describe, expect, it } from "vitest";
import { makeSnippet } from "../../../src/vault/index/snippet.ts";

const filler = "lorem ".repeat(80);
const weights = new Map([
  ["merge", 1],
  ["queue", 1],
  ["bisects", 3],
]);

describe("a snippet", () => {
  it("shows the place where the words weigh most, not the first one", () => {
    const snippet = makeSnippet(`merge ${filler} the merge queue bisects a red chain. ${filler} queue`, weights);
    expect(snippet).toMatch(/^….*the merge queue bisects a red chain\..*…$/);
    expect(snippet.length).toBeLessThanOrEqual(201);
  });

  it("counts a word once, however often it stands there", () => {
    expect(makeSnippet(`${"merge ".repeat(30)} ${filler} merge queue ${filler}`, weights)).toContain("merge queue");
  });

  it("shows the beginning of a note that holds none of the words, or all of them there", () => {
    expect(makeSnippet(`# Title\n\nfirst   line\n${filler}`, weights)).toMatch(/^# Title first line lorem/);
    expect(makeSnippet(`The merge queue. ${filler}`, weights)).toMatch(/^The merge queue\. lorem/);
  });

  it("is one line without control characters, and finds words in either Unicode form", () => {
    const text = `${filler}\n\u001b[31mcafe\u0301\u001b[0m\u0007\nzwei\u202e drei\n${filler}`;
    const snippet = makeSnippet(text, new Map([["cafe", 1]]));
    expect(snippet).toContain("café zwei drei");
    expect(snippet).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it("cuts no character in half", () => {
    for (let shift = 0; shift < 4; shift += 1) {
      expect(makeSnippet(`${"x".repeat(shift)}${"😀".repeat(300)} merge ${"😀".repeat(300)}`, weights)).not.toMatch(
        /(?<![\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/,
      );
    }
  });
});
