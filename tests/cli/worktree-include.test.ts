/** `.worktreeinclude`: what git ignores and it names comes into worktrees, once a person agreed; all else stays where it is. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { powersOfIncluded, readIncluded, withIncluded } from "../../src/cli/worktree-include.ts";
import { parseConfig } from "../../src/plan/read-config.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { readError, readEvents, start } from "./program.ts";
import { git, makeRepository, planText, writeFiles } from "./repositories.ts";

const configOf = (text = "") => parseConfig(text, "pleach.yaml").config;
const pathsOf = async (root: string, config = configOf()) => (await readIncluded(root, config))?.paths;

const IGNORED = ".env*\n*.key\n/build/\nnode_modules/\n.ce-workspace/\nlocal/\n*.log\n";

describe("what .worktreeinclude names", () => {
  it("is copied where git ignores it, file by file, as patterns of git go", async () => {
    const root = makeRepository({
      ".gitignore": IGNORED,
      ".worktreeinclude":
        "\ufeff# settings\r\n.env*\r\n!.env.production\r\n\r\nlocal/\r\n**/deep/*.key\r\ntracked.txt\r\nnew.txt\r\n",
      "tracked.txt": "t",
    });
    writeFiles(root, {
      ...{ ".env": "A=1", ".env.production": "secret", "app/.env.local": "B=2", "new.txt": "git does not ignore it" },
      ...{ "local/a/b.txt": "x", "my/deep/one.key": "k", "other.key": "k", "node_modules/x/.env": "n", "x.log": "l" },
    });
    expect(await pathsOf(root)).toEqual([".env", "app/.env.local", "local/a/b.txt", "my/deep/one.key"]);
    expect(await pathsOf(root, configOf("worktree: {copy: [.env, local]}\n"))).toEqual([
      "app/.env.local",
      "my/deep/one.key",
    ]);
    writeFiles(root, { ".worktreeinclude": "node_modules/x/.env\n" });
    expect(await pathsOf(root)).toEqual(["node_modules/x/.env"]);
  });

  it("is no link, no repository, and nothing of git's or pleach's own", async () => {
    const root = makeRepository({ ".gitignore": "*\n!.gitignore\n!README.md\n", ".worktreeinclude": "*\n" });
    const outside = makeTempFolder("outside", "test");
    writeFileSync(join(outside, "secret"), "s");
    symlinkSync(outside, join(root, "folder"));
    symlinkSync(join(outside, "secret"), join(root, "link"));
    execFileSync("git", ["init", "-q", join(root, "nested")]);
    writeFiles(root, { ".ce-workspace/r1/x": "x", ".pleach/roles/x.md": "x", "nested/y": "y", "ok.txt": "o" });
    expect(await pathsOf(root)).toEqual([".worktreeinclude", "ok.txt"]);
  });

  it("is bounded, and what is left out is said", async () => {
    const root = makeRepository({ ".gitignore": "many/\nbig*\n", ".worktreeinclude": "many/\n" });
    writeFiles(root, Object.fromEntries(Array.from({ length: 1_003 }, (_, at) => [`many/${1_000 + at}.txt`, ""])));
    const many = await readIncluded(root, configOf());
    expect(many?.paths).toHaveLength(1_000);
    expect(many?.warnings).toMatchObject([
      { message: expect.stringMatching(/more than 1000 files: "many\/2000.txt"/) },
    ]);
    writeFiles(root, { ".worktreeinclude": "big*\n", big1: "", big2: "" });
    for (const name of ["big1", "big2"]) truncateSync(join(root, name), 200 * 1024 * 1024);
    expect(await readIncluded(root, configOf())).toMatchObject({
      paths: ["big1"],
      warnings: [{ message: expect.stringContaining('more than 256 MB: "big2"') }],
    });
  });

  it("is nothing where there is no such file, and a file that is none is said to be", async () => {
    const root = makeRepository({ "a.txt": "a" });
    expect(await readIncluded(root, configOf())).toBeNull();
    mkdirSync(join(root, ".worktreeinclude"));
    expect(await readIncluded(root, configOf())).toMatchObject({ paths: [], warnings: [{ code: "include.left" }] });
  });

  it("is told with the patterns and what they name now, and asks nothing where it names nothing", () => {
    const included = { text: "# c\n.env*\n*.key\n", paths: [".env"], warnings: [] };
    expect(powersOfIncluded(included)).toEqual([{ key: "copied into worktrees", text: ".env*\n*.key\nnow: .env" }]);
    expect(powersOfIncluded({ ...included, paths: [] })).toEqual([]);
    expect(withIncluded(configOf("worktree: {copy: [a]}\n"), included).worktree.copy).toEqual(["a", ".env"]);
  });

  it("comes into worktrees of tasks and gates once the person agreed, and into no commit", async () => {
    const plan = planText([{ id: "one", run: "cat .env > one.txt; echo changed >> .env" }]);
    const root = makeRepository({ "plan.md": plan, ".gitignore": ".env\n", ".worktreeinclude": ".env\n" });
    writeFiles(root, { ".env": "A=1\n" });
    const folder = makeTempFolder("person", "test");
    const env = { HOME: folder, XDG_STATE_HOME: join(folder, "state"), XDG_CONFIG_HOME: join(folder, "config") };
    const pleach = (...args: string[]) => start(args, { cwd: root, env }).ended;
    expect((await pleach("plan", "check", "plan.md")).stdout).toContain(
      "worktrees get what .worktreeinclude names: .env\n",
    );
    const refused = await pleach("run", "plan.md", "--json", "--no-learn");
    expect(readError(refused, 2).error.code).toBe("trust.needed");
    expect(refused.stderr).toContain("now: .env");
    const { status } = readEvents(await pleach("run", "plan.md", "--json", "--no-learn", "--trust"), "run.finished");
    expect(status.status).toBe("succeeded");
    const branch = git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads/pleach").trim();
    expect(git(root, "show", `${branch}:one.txt`)).toBe("A=1");
    expect(git(root, "ls-tree", "-r", "--name-only", branch).trim().split("\n")).not.toContain(".env");
  });
});
