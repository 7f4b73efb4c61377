/** When set-up is run again: the key of what it reads, by the command and by what is said of it. */
import { describe, expect, it } from "vitest";
import { isInstaller, setupKeyOf } from "../../../src/actors/perform/setup-key.ts";
import { commitAll, openTemp, writeFiles } from "../git/temp-repository.ts";
import { makeCheckContext } from "./check-context.ts";

describe("a command that only installs packages", () => {
  it.each([
    "npm ci",
    "npm ci --no-audit --prefer-offline",
    "corepack enable && pnpm install --frozen-lockfile",
    "yarn",
    "yarn install --immutable",
    "pip install -r requirements.txt",
    "python -m pip install -e .",
    "uv sync --all-extras",
    "poetry install",
    "go mod download",
    "cargo fetch --locked",
    "git submodule update --init --recursive; npm ci",
  ])("is known: %s", (command) => expect(isInstaller(command)).toBe(true));

  it.each([
    "sh setup.sh",
    "npm ci && npm run build",
    "npm cit",
    "npm ci --ignore-scripts | tee log",
    "npm ci > $(cat where)",
    "npm install ./tools/own",
    "pip install .",
    "npm ci && `cat x`",
    "make deps",
  ])("is not: %s", (command) => expect(isInstaller(command)).toBe(false));
});

describe("the key of set-up", () => {
  /** Whether changing these files changes the key. */
  async function isRunAgain(
    worktree: { setup?: string; setupWhen?: string[] },
    change: Record<string, string>,
    before: Record<string, string> = {},
  ): Promise<boolean> {
    const repo = await openTemp({ "package.json": "{}", "app/package-lock.json": "{}", "src/a.js": "1", ...before });
    const run = makeCheckContext(repo, worktree);
    const first = await setupKeyOf(run, { commit: repo.head.commit, env: {} });
    writeFiles(repo.root, change);
    return (await setupKeyOf(run, { commit: commitAll(repo.root, "changed"), env: {} })) !== first;
  }

  it("is that of manifests and lockfiles where it only installs", async () => {
    const setup = "npm ci";
    expect(await isRunAgain({ setup }, { "src/a.js": "2" })).toBe(false);
    expect(await isRunAgain({ setup }, { "app/package-lock.json": "{ }" })).toBe(true);
    expect(await isRunAgain({ setup }, { "new/go.sum": "x" })).toBe(true);
    expect(await isRunAgain({ setup }, { "patches/x.patch": "x" })).toBe(true);
  });

  it("is that of all files where an installed package of the repository runs scripts of its own, or another command is run", async () => {
    const setup = "npm ci";
    const change = { "src/a.js": "2" };
    const scripts = (prepare: string) => ({ "lib/package.json": JSON.stringify({ scripts: { prepare } }) });
    expect(await isRunAgain({ setup }, change, scripts("tsc"))).toBe(true);
    expect(await isRunAgain({ setup }, change, scripts("husky"))).toBe(false);
    expect(await isRunAgain({ setup }, change, { "lib/package.json": "{" })).toBe(true);
    expect(await isRunAgain({ setup: "make deps" }, change)).toBe(true);
  });

  it("is that of the files that it is said to read", async () => {
    const worktree = { setup: "make deps", setupWhen: ["Makefile", "deps/**"] };
    expect(await isRunAgain(worktree, { "src/a.js": "2", "package.json": "{ }" })).toBe(false);
    expect(await isRunAgain(worktree, { "deps/x": "2" })).toBe(true);
  });

  it("is that of command and environment, and nothing without a command", async () => {
    const repo = await openTemp();
    const { commit } = repo.head;
    const key = (setup: string | undefined, env: Record<string, string>) =>
      setupKeyOf(makeCheckContext(repo, setup === undefined ? {} : { setup }), { commit, env });
    const keys = [await key("npm ci", {}), await key("npm i", {}), await key("npm ci", { A: "1" })];
    expect(new Set(keys).size).toBe(3);
    expect(await key("npm ci", {})).toBe(keys[0]);
    expect(await key(undefined, {})).toBe("");
  });
});
