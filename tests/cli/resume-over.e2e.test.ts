/** `resume` of a run that is over: it says so, and learns from the run only where that is still to be done. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pleach } from "./program.ts";
import { makeRepository, planText } from "./repositories.ts";

it("learns once, and again only what was removed since or never written", async () => {
  const root = makeRepository({ "plan.md": planText([{ id: "one", run: "true" }], ["isolation: none"]) });
  const vault = join(root, "vault");
  const said = await pleach(root, "run", "plan.md", "--run-id", "over", "--json");
  expect(said.code, said.stderr).toBe(0);
  const runs = readdirSync(join(vault, "runs"), { recursive: true, encoding: "utf8" });
  const note = join(vault, "runs", runs.find((name) => /[0-9]{14}.*[.]md$/.test(name)) ?? "");
  const maps = join(vault, "maps");
  const resume = async (): Promise<void> => {
    const resumed = await pleach(root, "resume", "over");
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("run over is over") });
  };
  // What learning would lay down again shows whether it took place.
  rmSync(maps, { recursive: true });
  await resume();
  expect(existsSync(maps)).toBe(false);
  rmSync(note);
  await resume();
  expect([existsSync(maps), existsSync(note)]).toEqual([true, true]);
  rmSync(maps, { recursive: true });
  rmSync(join(root, ".ce-workspace/over/learned.json"));
  await resume();
  expect(existsSync(maps)).toBe(true);
}, 60_000);
