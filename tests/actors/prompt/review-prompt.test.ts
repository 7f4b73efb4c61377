/** What reviewers are told, and what they are to answer. */
import { describe, expect, it } from "vitest";
import { parseReview } from "../../../src/actors/prompt/review-answer.ts";
import { composeResumedReviewPrompt, composeReviewPrompt } from "../../../src/actors/prompt/review-prompt.ts";
import { outline } from "./outline.ts";
import { DIFF, FINDING, PATTERN, REVIEW } from "./small-parts.ts";

describe("the prompt of a reviewer", () => {
  it("tells what was asked for, the change, the gates, and the form of the answer whatever the role says", () => {
    const prompt = composeReviewPrompt(REVIEW);
    expect(outline(prompt).headings).toEqual([
      "# Your review",
      "# What the run is for",
      "# What was asked for",
      "# Gates",
      "# The change",
      "# Your answer",
    ]);
    expect(prompt).toContain("test: passed (npm test)");
    expect(prompt).toContain("`git diff ba5e` shows it in full.");
    expect(prompt).toContain("- `src/a.ts`");
    expect(outline(prompt).blocks).toContain(DIFF.trimEnd());
    expect(prompt).toContain("pleach-review.json");
    expect(composeReviewPrompt({ ...REVIEW, role: null })).toContain("pleach-review.json");
  });

  it("shows an answer that would be taken", () => {
    expect(parseReview(outline(composeReviewPrompt(REVIEW)).blocks.at(-1) ?? "")).toMatchObject({ kind: "ok" });
  });

  it("says what a gate complained of that stops nothing", () => {
    const gates = [
      {
        name: "lint",
        status: "failed" as const,
        summary: "3 problems",
        excused: "it was so before",
        run: "npm run lint",
      },
    ];
    expect(composeReviewPrompt({ ...REVIEW, gates })).toContain(
      "lint: failed; 3 problems; it was so before (npm run lint)",
    );
  });

  it("does not say to one who reviews again that it had changed anything", () => {
    for (const findings of [[], [FINDING]]) {
      const prompt = composeResumedReviewPrompt({ ...REVIEW, round: 2, findings });
      expect(prompt).not.toMatch(/you changed|attempt/);
      expect(prompt).toContain("pleach-review.json");
      expect(prompt).not.toContain("You review.");
    }
  });

  it("names earlier findings to be checked", () => {
    const { headings, blocks } = outline(composeReviewPrompt({ ...REVIEW, findings: [FINDING] }));
    expect(headings).toContain("# Findings to check");
    expect(blocks).toContain("- blocking src/index/a.ts:3: It is never closed.");
  });

  it("names trouble that changes like this one had, as data", () => {
    const prompt = composeReviewPrompt({ ...REVIEW, patterns: [PATTERN] });
    expect(outline(prompt).headings).toContain("# What earlier runs taught");
    expect(prompt).toContain("look whether it is in this one");
    expect(outline(prompt).blocks.find((block) => block.startsWith("[p-12]"))).toContain("advice: Set TZ=UTC. Always.");
  });

  it("shows 100 kB of a longer diff, as many whole files as fit, and names what is missing", () => {
    const file = (name: string, lines: number): string =>
      `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n${`+${"é".repeat(49)}\n`.repeat(lines)}`;
    const diff = file("one", 10) + file("huge", 5000) + file("two", 10) + file("large", 2000);
    const prompt = composeReviewPrompt({ ...REVIEW, diff, files: ["one", "huge", "two", "large"] });
    const block = outline(prompt).blocks.find((each) => each.startsWith("diff --git")) ?? "";
    expect(Buffer.byteLength(block)).toBeLessThanOrEqual(100 * 1024);
    expect(Buffer.byteLength(block)).toBeGreaterThan(95 * 1024);
    expect(block).toContain(file("one", 10));
    expect(block).toContain(file("two", 10).trimEnd());
    expect(block).toContain("diff --git a/huge b/huge");
    expect(block).not.toContain("large");
    expect(block).not.toContain("\ufffd");
    expect(prompt).toMatch(/\d+ bytes of it are not shown, of `a\/huge b\/huge`, `a\/large b\/large`\./);
    const line = composeReviewPrompt({ ...REVIEW, diff: `diff --git a/x b/x\n+${"x".repeat(200_000)}\n` });
    expect(Buffer.byteLength(line)).toBeLessThan(110_000);
  });

  it("shows characters of the change that nobody would see", () => {
    const prompt = composeReviewPrompt({ ...REVIEW, diff: `${DIFF}+a\u202eb\u200bc\u001b[2Jd\re\u{e0041}\r\n` });
    expect(prompt).toContain("+a\\u{202e}b\\u{200b}c\\u{1b}[2Jd\\u{d}e\\u{e0041}\n");
  });
});
