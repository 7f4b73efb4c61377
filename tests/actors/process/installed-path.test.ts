/** Programs are looked for where a person installed them; and whether one was stopped. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { installedPath } from "../../../src/actors/process/installed-path.ts";
import { isStopped } from "../../../src/actors/process/process-start.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

function makeCheckout() {
  const folder = makeTempFolder("path", "test");
  const root = join(folder, "repo");
  for (const each of [".git/objects", "bin", "sub"]) mkdirSync(join(root, each), { recursive: true });
  mkdirSync(join(folder, "own"));
  symlinkSync(join(root, "bin"), join(folder, "linked"));
  return { folder, root };
}

it("leaves out what is relative, and what lies inside of the checkout, by whatever name", () => {
  const { folder, root } = makeCheckout();
  const path = [
    ".",
    "",
    "bin",
    "./node_modules/.bin",
    join(root, "bin"),
    join(folder, "linked"),
    join(folder, "own"),
    "/usr/bin",
  ];
  for (const cwd of [root, join(root, "sub")]) {
    expect(installedPath({ PATH: path.join(delimiter), HOME: "/home/me" }, cwd)).toBe(
      [join(folder, "own"), "/usr/bin"].join(delimiter),
    );
  }
});

it("keeps the programs of who keeps their home in git, and looks where the system does when nothing is left", () => {
  const { root } = makeCheckout();
  expect(installedPath({ PATH: `.:${join(root, "bin")}`, HOME: root }, join(root, "sub"))).toBe(join(root, "bin"));
  expect(installedPath({ PATH: ".:bin", HOME: "/home/me" }, root)).toContain("/usr/bin");
  expect(installedPath({}, root)).toContain("/usr/bin");
});

it("sees that a process was stopped", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const pid = child.pid as number;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    expect(isStopped(pid)).toBe(false);
    child.kill("SIGSTOP");
    // Without /proc nobody tells.
    while (existsSync("/proc/self/stat") && !isStopped(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  expect(isStopped(pid)).toBe(false);
});
