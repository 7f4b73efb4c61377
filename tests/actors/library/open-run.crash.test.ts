/** Hosts of the library's run in processes of their own, ended by `kill -9`. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileLibrary } from "../../helpers/compile-src.ts";

let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-run-"));
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

describe("a host that is killed", () => {
  let out: string;
  beforeAll(() => {
    out = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-lib-"));
    compileLibrary(out, ["tests/actors/library/children"]);
  });
  afterAll(() => fs.rmSync(out, { recursive: true, force: true }));

  interface Child {
    kill(): void;
    waitFor(line: (text: string) => boolean): Promise<void>;
    ended: Promise<{ stdout: string; stderr: string }>;
  }

  function start(file: string): Child {
    const child = spawn(process.execPath, [
      path.join(out, "tests/actors/library/children/count-forever.js"),
      dir,
      file,
    ]);
    let stdout = "";
    let stderr = "";
    const looks = new Set<() => void>();
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      for (const look of looks) look();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<{ stdout: string; stderr: string }>((resolve) => {
      child.on("close", () => resolve({ stdout, stderr }));
    });
    return {
      kill: () => child.kill("SIGKILL"),
      ended,
      waitFor: (is) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (is(stdout)) resolve();
          };
          looks.add(look);
          void ended.then(() => reject(new Error(`ended early: ${stderr}`)));
          look();
        }),
    };
  }

  it("is gone on with by the next one: nothing acknowledged is lost, and each effect was performed", async () => {
    const file = path.join(dir, "stored.txt");
    fs.writeFileSync(file, "");
    let acknowledged = 0;
    for (let round = 1; round <= 4; round++) {
      const child = start(file);
      await child.waitFor((text) => text.split("\n").length > 20 * round);
      child.kill();
      const { stdout } = await child.ended;
      const counts = stdout.split("\n").slice(1, -1).map(Number);
      expect(counts[0]).toBeGreaterThan(acknowledged);
      acknowledged = counts.at(-1) ?? 0;
    }
    const last = start(file);
    await last.waitFor((text) => text.split("\n").length > 5);
    last.kill();
    await last.ended;
    const stored = fs.readFileSync(file, "utf8").trim().split("\n").map(Number);
    const sorted = [...new Set(stored)].sort((a, b) => a - b);
    expect(stored).toHaveLength(sorted.length);
    expect(sorted.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, at) => at + 1));
  });

  it("keeps others out while it lives, in another process too", async () => {
    const file = path.join(dir, "stored.txt");
    fs.writeFileSync(file, "");
    const first = start(file);
    await first.waitFor((text) => text.startsWith("open"));
    expect((await start(file).ended).stderr).toBe("run.live");
    first.kill();
    await first.ended;
    const second = start(file);
    await second.waitFor((text) => text.startsWith("open"));
    second.kill();
    await second.ended;
  });
});
