/** What an agent may do when it asks. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { requestPermission } from "../../../src/actors/perform/request-permission.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let cwd: string;
beforeEach(() => {
  cwd = makeTempFolder("permit", "test");
  mkdirSync(join(cwd, "src"));
  symlinkSync("/etc", join(cwd, "src/etc"));
  writeFileSync(join(cwd, "README.md"), "x");
});

const ask = (path: string, reads = false, scope: string[] | undefined = ["src/**"]) =>
  requestPermission({ tool: "Write", paths: [path], command: null, reads }, { cwd, scope });

describe("an agent that asks", () => {
  it("may change files of its scope, named either way, also new ones", () => {
    expect(ask("src/a.ts")).toEqual({ allow: true });
    expect(ask(join(cwd, "src/deep/new.ts"))).toEqual({ allow: true });
    expect(ask("anything.md", false, [])).toMatchObject({ allow: false });
    expect(
      requestPermission({ tool: "W", paths: ["a.md"], command: null, reads: false }, { cwd, scope: undefined }),
    ).toEqual({
      allow: true,
    });
  });

  it("may not change others, and is told which and why", () => {
    const answer = ask("README.md");
    expect(answer).toEqual({ allow: false, reason: '"README.md" is outside this task\'s scope: src/**' });
  });

  it("may read what it may not change", () => {
    expect(ask("README.md", true)).toEqual({ allow: true });
  });

  it.each(["/etc/passwd", "../x", "src/../../x", "src/etc/passwd", ".git/config", "a\0b"])(
    "may neither read nor change %j, which is not of its worktree",
    (path) => {
      expect(ask(path)).toMatchObject({ allow: false });
      expect(ask(path, true)).toMatchObject({ allow: false });
    },
  );

  it("may run a command, as a task's own command may", () => {
    const asked = { tool: "Bash", paths: [], command: "make", reads: false };
    expect(requestPermission(asked, { cwd, scope: ["src/**"] })).toEqual({ allow: true });
  });
});
