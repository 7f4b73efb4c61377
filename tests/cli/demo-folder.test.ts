import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { nameProgram } from "../../src/cli/commands/demo.ts";
import { makeDemoFolder } from "../../src/cli/demo-folder.ts";
import { scratchFolder } from "../helpers/program.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/pantry", import.meta.url));
const scratch = scratchFolder("pleach it's a demo");
afterAll(scratch.remove);
afterEach(() => vi.unstubAllEnvs());

const placeFor = (name: string): string => {
  const path = join(scratch.path, name);
  mkdirSync(path, { recursive: true });
  return path;
};

describe("the folder of the demonstration", () => {
  it("holds the whole example as a repository of one commit on main", async () => {
    const { root } = await makeDemoFolder(placeFor("whole"));
    expect(readFileSync(join(root, ".git/HEAD"), "utf8")).toBe("ref: refs/heads/main\n");
    expect(readFileSync(join(root, ".git/logs/HEAD"), "utf8").trim().split("\n")).toHaveLength(1);
    const copied = readdirSync(root, { recursive: true, encoding: "utf8" });
    const own = copied.filter((path) => path !== ".git" && !path.startsWith(".git/")).sort();
    expect(own).toEqual(readdirSync(EXAMPLE, { recursive: true, encoding: "utf8" }).sort());
  });

  it("asks nothing of the person's git: no identity, no hooks, no template, no variables", async () => {
    const home = placeFor("home");
    const hooks = placeFor("home/template/hooks");
    writeFileSync(join(hooks, "pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const settings = `[core]\n hooksPath = ${hooks}\n[commit]\n gpgSign = true\n[user]\n useConfigOnly = true\n`;
    writeFileSync(join(home, ".gitconfig"), `${settings}[init]\n templateDir = ${join(home, "template")}\n`);
    vi.stubEnv("HOME", home);
    vi.stubEnv("XDG_CONFIG_HOME", home);
    vi.stubEnv("GIT_CONFIG_GLOBAL", join(home, ".gitconfig"));
    vi.stubEnv("GIT_DIR", join(home, "nowhere"));
    const { root } = await makeDemoFolder(placeFor("asked"));
    expect(readdirSync(join(root, ".git"))).not.toContain("hooks");
    expect(readFileSync(join(root, ".git/logs/HEAD"), "utf8")).toContain("pleach example <example@localhost>");
  });

  it("leaves nothing behind where it cannot be made", async () => {
    const place = placeFor("without git");
    vi.stubEnv("PATH", placeFor("empty"));
    await expect(makeDemoFolder(place)).rejects.toMatchObject({ code: "git.missing" });
    expect(readdirSync(place)).toEqual([]);
  });
});

describe("how the program is called again", () => {
  const file = join(placeFor("package"), "cli.js");
  writeFileSync(file, "#!/usr/bin/env node\n");
  chmodSync(file, 0o755);

  it("is its name where the search path leads to it", () => {
    const bin = placeFor("bin");
    symlinkSync(file, join(bin, "pleach"));
    expect(nameProgram(join(bin, "pleach"), `:${placeFor("empty")}:${bin}`)).toBe("pleach");
  });

  it("is its file where its name leads nowhere, to another one, or only as long as npm runs it", () => {
    const other = placeFor("other");
    writeFileSync(join(other, "pleach"), "", { mode: 0o755 });
    const once = placeFor("cache/node_modules/.bin");
    symlinkSync(file, join(once, "pleach"));
    for (const path of ["", placeFor("empty"), other, once]) {
      const called = nameProgram(file, path);
      expect(called).toMatch(/^node /);
      const argument = called.slice("node ".length);
      expect(execFileSync("sh", ["-c", `printf %s ${argument}`], { encoding: "utf8" })).toBe(file);
    }
  });
});
