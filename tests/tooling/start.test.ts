/**
 * `npm start` up to the program itself, which a stand-in plays: it says how it was called and does what it is told. The
 * stand-in is put there by a stand-in of the build, so that these tests need no build either.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
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
  for (const path of ["scripts", "package.json", "tsconfig.json", "tsconfig.build.json"]) {
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  }
  mkdirSync(join(project, "src"));
  writeFileSync(join(project, "program"), PROGRAM);
  writeFileSync(join(project, "scripts/build.mjs"), BUILD);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Starts `npm start`'s script; `interruptAt` is the text at which its process group gets what Ctrl-C sends. */
async function start(flags: string[] = [], env: Record<string, string> = {}, interruptAt?: string) {
  const child = spawn(process.execPath, ["scripts/start.mjs", ...flags], {
    cwd: project,
    env: { ...process.env, ...env },
    detached: true,
  });
  let out = "";
  child.stderr.resume();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (interruptAt !== undefined && out.includes(interruptAt) && child.pid) process.kill(-child.pid, "SIGINT");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out };
}

describe("npm start", () => {
  it("starts the demonstration, with the flags that were given", async () => {
    const { code, out } = await start(["--concurrency", "2"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).args).toEqual(["demo", "--concurrency", "2"]);
  });

  it("builds the program when it is missing or older than a source, and only then", async () => {
    expect(JSON.parse((await start()).out).build).toBe(1);
    expect(JSON.parse((await start()).out).build).toBe(1);
    writeFileSync(join(project, "src/new.ts"), "");
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(project, "src/new.ts"), later, later);
    expect(JSON.parse((await start()).out).build).toBe(2);
  });

  it("passes on the exit code", async () => {
    expect((await start([], { FAKE_EXIT: "3" })).code).toBe(3);
  });

  it("waits for the program after Ctrl-C, and ends with its exit code", async () => {
    expect((await start(["--wait"], {}, "waiting")).code).toBe(130);
  });
});
