/** The estimate of what a task makes its agent read: what counts, what does not, and where it stops. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  describeEstimate,
  type EstimatedTask,
  estimateContext,
  estimateLarge,
  windowOf,
} from "../../../src/actors/prompt/context-estimate.ts";

const WORDS = "the quick brown fox jumps over the lazy dog\n";
/** As a real tokenizer counts them; what is estimated is near it. */
const WORDS_TOKENS = 10;
const about = (tokens: number) => ({
  asymmetricMatch: (value: unknown) => typeof value === "number" && Math.abs(value / tokens - 1) <= 0.05,
  toString: () => `about ${tokens}`,
});

let root = "";
const files: string[] = [];
const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  files.push(path);
};

beforeAll(() => {
  const base = mkdtempSync(join(tmpdir(), "pleach-estimate-"));
  root = join(base, "repo");
  put("src/a.txt", WORDS);
  put("src/b.txt", WORDS.repeat(10));
  put("other/c.txt", WORDS.repeat(100));
  put("bin/image.png", Buffer.concat([Buffer.from("PNG\0"), Buffer.from(WORDS.repeat(100))]));
  put("odd/special.txt", "<|endoftext|>");
  put("long/letters.txt", "a".repeat(400_000));
  writeFileSync(join(base, "outside.txt"), WORDS.repeat(100));
  mkdirSync(join(root, "linked"));
  symlinkSync("../../outside.txt", join(root, "linked/out.txt"));
  files.push("linked/out.txt", "linked/gone.txt");
  writeFileSync(join(root, "src/untracked.txt"), WORDS.repeat(100));
});
afterAll(() => rmSync(dirname(root), { recursive: true, force: true }));

const task = (scope: string[], change: Partial<EstimatedTask> = {}): EstimatedTask => ({
  prompt: "",
  scope,
  root,
  files,
  window: 200_000,
  ...change,
});

describe("the estimate of a task", () => {
  it("is the tokens of its prompt and of the tracked files in its scope", async () => {
    expect(await estimateContext(task(["src/**"], { prompt: "hello world" }))).toEqual({
      tokens: about(2 + 11 * WORDS_TOKENS),
      window: 200_000,
      isComplete: true,
    });
    expect((await estimateContext(task([], { prompt: "hello world" }))).tokens).toBe(2);
  });

  it("leaves out binary files, links out of the repository, and files that are gone", async () => {
    expect((await estimateContext(task(["bin/**", "linked/**"]))).tokens).toBe(0);
  });

  it("takes what looks like a token of the model's own for text", async () => {
    expect((await estimateContext(task(["odd/**"]))).tokens).toBeGreaterThan(1);
  });

  it("comes to an end with a file that is one long word", async () => {
    expect((await estimateContext(task(["long/**"]))).tokens).toBeGreaterThan(20_000);
  });

  it("stops once it is far more than the agent has, and says so", async () => {
    const estimate = await estimateContext(task(["other/**", "src/**"], { window: 100 }));
    expect(estimate).toMatchObject({ isComplete: false, window: 100 });
    expect(estimate.tokens).toBeGreaterThanOrEqual(200);
    expect(estimate.tokens).toBeLessThan(1_111 * WORDS_TOKENS);
    expect(describeEstimate(estimate)).toContain("more than ");
  });

  it("counts a file once for all tasks", async () => {
    const counts = new Map<string, number>();
    await estimateContext(task(["src/**"]), counts);
    expect(counts).toEqual(
      new Map(Object.entries({ "src/a.txt": about(WORDS_TOKENS), "src/b.txt": about(10 * WORDS_TOKENS) })),
    );
    counts.set("src/a.txt", 7);
    expect((await estimateContext(task(["src/a.txt"]), counts)).tokens).toBe(7);
  });

  it("is not made where fewer bytes are read than the agent has tokens", async () => {
    expect(await estimateLarge(task(["src/**"], { window: 11 * WORDS.length }))).toBeNull();
    expect(await estimateLarge(task(["src/**"], { window: 11 * WORDS.length - 1 }))).toMatchObject({
      tokens: about(110),
    });
    expect(await estimateLarge(task([], { prompt: WORDS, window: WORDS.length - 1 }))).toBeNull();
  });

  it("is told in whole thousands", () => {
    const told = describeEstimate({ tokens: 312_345, window: 200_000, isComplete: true });
    expect(told).toBe(
      "may not fit its agent: instruction and files in scope are about 313,000 tokens, and the agent has 200,000",
    );
  });
});

describe("the window of an agent", () => {
  it("is what pleach.yaml says, else what is usual for its kind, else unknown", () => {
    expect(windowOf({ name: "x", kind: "command", window: 32_000 })).toBe(32_000);
    expect(windowOf({ name: "x", kind: "claude", window: 1_000_000 })).toBe(1_000_000);
    for (const kind of ["claude", "codex", "acp"] as const) expect(windowOf({ name: "x", kind })).toBe(200_000);
    for (const kind of ["command", "scripted", "recorded"] as const) expect(windowOf({ name: "x", kind })).toBeNull();
  });
});
