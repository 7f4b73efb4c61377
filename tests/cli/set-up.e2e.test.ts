/** `init`, `doctor`, `vault init`: what they lay down, what they leave alone, what they find. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/plan/load-config.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { expectValid, pleach, readDocument, readError, start } from "./program.ts";
import { fingerprint, git, makeFolder, makeRepository, writeFiles } from "./repositories.ts";

interface Checks {
  ok: boolean;
  checks: { name: string; status: string; hint: string | null }[];
}

describe("init", () => {
  it("lays down what is missing, and the second time changes nothing", async () => {
    const root = makeRepository({ ".gitignore": "*.log" });
    const first = readDocument("init", await pleach(root, "init", "--json"));
    expect(first).toMatchObject({
      root,
      created: ["pleach.yaml", ".pleach/config.schema.json", "vault/"],
      changed: [".gitignore"],
      kept: [],
    });
    expect(readFileSync(join(root, ".gitignore"), "utf8")).toBe("*.log\n/.ce-workspace/\n");
    expect(existsSync(join(root, "vault/Home.md"))).toBe(true);
    const before = fingerprint(root);
    const again = readDocument("init", await pleach(root, "init", "--json"));
    expect(again).toMatchObject({ created: [], changed: [], kept: ["pleach.yaml", ".gitignore", "vault/"] });
    expect(fingerprint(root)).toEqual(before);
    mkdirSync(join(root, ".ce-workspace"));
    writeFileSync(join(root, ".ce-workspace/x"), "");
    expect(git(root, "status", "--porcelain")).not.toContain(".ce-workspace");
  });

  it("writes a pleach.yaml that is sound, with and without its comments", async () => {
    const root = makeRepository({});
    await pleach(root, "init");
    expect(await loadConfig(root)).toMatchObject({ errors: [], warnings: [] });
    const text = readFileSync(join(root, "pleach.yaml"), "utf8");
    const [said = "", further = ""] = text.split("# Further keys, with examples:\n");
    const open = `${said}${further.replace(/^# /gm, "")}`;
    writeFileSync(join(root, "pleach.yaml"), open);
    expect(await loadConfig(root)).toMatchObject({ errors: [], warnings: [] });
    expectValid("config", parse(open));
  });

  it("never overwrites, and follows no link", async () => {
    const root = makeRepository({});
    writeFiles(root, { "pleach.yaml": "vault: notes\n", "notes/Home.md": "my own home\n" });
    const outside = join(root, "../outside");
    writeFileSync(outside, "theirs");
    symlinkSync(outside, join(root, ".gitignore"));
    expect(readDocument("init", await pleach(root, "init", "--json"))).toMatchObject({
      created: ["notes/"],
      kept: ["pleach.yaml", ".gitignore"],
    });
    expect(readFileSync(join(root, "notes/Home.md"), "utf8")).toBe("my own home\n");
    expect(readFileSync(outside, "utf8")).toBe("theirs");
  });
});

describe("vault init", () => {
  it("lays down a vault anywhere, relative to where one is", async () => {
    const root = makeRepository({});
    const said = await pleach(root, "vault", "init", "-C", root, "my notes");
    expect(said.code, said.stderr).toBe(0);
    expect(existsSync(join(root, "my notes/.obsidian/app.json"))).toBe(true);
    expect((await pleach(root, "vault", "init", "my notes")).stdout).toContain("all it needs already");
    expect(
      readDocument("vault-search", await pleach(root, "vault", "search", "nothing of this kind zzz", "--json")),
    ).toEqual({ schema: 1, results: [] });
    expect(readError(await pleach(root, "vault", "search", " ", "--json"), 2).error.code).toBe("usage.noWords");
  });
});

describe("doctor", () => {
  it("finds all well in a repository, leaving nothing behind", async () => {
    const root = makeRepository({});
    const before = fingerprint(root);
    const said = await pleach(root, "doctor", "--json");
    const { ok, checks } = readDocument<Checks>("doctor", said);
    expect(said.code).toBe(0);
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      "node",
      "git",
      "repository",
      "locks",
      "configuration",
      "notices",
      "workspace",
      "processes",
      "worktrees",
      "disk",
      "file watching",
      "socket",
      "terminal",
      "vault",
      "left over",
      "agents",
    ]);
    expect(fingerprint(root)).toEqual(before);
    expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
    expect(existsSync(`${root}.worktrees`)).toBe(false);
    expect((await pleach(root, "doctor")).stdout).toContain("pleach can work here");
  });

  it("says of each agent whether it is there, which version it has, whether it answers and is logged in", async () => {
    const program = (name: string, code: string) => {
      const file = join(root, name);
      writeFileSync(file, `#!/usr/bin/env node\n${code}`, { mode: 0o755 });
      return file;
    };
    const root = makeRepository({});
    const speak = (account: string) => `
      if (process.argv.includes("--version")) console.log("9.8.7 (Some Agent)");
      else process.stdin.once("data", () => {
        console.log(JSON.stringify({type: "control_response", response: {response: {account: ${account}}}}));
        process.stdin.resume();
      });`;
    const agents = {
      claude: { command: program("in.js", speak('{tokenSource: "claude.ai"}')) },
      out: { kind: "claude", command: program("out.js", speak('{tokenSource: "none"}')) },
      mute: { kind: "acp", command: program("mute.js", 'console.log("\\x1b[31mhello");') },
      gone: { kind: "codex", command: "no-such-agent" },
      tool: { kind: "command", command: "git" },
      script: { kind: "scripted" },
    };
    writeFiles(root, { "pleach.yaml": JSON.stringify({ agents }) });
    const env = { XDG_STATE_HOME: makeTempFolder("state", "test") };
    await start(["trust", "give"], { cwd: root, env }).ended;
    const said = await start(["doctor", "--json"], { cwd: root, env }).ended;
    const { checks } = readDocument<Checks & { checks: { message: string }[] }>("doctor", said);
    expect(said.code).toBe(0);
    const found = checks.filter(({ name }) => name.startsWith("agent "));
    expect(found).toEqual([
      { name: "agent claude", status: "ok", message: "claude: 9.8.7, answers, logged in", hint: null },
      expect.objectContaining({ name: "agent out", status: "warn", message: "out: 9.8.7, answers, not logged in" }),
      expect.objectContaining({
        name: "agent mute",
        status: "warn",
        message: expect.stringContaining("does not answer"),
      }),
      expect.objectContaining({
        name: "agent gone",
        status: "warn",
        message: expect.stringContaining("not installed"),
      }),
      expect.objectContaining({ name: "agent tool", status: "ok", message: expect.stringMatching(/^tool: \d+\.\d+/) }),
    ]);
    expect(said.stdout).not.toContain("\u001b");
  });

  it("warns without a repository, and fails without git", async () => {
    const root = makeFolder();
    const outside = readDocument<Checks>("doctor", await pleach(root, "doctor", "--json"));
    expect(outside.checks.find(({ name }) => name === "repository")).toMatchObject({
      status: "warn",
      hint: expect.stringContaining("git init"),
    });
    const said = await start(["doctor", "--json"], { cwd: root, env: { PATH: root } }).ended;
    const without = readDocument<Checks>("doctor", said);
    expect(said.code).toBe(1);
    expect(without.checks.find(({ name }) => name === "git")).toMatchObject({
      status: "fail",
      hint: expect.stringMatching(/\w/),
    });
    expect(without.checks.every(({ status, hint }) => status === "ok" || hint)).toBe(true);
  });
});
