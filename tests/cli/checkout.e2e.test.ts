/** The user's checkout: byte for byte as it was until `ship`, in repositories of all kinds; and what `ship` does to it. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pleach, readDocument, readError, readEvents } from "./program.ts";
import { fingerprint, git, makeRepository, planText, writeFiles } from "./repositories.ts";

const PLAN = planText([
  { id: "new", run: "echo new > new.txt", more: ["scope: [new.txt]"] },
  { id: "edit", run: "echo more >> shared.txt", more: ["scope: [shared.txt]"] },
]);

describe("a run in a repository in the middle of work", () => {
  it("leaves changes, index, stash, hooks and branch alone, and ship merges what does not overlap", async () => {
    const root = makeRepository(
      { "shared.txt": "one\n", "mine.txt": "mine\n", "staged.txt": "old\n" },
      "Größe & spaß 木",
    );
    git(root, "switch", "-q", "-c", "työ/haara");
    writeFiles(root, { "mine.txt": "stashed\n" });
    git(root, "stash");
    writeFiles(root, {
      "mine.txt": "changed\n",
      "staged.txt": "staged\n",
      "untracked ö.txt": "untracked\n",
      "plan.md": PLAN,
    });
    git(root, "add", "staged.txt");
    for (const hook of ["pre-commit", "post-checkout", "post-commit", "reference-transaction"]) {
      writeFileSync(join(root, ".git/hooks", hook), `#!/bin/sh\necho ${hook} >> "${join(root, "..", "hooks-ran")}"\n`);
      chmodSync(join(root, ".git/hooks", hook), 0o755);
    }
    const before = fingerprint(root);
    const status = git(root, "status", "--porcelain");
    const said = await pleach(root, "run", "plan.md", "--json", "--run-id", "kept");
    expect(said.code, said.stderr).toBe(0);
    expect(readEvents(said, "run.finished").status.tasks.map((task) => task.status)).toEqual(["merged", "merged"]);
    expect(fingerprint(root)).toEqual(before);
    expect(git(root, "status", "--porcelain")).toBe(status);
    expect(existsSync(join(root, "..", "hooks-ran"))).toBe(false);
    expect(git(root, "log", "--format=%an <%ae>", "-1", "pleach/kept")).toBe("pleach <pleach@localhost>");

    const shipped = await pleach(root, "ship", "--json");
    expect(shipped.code, shipped.stderr).toBe(0);
    expect(readDocument("ship", shipped)).toMatchObject({
      kind: "shipped",
      how: "fastForward",
      branch: "työ/haara",
      files: ["new.txt", "shared.txt"],
    });
    expect(readFileSync(join(root, "shared.txt"), "utf8")).toBe("one\nmore\n");
    expect(readFileSync(join(root, "mine.txt"), "utf8")).toBe("changed\n");
    expect(git(root, "diff", "--cached", "--name-only")).toBe("staged.txt");
    expect(readDocument("ship", await pleach(root, "ship", "--json"))).toMatchObject({ kind: "already" });
  }, 60_000);

  it("is not shipped over uncommitted changes to the same files, and then by a merge", async () => {
    const root = makeRepository({ "shared.txt": "one\n", "plan.md": PLAN });
    expect((await pleach(root, "run", "plan.md", "--run-id", "kept", "--no-learn")).code).toBe(0);
    writeFiles(root, { "shared.txt": "one\nby hand\n" });
    const before = fingerprint(root);
    const { error } = readError(await pleach(root, "ship", "--json"), 2);
    expect(error).toMatchObject({ code: "git.dirtyOverlap", message: expect.stringContaining("shared.txt") });
    expect(fingerprint(root)).toEqual(before);
    git(root, "checkout", "-q", "--", "shared.txt");
    writeFiles(root, { "theirs.txt": "meanwhile\n" });
    git(root, "add", "-A");
    git(root, "commit", "-q", "-m", "meanwhile");
    expect(readDocument("ship", await pleach(root, "ship", "--into", "main", "--json"))).toMatchObject({
      how: "merge",
      branch: "main",
    });
    expect(git(root, "ls-tree", "--name-only", "main").split("\n")).toEqual(
      expect.arrayContaining(["new.txt", "theirs.txt"]),
    );
    expect(readError(await pleach(root, "ship", "--into", "nowhere", "--json"), 2).error.code).toBe("git.noBranch");
  }, 60_000);
});

describe("a run from a detached HEAD, with a submodule", () => {
  it("merges as ever; ship needs a branch to be named", async () => {
    const inner = makeRepository({ "inner.txt": "inner\n" });
    const root = makeRepository({ "shared.txt": "one\n", "plan.md": PLAN });
    git(root, "submodule", "--quiet", "add", inner, "lib/inner");
    git(root, "commit", "-q", "-m", "with a submodule");
    git(root, "switch", "-q", "--detach");
    const before = fingerprint(root);
    const said = await pleach(root, "run", "plan.md", "--json", "--run-id", "kept", "--no-learn");
    expect(said.code, said.stderr).toBe(0);
    expect(fingerprint(root)).toEqual(before);
    expect(git(root, "ls-tree", "pleach/kept", "lib/inner")).toMatch(/^160000 commit/);
    expect(readError(await pleach(root, "ship", "--json"), 2).error).toMatchObject({
      code: "git.detached",
      hint: expect.stringContaining("--into"),
    });
    expect(readDocument("ship", await pleach(root, "ship", "--into", "main", "--json"))).toMatchObject({
      how: "fastForward",
      branch: "main",
    });
    expect(git(root, "log", "--format=%s", "-1", "main")).not.toBe("with a submodule");
    expect(fingerprint(root)).toEqual({ ...before, refs: expect.any(String) });
  }, 60_000);
});
