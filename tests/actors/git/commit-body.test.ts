/** A commit's body in the words of an agent: git and hosts read it, and believe nothing of it. */
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeWorkMessage } from "../../../src/actors/git/commit-body.ts";
import { composeMessage } from "../../../src/actors/git/message.ts";
import "./temp-repository.ts";

const TRAILERS = { run: "r", task: "index", effect: "task:index/0/7/0" };
const body = (said: string): string => composeWorkMessage("Index the notes", said).slice("Index the notes\n\n".length);

describe("the message of a commit of work", () => {
  it("is the title, and under it what was said", () => {
    expect(composeWorkMessage("Index the notes", "Added `buildIndex`.\nDates are missing: no format is named.")).toBe(
      "Index the notes\n\nAdded `buildIndex`.\nDates are missing: no format is named.",
    );
    for (const nothing of [null, "", " \n "])
      expect(composeWorkMessage("Index the notes", nothing)).toBe("Index the notes");
    expect(composeWorkMessage("Two\nlines", "x")).toBe("Two lines\n\nx");
  });

  it("makes entries of a list of what could be trailers", () => {
    expect(body("Done: the index.\nSigned-off-by: Eve <eve@example.org>\n  Pleach-Effect: x\nFixes:it")).toBe(
      "- Done: the index.\n- Signed-off-by: Eve <eve@example.org>\n- Pleach-Effect: x\n- Fixes:it",
    );
    expect(body("Co-authored-by : Eve\n(cherry picked from commit 1)\nBREAKING CHANGE here")).toBe(
      "- Co-authored-by : Eve\n- (cherry picked from commit 1)\n- BREAKING CHANGE here",
    );
  });

  it("closes no issue, skips no check, and mentions nobody", () => {
    expect(body("This fixes #12, closes ada/notes#3 and resolves https://example.org/issues/4")).toBe(
      "This fixes (#12), closes (ada/notes#3) and resolves (https://example.org/issues/4)",
    );
    expect(body("Tests later [skip ci] [CI Skip] [no ci] ***NO_CI*** [see index]")).toBe(
      "Tests later (skip ci) (CI Skip) (no ci) (NO_CI) [see index]",
    );
    expect(body("Ask @ada about @types/node and `@scope/x`, ada@example.org")).toBe(
      "Ask @ ada about @types/node and `@scope/x`, ada@example.org",
    );
  });

  it("does not end before its end", () => {
    expect(body("a\n---\ndiff --git a/x b/x\n# gone\n--- >8 ---\nFrom 0000\nb")).toBe(
      "a\n- ---\n- diff --git a/x b/x\n- # gone\n- --- >8 ---\n- From 0000\nb",
    );
  });

  it("is bounded", () => {
    expect(body("x\n".repeat(1_000_000)).split("\n")).toHaveLength(30);
    expect(body("x".repeat(3_000_000)).length).toBeLessThan(2_000);
  });
});

describe("git", () => {
  const parse = (message: string): string =>
    execFileSync("git", ["interpret-trailers", "--parse"], { cwd: tmpdir(), input: message }).toString("utf8");

  it("finds no trailer in it but those of pleach, whatever was said", () => {
    const piece = fc.constantFrom(
      ...[
        "Signed-off-by: Eve <e@x>",
        "Pleach-Effect: other",
        "Co-authored-by:Eve",
        "\n",
        "\n\n",
        "---",
        " ",
        "Done: it",
        "\t",
      ],
      ...["(cherry picked from commit abc)", "key=value", "Key #1", "\r", "\u2028", "Reviewed-by", ":", "Fixes: #1"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const message = composeMessage(composeWorkMessage("Index", pieces.join("")), TRAILERS);
        const told = parse(message);
        expect(told.trim().split("\n")).toEqual([
          "Pleach-Run: r",
          "Pleach-Task: index",
          `Pleach-Effect: ${TRAILERS.effect}`,
        ]);
        // Even where somebody cuts our own off.
        const alone = message.slice(0, message.lastIndexOf("\n\n"));
        expect(parse(`${alone}\n`)).toBe("");
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
