/** `pleach demo`, stopped in the middle: its whole way is gone with `npm start`. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { git, makeRepository, runProgram, scratchFolder, startProgram } from "../helpers/program.ts";

const scratch = scratchFolder("pleach demo");
afterAll(scratch.remove);

it("ends with 130 after Ctrl-C, prints events only, and says how to go on in its own folder", {
  timeout: 120_000,
}, async () => {
  const around = join(scratch.path, "around");
  makeRepository(around, { "README.md": "somebody's repository\n" });
  const home = join(scratch.path, "home");
  mkdirSync(home);
  // Inside of a checkout worktrees would otherwise lie in the home.
  const { child, ended } = startProgram(scratch.path, ["demo", "--json", "-C", around], { HOME: home });
  child.stdout?.once("data", () => child.kill("SIGINT"));
  const { code, stdout, stderr } = await ended;
  expect(code, stderr).toBe(130);
  const events = stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  expect(events.at(-1)).toMatchObject({ type: "run.interrupted", data: { status: "interrupted" } });
  const [name = ""] = readdirSync(around).filter((entry) => entry.startsWith("pleach-pantry-"));
  const root = join(around, name, "pantry");
  expect(stderr).toContain(`The example lies in ${root}`);
  expect(stderr).toMatch(/^ {2}.+ resume -C .+$/m);
  expect(stderr).not.toContain("ship");
  expect(readdirSync(home)).toEqual([]);
  expect(git(around, "status", "--porcelain")).toBe(`?? ${name}/\n`);
  const { stdout: status } = await runProgram(scratch.path, ["status", "--json", "-C", root]);
  expect(JSON.parse(status).status).toBe("interrupted");
});
