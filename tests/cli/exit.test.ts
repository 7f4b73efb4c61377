/** Exit codes of errors: 2 says that what was given is wrong, which a full disk or a lock never means. */
import { describe, expect, it } from "vitest";
import { describeDisk, describeRefusal, findTrouble } from "../../src/actors/git/refusals.ts";
import { EXIT, errorDocument, exitOfError } from "../../src/cli/exit.ts";
import { PleachError } from "../../src/errors.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: it went wrong`), { code });

/** As the git room words what git said. */
function refusal(stderr: string, signal: string | null = null): PleachError {
  const asked = { cwd: "/repo", args: ["commit"], code: 128, signal, stderr };
  return describeRefusal(asked, findTrouble("/repo", stderr));
}

describe("what the machine has no more of", () => {
  it.each(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EAGAIN", "ENOMEM", "EIO", "EFBIG"])(
    "%s fails with a hint",
    (code) => {
      for (const thrown of [systemError(code), new PleachError("log.failed", "no", { cause: systemError(code) })]) {
        expect(exitOfError(thrown)).toBe(EXIT.failed);
        expect(errorDocument(thrown).error.hint).not.toMatch(/^$|defect/);
      }
    },
  );

  it.each([
    ["git.noSpace", refusal("fatal: sha1 file '/x' write error: No space left on device")],
    ["git.noSpace", describeDisk(systemError("ENOSPC"), "no branch", "/repo")],
    ["git.killed", refusal("", "SIGKILL")],
    ["git.failed", refusal("fatal: Out of memory, malloc failed")],
    ["git.failed", refusal("error: something that nobody foresaw")],
    ["git.locked", new PleachError("git.locked", "locked", { hint: "wait" })],
    ["run.noAnswer", new PleachError("run.noAnswer", "it is stopped", { hint: "let it go on" })],
  ])("is told as %s, which is no mistake of who asked", (code, thrown) => {
    expect(thrown?.code).toBe(code);
    expect(exitOfError(thrown)).toBe(EXIT.failed);
    expect(thrown?.hint).toMatch(/./);
  });
});

describe("what a person can mend in what they gave", () => {
  it.each([
    "git.notRepository",
    "git.badBase",
    "git.bare",
    "usage.noDirectory",
    "plan.cycle",
    "trust.needed",
    "run.notFound",
  ])("%s is bad input", (code) => expect(exitOfError(new PleachError(code, "no"))).toBe(EXIT.usage));

  it("a no to what a repository would run is no mistake: nothing was started", () => {
    expect(exitOfError(new PleachError("trust.refused", "nothing was started"))).toBe(EXIT.interrupted);
    expect(exitOfError(new PleachError("vault.refused", "nothing was started"))).toBe(EXIT.interrupted);
  });
});
