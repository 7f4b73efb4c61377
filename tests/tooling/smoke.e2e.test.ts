/** `npm run smoke`, with the Node that runs these tests in the place of those that npm would fetch, and with ones that are wrong. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";
import { programEnv } from "../helpers/program.ts";

const [MAJOR = ""] = process.versions.node.split(".");
const folder = mkdtempSync(join(tmpdir(), "pleach-nodes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program `node` where npm would put that of this version. */
function place(major: string, put: (file: string) => void): void {
  const bin = join(folder, major, "node_modules", `node-${process.platform}-${process.arch}`, "bin");
  mkdirSync(bin, { recursive: true });
  put(join(bin, "node"));
}

function script(text: string): (file: string) => void {
  return (file) => {
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  };
}

/** No registry answers. */
function smoke(...majors: string[]) {
  const args = [join(ROOT, "scripts/smoke.mjs"), "--dir", folder, ...majors];
  const env = programEnv({ npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" });
  const done = spawnSync(process.execPath, args, { encoding: "utf8", env });
  return { code: done.status, said: done.stdout };
}

describe("npm run smoke", () => {
  it("carries out a plan on each Node, looks at it and folds it again, and says so in a line each", () => {
    place(MAJOR, (file) => symlinkSync(process.execPath, file));
    const { code, said } = smoke(MAJOR);
    expect(said).toMatch(/^✓ node v\d+\.\d+\.\d+ +\d+\.\d s {2}--version, run, status, replay, log\n$/);
    expect(code).toBe(0);
  });

  it("says which Node npm does not give, and is red only when one that is there fails", () => {
    const { code, said } = smoke("97");
    expect(said).toMatch(/^- node 97 +SKIPPED: it could not be fetched: npm install .*node-\S+@\^97 ended with 1/);
    expect(code).toBe(0);
  });

  it("is red with all that was said, and goes on with the others", () => {
    place("98", script("echo v97.0.0"));
    place("99", script('[ "$1" = --version ] && echo v99.0.0 || { echo no such module; exit 3; }'));
    const { code, said } = smoke("98", "99");
    expect(code).toBe(1);
    expect(said).toContain("node is v97.0.0");
    expect(said).toMatch(/node \S+cli\.js --version ended with 3\nno such module/);
  });
});
