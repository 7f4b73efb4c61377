/** Links that came with a repository lead no write out of it; those that a person made lead where they want. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { pleach, readError } from "./program.ts";
import { makeRepository, planText } from "./repositories.ts";

const PLAN = planText([{ id: "one", run: "echo 1 > one.txt", more: ["scope: [one.txt]"] }]);

/** A repository in which these paths are links to an empty folder outside, committed or not. */
function linked(
  paths: readonly string[],
  { committed, more = {} }: { committed: boolean; more?: Record<string, string> },
) {
  const outside = makeTempFolder("outside", "test");
  const root = makeRepository({ "plan.md": PLAN, ...more });
  for (const path of paths) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    symlinkSync(outside, join(root, path));
  }
  const identity = ["-c", "user.name=T", "-c", "user.email=t@localhost"];
  if (committed) {
    execFileSync("git", ["add", "-f", "--", ...paths], { cwd: root });
    execFileSync("git", [...identity, "commit", "-qm", "links"], { cwd: root });
  }
  return { root, outside };
}

describe("a committed link", () => {
  it.each([
    ["the vault", "vault", {}],
    ["the folder of runs", ".ce-workspace", {}],
    ["a folder above the vault", "docs", { "pleach.yaml": "vault: docs/notes\n" }],
  ])("in place of %s is not written through", async (_what, path, more) => {
    const { root, outside } = linked([path], { committed: true, more });
    for (const args of [["run", "plan.md"], ["init"], ["vault", "init"], ["plan", "check", "plan.md"]]) {
      const { error } = readError(await pleach(root, ...args, "--json"), 2);
      expect(error, args.join(" ")).toMatchObject({ code: "run.linkedOut", file: join(root, path) });
    }
    expect(readdirSync(outside)).toEqual([]);
  });

  it("in place of a run's own folder is not written through", async () => {
    const { root, outside } = linked([".ce-workspace/mine/out"], { committed: true });
    const { error } = readError(await pleach(root, "run", "plan.md", "--run-id", "mine", "--json"), 2);
    expect(error).toMatchObject({ code: "run.linkedFolder" });
    expect(readdirSync(outside)).toEqual([]);
  });
});

describe("a link that a person made", () => {
  it("in place of the vault is followed", async () => {
    const { root, outside } = linked(["vault"], { committed: false });
    const said = await pleach(root, "init", "--json");
    expect(said.code, said.stderr).toBe(0);
    expect(readdirSync(outside)).not.toEqual([]);
  });
});
