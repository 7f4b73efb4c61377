/**
 * `npm start` up to the program itself, which a stand-in plays: it says how it was called and does what it is told. The
 * stand-in is put there by a stand-in of the build, so that these tests need no build either.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const PROGRAM = `
console.log(JSON.stringify({ args: process.argv.slice(2), build: BUILD }));
if (process.argv.includes("--wait")) {
  process.on("SIGINT", () => setTimeout(() => process.exit(130), 50));
  console.log("waiting");
  setInterval(() => {}, 1000);
} else process.exitCode = Number(process.env.FAKE_EXIT ?? 0);
`;
const BUILD = `
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
mkdirSync("dist", { recursive: true });
let builds = 0;
try { builds = Number(readFileSync("builds", "utf8")); } catch {}
writeFileSync("builds", String(builds + 1));
writeFileSync("dist/cli.js", readFileSync("program", "utf8").replace("BUILD", String(builds + 1)));
`;

let project = "";
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "pleach it's a test-")));
  for (const path of ["scripts", "examples", "package.json", "tsconfig.json", "tsconfig.build.json"]) {
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  }
  mkdirSync(join(project, "src"));
  mkdirSync(join(project, "tmp"));
  writeFileSync(join(project, "program"), PROGRAM);
  writeFileSync(join(project, "scripts/build.mjs"), BUILD);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Starts `npm start`'s script; `interruptAt` is the text at which its process group gets what Ctrl-C sends. */
async function start(flags: string[] = [], env: Record<string, string> = {}, interruptAt?: string) {
  const child = spawn(process.execPath, ["scripts/start.mjs", ...flags], {
    cwd: project,
    env: { ...process.env, TMPDIR: join(project, "tmp"), ...env },
    detached: true,
  });
  let out = "";
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (interruptAt !== undefined && out.includes(interruptAt) && child.pid) process.kill(-child.pid, "SIGINT");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const [name = ""] = readdirSync(join(project, "tmp"));
  return { code, out, err, folder: join(project, "tmp", name) };
}

describe("npm start", () => {
  it("runs the plan in a fresh copy of the example, with the flags that were given, and says what to type next", async () => {
    const { code, out, err, folder } = await start(["--concurrency", "2"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).args).toEqual(["run", "plan.md", "-C", folder, "--concurrency", "2"]);
    const quoted = `'${folder.replace("'", "'\\''")}'`;
    for (const command of ["status", "replay --verify", "ship"]) {
      expect(err).toContain(`node dist/cli.js ${command} -C ${quoted}`);
    }
    expect(err).not.toContain("resume");
  });

  it("makes the copy a repository of one commit on main that holds the whole example", async () => {
    const { folder } = await start();
    const git = join(folder, ".git");
    expect(readFileSync(join(git, "HEAD"), "utf8")).toBe("ref: refs/heads/main\n");
    expect(readFileSync(join(git, "logs/HEAD"), "utf8").trim().split("\n").length).toBe(1);
    const example = readdirSync(join(ROOT, "examples/pantry"), { recursive: true, encoding: "utf8" });
    const copied = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(copied.filter((path) => path !== ".git" && !path.startsWith(".git/")).sort()).toEqual(example.sort());
  });

  it("asks nothing of the person's git: no identity, no hooks, no template, no GIT_ variables", async () => {
    const hook = join(project, "hooks");
    mkdirSync(hook);
    writeFileSync(join(hook, "pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const config = join(project, ".gitconfig");
    writeFileSync(config, `[core]\n hooksPath = ${hook}\n[commit]\n gpgSign = true\n[user]\n useConfigOnly = true\n`);
    const { code } = await start([], { HOME: project, GIT_DIR: join(project, "nowhere") });
    expect(code).toBe(0);
  });

  it("builds the program when it is missing or older than a source, and only then", async () => {
    expect(JSON.parse((await start()).out).build).toBe(1);
    expect(JSON.parse((await start()).out).build).toBe(1);
    writeFileSync(join(project, "src/new.ts"), "");
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(project, "src/new.ts"), later, later);
    expect(JSON.parse((await start()).out).build).toBe(2);
  });

  it("passes on the exit code, and then says how to go on", async () => {
    const failed = await start([], { FAKE_EXIT: "1" });
    expect(failed.code).toBe(1);
    expect(failed.err).toContain("resume -C");
    const waiting = await start([], { FAKE_EXIT: "3" });
    expect(waiting.code).toBe(3);
    expect(waiting.err).toContain("decide -C");
  });

  it("waits for the program after Ctrl-C, and ends with its exit code", async () => {
    const { code, err } = await start(["--wait"], {}, "waiting");
    expect(code).toBe(130);
    expect(err).toContain("resume -C");
  });
});
