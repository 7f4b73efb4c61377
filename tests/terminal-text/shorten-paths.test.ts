import { describe, expect, it } from "vitest";
import { shortenPaths } from "../../src/terminal-text/index.ts";

describe("paths in a message", () => {
  it.each([
    ["kept /home/a/code/x.worktrees/run/t.1: it holds changes", "kept /…/t.1: it holds changes"],
    [
      'what lies in "/a/b/c", a repository inside /a/b, is kept',
      'what lies in "/…/c", a repository inside /a/b, is kept',
    ],
    ["src/a/b/c.ts:12 is red", "src/…/c.ts:12 is red"],
    ["1/2 tasks, and/or none", "1/2 tasks, and/or none"],
    ["", ""],
  ])("%s", (text, short) => {
    expect(shortenPaths(text)).toBe(short);
  });

  it("take the time of their length", () => {
    expect(shortenPaths("/a".repeat(500_000))).toBe("/…/a");
    expect(shortenPaths("/".repeat(1_000_000))).toHaveLength(1_000_000);
  });
});
