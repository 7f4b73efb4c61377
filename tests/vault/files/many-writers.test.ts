/** A hundred streams that write into one vault within a second, and writers that are killed: nothing is lost or mixed. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { withVaultLock } from "../../../src/vault/files/lock.ts";
import { createStore } from "../../../src/vault/files/store.ts";
import { basenameOf } from "../../../src/vault/notes/note.ts";
import { compileVault } from "../compile-vault.ts";
import { listAsLearner, makeTempFolder, readTree, writeNote } from "../temp-vault.ts";

interface Writer {
  child: ChildProcess;
  /** Resolves with what it printed, once it has ended. */
  ended: Promise<string>;
}

let program = "";
const compiled = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-writers-"));
beforeAll(() => {
  program = compileVault(compiled, "write-zettels");
});
afterAll(() => fs.rmSync(compiled, { recursive: true }));

async function startWriter(args: string[]): Promise<Writer> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  let say = (_isReady: unknown) => {};
  const isReady = new Promise((resolve) => {
    say = resolve;
  });
  child.stdout.on("data", (data) => {
    printed += data;
    say(true);
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(printed.replace(/^ready\n/, "")));
  });
  await isReady;
  return { child, ended };
}

function countInsights(dir: string): number {
  const folder = path.join(dir, "insights");
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !name.startsWith(".")).length : 0;
}

/** What a note counts, which is there whole. */
function readCount(dir: string): number {
  const [, count] =
    /^%% pleach:start %%\ncount (\d+)\n%% pleach:end %%\n$/.exec(fs.readFileSync(path.join(dir, "count.md"), "utf8")) ??
    [];
  return Number(count);
}

function expectWhole(files: Map<string, string>): void {
  for (const [name, text] of files) {
    if (name !== "count.md") expect(text.endsWith("x\nend\n") && text.length > 20_000, name).toBe(true);
  }
}

describe("a hundred streams that write in one second", () => {
  it("each find every note of theirs, and none of another's under its name", async () => {
    const dir = path.join(makeTempFolder(), "vault");
    const writers = await Promise.all(
      Array.from({ length: 4 }, (_, at) => startWriter([dir, "create", `process${at}`, "25"])),
    );
    for (const { child } of writers) child.stdin?.end("go\n");
    const printed = await Promise.all(writers.map(({ ended }) => ended));
    const created = printed.flatMap((text) => JSON.parse(text) as [string, string][]);
    const files = readTree(dir);
    expect(created).toHaveLength(4 * 25 * 2);
    expect([...files.keys()].sort()).toEqual(created.map(([name]) => name).sort());
    for (const [name, writer] of created) expect(files.get(name)?.split("\n")[0], name).toBe(writer);
    expectWhole(files);
    const names = [...files.keys()].map((name) => basenameOf(name).toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("writers that are killed while they create, edit and hold the lock", () => {
  it("leave whole notes, a lock that is soon free, and nothing that is not cleared away", async () => {
    const dir = makeTempFolder();
    writeNote(dir, "count.md", "%% pleach:start %%\ncount 0\n%% pleach:end %%\n");
    let insights = 0;
    for (let round = 0; round < 2; round += 1) {
      const names = [0, 1].map((at) => `round${round}-${at}`);
      const writers = await Promise.all(names.map((name) => startWriter([dir, "edit", name])));
      for (const { child } of writers) child.stdin?.end("go\n");
      // Each once some more has been written, at no moment in particular.
      for (const [at, { child, ended }] of writers.entries()) {
        const before = countInsights(dir);
        while (countInsights(dir) < before + 2 + at) await new Promise((resolve) => setTimeout(resolve, 1 + at));
        child.kill("SIGKILL");
        await ended;
        expect(readCount(dir)).toBeGreaterThan(0);
      }
    }
    const store = await createStore(dir);
    await withVaultLock(store.root, async () => {
      insights = (await listAsLearner(store.root)).paths.length - 1;
    });
    const files = readTree(dir);
    expectWhole(files);
    expect(insights).toBeGreaterThanOrEqual(2 * (2 + 3));
    const count = readCount(dir);
    // Every edit that was made is there: at most the one that a writer was killed before is not.
    expect(count).toBeGreaterThanOrEqual(insights - 2 * 2);
    expect(count).toBeLessThanOrEqual(insights);
    expect([...files.keys()].filter((name) => path.basename(name).startsWith("."))).toEqual([]);
  });
});
