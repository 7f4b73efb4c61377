/** A git that a killed pleach left at work, told from those of living ones. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { startedByUs, waitForLeftGits } from "../../../src/actors/git/left-gits.ts";
import { hasProc } from "../../../src/actors/process/process-start.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const root = makeTempFolder("left", "file");
const elsewhere = makeTempFolder("elsewhere", "file");
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A git that reads its standard input to the end, with these arguments before its verb. */
async function startGit(args: readonly string[], cwd = root): Promise<ChildProcess> {
  const child = spawn("git", [...args, "hash-object", "--stdin"], { cwd, stdio: ["pipe", "ignore", "ignore"] });
  started.push(child);
  await once(child, "spawn");
  return child;
}

/** Arguments as of a process that is gone: its pid may have come to another since. */
const ofTheDead = () => startedByUs().map((arg) => arg.replace(/-[0-9a-f]{16}$/, "-0000000000000000"));

it("is waited for until it has ended", async () => {
  const child = await startGit(ofTheDead());
  let isOver = false;
  const waited = waitForLeftGits([root]).then((left) => {
    isOver = true;
    return left;
  });
  await waitForLeftGits([elsewhere]);
  expect(isOver).toBe(false);
  child.stdin?.end();
  expect(await waited).toEqual([]);
  expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
});

it("is not one of a process that lives, of a person, or in another repository", async () => {
  expect(ofTheDead()).not.toEqual(startedByUs());
  await startGit(startedByUs());
  await startGit([]);
  if (hasProc()) await startGit(ofTheDead(), elsewhere);
  expect(await waitForLeftGits([root])).toEqual([]);
});
