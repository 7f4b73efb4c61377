/** `init` on a project: what it proposes, what it runs and when, what it learns from that; and gates that are tried later. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/plan/load-config.ts";
import { pleach, readDocument, readError, start } from "./program.ts";
import { fingerprint, git, makeRepository, planText, writeFiles } from "./repositories.ts";

interface Init {
  outcome: string;
  created: string[];
  kept: string[];
  config: string;
  proposal: { gates: { name: string; run: string; off?: string }[]; copy: { path: string }[]; pass: string[] };
  tried: null | {
    setup: null | { status: string; summary: string; evidence: string[] };
    gates: { name: string; status: string; evidence: string[] }[];
    differences: string[];
  };
}

/** A package whose scripts are programs of Node. */
function manifest(scripts: Record<string, string>): string {
  return JSON.stringify({ name: "p", version: "1.0.0", scripts });
}

/** Nothing but what init is told to leave stays behind. */
function expectNothingLeft(root: string): void {
  expect(git(root, "worktree", "list").split("\n")).toHaveLength(1);
  expect(git(root, "for-each-ref", "--format=%(refname)").split("\n")).toEqual(["refs/heads/main"]);
  expect(existsSync(`${root}.worktrees`)).toBe(false);
  expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
}

describe("init on a project", () => {
  it("finds out what a worktree lacks of the checkout, and writes it down", async () => {
    const root = makeRepository({
      ".gitignore": "keys.json\n",
      "package.json": manifest({ test: "node test.js", lint: "no-such-linter .", build: "node build.js" }),
      "test.js": 'if (!require("./keys.json").a || !process.env.MY_TOKEN) throw new Error("no MY_TOKEN, no keys");',
      "build.js": 'console.log("half way"); process.exit(3);',
    });
    writeFiles(root, { "keys.json": '{"a": 1}' });
    const before = fingerprint(root);
    const said = await start(["init", "--yes", "--json"], { cwd: root, env: { MY_TOKEN: "t" } }).ended;
    const { outcome, tried, proposal, config } = readDocument<Init>("init", said);
    expect(outcome).toBe("written");
    expect(tried?.gates.map(({ name, status }) => [name, status])).toEqual([
      ["test", "passed"],
      ["lint", "failed"],
      ["build", "failed"],
    ]);
    expect(tried?.gates[2]?.evidence.join("\n")).toContain("half way");
    expect(proposal.copy.map(({ path }) => path)).toEqual(["keys.json"]);
    expect(proposal.pass).toEqual(["MY_TOKEN"]);
    expect(tried?.differences.join("\n")).toMatch(/test passed once the worktree had .*keys\.json.*MY_TOKEN/);
    expect(proposal.gates.find(({ name }) => name === "lint")?.off).toContain("not found");
    expect(readFileSync(join(root, "pleach.yaml"), "utf8")).toBe(config);
    expect(config.split("\n")[0]).toBe("# yaml-language-server: $schema=.pleach/config.schema.json");
    const { config: read, errors, warnings } = await loadConfig(root);
    expect([...errors, ...warnings]).toEqual([]);
    expect(read.defaults.gates?.map(({ name, required }) => [name, required])).toEqual([
      ["test", true],
      ["build", false],
    ]);
    expect(read.worktree.copy).toEqual(["keys.json"]);
    expectNothingLeft(root);
    const {
      "pleach.yaml": _config,
      ".pleach/config.schema.json": _schema,
      ".gitignore": _ignore,
      ...after
    } = fingerprint(root);
    const { ".gitignore": _old, ...old } = before;
    expect(after).toEqual(old);
  });

  it("runs nothing that nobody agreed to, and never writes over a file", async () => {
    const root = makeRepository({
      "package.json": manifest({ test: 'node -e "fs.writeFileSync(process.env.XDG_CACHE_HOME, 1)"' }),
    });
    const trap = join(root, "../trap");
    const options = { cwd: root, env: { XDG_CACHE_HOME: trap } };
    const dry = await start(["init", "--dry-run"], options).ended;
    expect(dry.stdout).toContain("test: npm test");
    expect(existsSync(join(root, "pleach.yaml"))).toBe(false);
    expect(existsSync(join(root, "vault"))).toBe(false);
    const first = readDocument<Init>("init", await start(["init", "--json"], options).ended);
    expect(first).toMatchObject({ outcome: "written", tried: null, config: dry.stdout });
    writeFileSync(join(root, "pleach.yaml"), "gates: { mine: 'true' }\n");
    const again = readDocument<Init>("init", await start(["init", "--yes", "--json"], options).ended);
    expect(again).toMatchObject({ outcome: "there", tried: null });
    expect(again.kept).toContain("pleach.yaml");
    expect(readFileSync(join(root, "pleach.yaml"), "utf8")).toBe("gates: { mine: 'true' }\n");
    expect(existsSync(trap)).toBe(false);
  });

  it("shows why set-up fails, and does with what the checkout has where that is enough", async () => {
    const files = {
      ".gitignore": "node_modules\n",
      ".npmrc": "offline=true\nfetch-retries=0\n",
      "package.json": JSON.stringify({
        scripts: { test: "node -e \"require('nowhere-at-all')\"" },
        dependencies: { "nowhere-at-all": "1.0.0" },
      }),
    };
    const bare = readDocument<Init>("init", await pleach(makeRepository(files), "init", "--yes", "--json"));
    expect(bare.tried).toMatchObject({ setup: { status: "failed" }, gates: [] });
    expect(bare.tried?.setup?.evidence.join("\n")).toMatch(/nowhere-at-all/);
    expect(bare.config).toContain("Set-up failed");
    const root = makeRepository(files);
    writeFiles(root, { "node_modules/nowhere-at-all/index.js": "" });
    const linked = readDocument<Init>("init", await pleach(root, "init", "--yes", "--json"));
    expect(linked.tried?.differences.join("\n")).toContain("set-up does not work on this machine");
    expect((await loadConfig(root)).config.worktree).toMatchObject({ link: ["node_modules"] });
    expect((await loadConfig(root)).config.worktree.setup).toBeUndefined();
    expectNothingLeft(root);
  }, 60_000);

  it("puts back what set-up changes for everybody, and leaves nothing when it is stopped", async () => {
    const root = makeRepository({
      "package.json": JSON.stringify({
        scripts: {
          postinstall: "git config core.hooksPath elsewhere",
          test: "node -e \"console.log('waiting'); setTimeout(() => {}, 60000)\"",
        },
        workspaces: ["none"],
      }),
    });
    const going = start(["init", "--yes"], { cwd: root });
    await new Promise<void>((resolve) =>
      going.child.stderr?.on("data", (text: Buffer) => text.includes("running test") && resolve()),
    );
    going.child.kill("SIGINT");
    const { code, stderr } = await going.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("nothing was written");
    expect(existsSync(join(root, "pleach.yaml"))).toBe(false);
    expect(() => git(root, "config", "core.hooksPath")).toThrow();
    expectNothingLeft(root);
  }, 60_000);

  it("says of an agent that it is not logged in, before it is given work", async () => {
    const root = makeRepository({ "package.json": manifest({ test: "node --version" }) });
    const programs = join(root, "../programs");
    mkdirSync(programs);
    const claude = `#!/usr/bin/env node
      if (process.argv.includes("--version")) console.log("9.8.7");
      else process.stdin.once("data", () => {
        console.log(JSON.stringify({type: "control_response", response: {response: {account: {tokenSource: "none"}}}}));
        process.stdin.resume();
      });`;
    writeFileSync(join(programs, "claude"), claude, { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env.PATH}` };
    const said = await start(["init", "--yes", "--json"], { cwd: root, env }).ended;
    const { config } = readDocument<Init>("init", said);
    expect(said.stderr).toContain("claude: 9.8.7, answers, not logged in");
    expect(config).toMatch(/^# Note: claude: 9\.8\.7, answers, not logged in/m);
    expect(config).toMatch(/^agent: claude$/m);
  });

  it("writes through no link", async () => {
    const root = makeRepository({ "package.json": manifest({ test: "node --version" }) });
    const outside = join(root, "../outside");
    mkdirSync(outside);
    symlinkSync(outside, join(root, ".pleach"));
    const { created } = readDocument<Init>("init", await pleach(root, "init", "--json"));
    expect(created).not.toContain(".pleach/config.schema.json");
    expect(existsSync(join(outside, "config.schema.json"))).toBe(false);
  });
});

describe("plan check --gates", () => {
  it("runs the gates on the commit that a run would begin with, and says why one is red", async () => {
    const root = makeRepository({
      "pleach.yaml":
        'gates: { good: "test -f made", bad: "echo so wrong; false", also: { run: "false", level: advisory } }\nworktree: { setup: "touch made" }\n',
      "plan.md": planText([{ id: "a", run: "true" }]),
    });
    expect(readError(await pleach(root, "plan", "check", "plan.md", "--gates", "--json"), 2).error.code).toBe(
      "trust.needed",
    );
    const said = await pleach(root, "plan", "check", "plan.md", "--gates", "--trust", "--json");
    expect(said.code).toBe(1);
    const { ok, tried } = readDocument<{
      ok: boolean;
      tried: { gates: { name: string; status: string; evidence: string[] }[] };
    }>("plan-check", said);
    expect(ok).toBe(true);
    expect(tried.gates.map(({ name, status }) => [name, status])).toEqual([
      ["good", "passed"],
      ["bad", "failed"],
      ["also", "failed"],
    ]);
    expect(tried.gates[1]?.evidence).toEqual(["so wrong"]);
    expectNothingLeft(root);
    writeFileSync(
      join(root, "pleach.yaml"),
      "gates: { good: 'true' }\nworktree: { setup: 'echo no such thing; exit 3' }\n",
    );
    const unprepared = await pleach(root, "plan", "check", "plan.md", "--gates", "--trust");
    expect(unprepared.code).toBe(1);
    expect(unprepared.stdout).toContain("no such thing");
    writeFileSync(join(root, "pleach.yaml"), "gates: { good: 'true' }\n");
    const green = await pleach(root, "plan", "check", "plan.md", "--gates", "--trust");
    expect(green.code, green.stderr).toBe(0);
    expect(green.stdout).toMatch(/good\s+passed/);
  });
});

describe("init without a project", () => {
  it("refuses where there is no repository, and lays nothing down", async () => {
    const folder = join(makeRepository({ "a.txt": "a" }), "..", "no-repository");
    mkdirSync(folder);
    const said = await pleach(folder, "init", "--yes", "--json");
    expect(readError(said, 2).error).toMatchObject({
      code: "git.notRepository",
      hint: expect.stringContaining("git init"),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says what wants committing, and how to begin, in one line", async () => {
    const root = makeRepository({ "a.txt": "a" });
    const said = await pleach(root, "init", "--yes");
    expect(said.code).toBe(0);
    const next = said.stdout.split("\n").filter((text) => text.startsWith("next: "));
    const files = ".gitignore .pleach/config.schema.json pleach.yaml vault";
    expect(next).toEqual([
      `next: git add ${files} && git commit -m "Set up pleach", then pleach run "what you want done"`,
    ]);
    git(root, "add", ...files.split(" "));
    git(root, "commit", "-q", "-m", "Set up pleach");
    expect(git(root, "status", "--porcelain")).toBe("");
    expect((await pleach(root, "init", "--yes")).stdout).toContain('next: pleach run "what you want done"\n');
  });
});
