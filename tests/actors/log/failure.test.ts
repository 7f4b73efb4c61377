/** What a failed system call on the log is told as: what went wrong, and what to do about it. */
import { describe, expect, it } from "vitest";
import { toFailure } from "../../../src/actors/log/failure.ts";

const thrown = (code: string): Error => Object.assign(new Error(code), { code });

describe("a system call that failed on the log", () => {
  it.each([
    ["ENOSPC", /free some space/],
    ["EDQUOT", /free some space/],
    ["EFBIG", /ulimit -f/],
    ["EIO", /keep a copy/],
    ["EROFS", /writable/],
    ["EACCES", /right to read and write/],
    ["EPERM", /right to read and write/],
    ["ENOENT", /put it back/],
    ["EMFILE", /ulimit -n/],
    ["ENFILE", /close some programs/],
    ["EXDEV", /EXDEV/],
  ])("by %s comes with advice", (code, hint) => {
    expect(toFailure(thrown(code), "write", "/run/1.jsonl")).toMatchObject({
      code: "log.failed",
      file: "/run/1.jsonl",
      hint: expect.stringMatching(hint),
    });
  });
});
