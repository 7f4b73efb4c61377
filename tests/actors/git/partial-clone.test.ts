/** A clone without most of its files: git fetches them when a worktree is made, in the way that the person has told it. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { openRepository } from "../../../src/actors/git/index.ts";
import { startAttempt } from "./attempt.ts";
import { initRepository, runGit } from "./temp-repository.ts";

afterEach(() => {
  delete process.env.GIT_SSH_COMMAND;
  delete process.env.GIT_SSH_VARIANT;
});

it("is fetched from by the command that the person uses for ssh", async () => {
  const source = initRepository({ "a.txt": "one\n", "b.txt": "two\n" });
  for (const setting of ["allowFilter", "allowAnySHA1InWant"])
    runGit(source, "config", `uploadpack.${setting}`, "true");
  const place = dirname(source);
  // Serves from this machine whatever host is asked for, and notes that it was used.
  const ssh = join(place, "ssh.sh");
  writeFileSync(ssh, `echo used >> '${place}/used'\nshift\neval "$@"\n`);
  process.env.GIT_SSH_COMMAND = `sh '${ssh}'`;
  process.env.GIT_SSH_VARIANT = "simple";
  const clone = join(place, "clone");
  runGit(place, "clone", "-q", "--filter=blob:none", "--no-checkout", `ssh://nowhere.invalid${source}`, clone);
  const before = readFileSync(join(place, "used"), "utf8");
  const { path } = await startAttempt(await openRepository(clone), "t1");
  expect(readFileSync(join(path, "b.txt"), "utf8")).toBe("two\n");
  expect(readFileSync(join(place, "used"), "utf8").length).toBeGreaterThan(before.length);
  expect(existsSync(join(clone, "b.txt"))).toBe(false);
});
