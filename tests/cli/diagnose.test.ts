/** What `doctor` says of git's locks in a repository. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { diagnose } from "../../src/cli/diagnose.ts";
import { findPlace } from "../../src/cli/place.ts";
import { initRepository, makeFolder, runGit } from "../actors/git/temp-repository.ts";

async function checkLocks(root: string) {
  const checks = await diagnose(await findPlace(root));
  return checks.find(({ name }) => name === "locks");
}

it("names each lock that was left, and how to remove them", async () => {
  const root = initRepository();
  runGit(root, "branch", "side");
  expect(await checkLocks(root)).toMatchObject({ status: "ok", message: "nothing of git's is locked" });
  const locks = ["packed-refs.lock", "refs/heads/side.lock"].map((name) => join(root, ".git", name));
  const hourAgo = new Date(Date.now() - 3_600_000);
  for (const lock of locks) {
    writeFileSync(lock, "");
    utimesSync(lock, hourAgo, hourAgo);
  }
  expect(await checkLocks(root)).toMatchObject({
    status: "warn",
    message: expect.stringMatching(/packed-refs\.lock: made 1h 00m ago; no git is at work .* \(and 1 more\)$/),
    hint: expect.stringContaining(`rm '${locks[0]}' '${locks[1]}'`),
  });
  for (const lock of locks) rmSync(lock);
});

it("leaves alone what a git holds that is at work", async () => {
  const root = initRepository();
  runGit(root, "branch", "side");
  const holder = spawn("git", ["update-ref", "--stdin"], { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void holder.kill());
  holder.stdin.write("start\ndelete refs/heads/side\nprepare\n");
  let said = "";
  while (!said.includes("prepare: ok")) said += String((await once(holder.stdout, "data"))[0]);
  expect(await checkLocks(root)).toMatchObject({
    status: "ok",
    message: expect.stringContaining(`git update-ref (process ${holder.pid}) may hold it`),
  });
});

it("has nothing to say where there is no repository", async () => {
  expect(await checkLocks(makeFolder())).toMatchObject({ status: "ok" });
});
