/** Several learners at once, learners that died, and people who write meanwhile: nothing is lost. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createStore } from "../../../src/vault/files/store.ts";
import { learnFromRun, type RunFacts } from "../../../src/vault/index.ts";
import { readFrontmatter } from "../../../src/vault/notes/frontmatter.ts";
import { compileVault } from "../compile-vault.ts";
import { makeFacts, makeTempFolder, onlyPattern, readTree, writeNote } from "../temp-vault.ts";

function valuesOf(file: string): Record<string, unknown> {
  const found = readFrontmatter(fs.readFileSync(file, "utf8"));
  if (found.kind !== "ok") throw new Error(`${file}: ${found.kind}`);
  return Object.fromEntries(found.values);
}

/** Starts a learner; `learn` gives it its facts and resolves with its exit code or signal when it has ended. */
async function startLearner(program: string, dir: string) {
  const child = spawn(process.execPath, [program, dir], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  return {
    kill: () => child.kill("SIGKILL"),
    learn: (facts: RunFacts[]) => {
      child.stdin.on("error", () => undefined).end(`${JSON.stringify(facts)}\n`);
      return ended;
    },
  };
}

describe("learners at the same time", () => {
  it("lose nothing as processes of their own", async () => {
    const program = compileVault(makeTempFolder());
    const dir = path.join(makeTempFolder(), "vault");
    const learners = await Promise.all([0, 1, 2].map(() => startLearner(program, dir)));
    const runs = learners.map((_learner, at) => Array.from({ length: 4 }, (_, run) => makeFacts({}, at * 10 + run)));
    expect(await Promise.all(learners.map((learner, at) => learner.learn(runs[at] ?? [])))).toEqual([0, 0, 0]);
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ support: 12, successes: 12 });
    expect(valuesOf(onlyPattern(dir)).evidence).toHaveLength(12);
    expect(fs.readdirSync(path.join(dir, "runs/2026/08"))).toHaveLength(12);
    expect([...readTree(dir).keys()].filter((name) => /\.tmp$|lock/.test(name))).toEqual([]);
  });

  it("lose nothing in one process", async () => {
    const dir = makeTempFolder();
    await Promise.all([0, 1, 2, 3, 4].map((run) => learnFromRun(dir, makeFacts({}, run))));
    expect(valuesOf(onlyPattern(dir))).toMatchObject({ support: 5 });
  });

  it("go on from where a killed one was, to the same notes", async () => {
    const program = compileVault(makeTempFolder());
    const facts = [0, 1, 2, 3].map((run) => makeFacts({}, run));
    const undisturbed = makeTempFolder();
    for (const one of facts) await learnFromRun(undisturbed, one);
    const dir = makeTempFolder();
    // Each round kills a learner once one more file than before has appeared.
    for (let files = 0; files < 24; files += 5) {
      const learner = await startLearner(program, dir);
      const ended = learner.learn(facts);
      await new Promise<void>((resolve) => {
        const look = () => (readTreeSize(dir) > files ? resolve() : setImmediate(look));
        void ended.then(() => resolve());
        look();
      });
      learner.kill();
      await ended;
    }
    for (const one of facts) await learnFromRun(dir, one);
    const notes = (root: string) => [...readTree(root)].filter(([name]) => !/\.tmp$/.test(name));
    expect(notes(dir)).toEqual(notes(undisturbed));
  }, 60_000);

  it("do not wait for the lock of a process that is gone", async () => {
    const dir = makeTempFolder();
    const gone = spawn(process.execPath, ["-e", "0"]);
    await new Promise((resolve) => gone.on("close", resolve));
    writeNote(dir, ".pleach-lock", `${gone.pid} ${(await import("node:os")).hostname()} abc\n`);
    expect((await learnFromRun(dir, makeFacts())).created).toHaveLength(1);
    expect(fs.existsSync(path.join(dir, ".pleach-lock"))).toBe(false);
  });

  it("never replace a note that changed after it was read", async () => {
    const dir = makeTempFolder();
    const store = await createStore(dir);
    await store.create("a.md", "old");
    const read = await store.read("a.md");
    if (read.kind !== "ok") throw new Error(read.kind);
    writeNote(dir, "a.md", "a person's");
    expect(await store.replace("a.md", read.bytes, "new")).toEqual({ kind: "moved" });
    expect(await store.create("a.md", "new")).toBe("exists");
    fs.rmSync(path.join(dir, "a.md"));
    expect(await store.replace("a.md", read.bytes, "new")).toEqual({ kind: "moved" });
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});

function readTreeSize(dir: string): number {
  return fs.readdirSync(dir, { recursive: true }).length;
}
