/**
 * The estimate beside a real tokenizer, on text that its weights were not fitted to: this repository's, halves of files
 * that were left for it, and hashes.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { estimateTokens } from "../../../src/actors/prompt/token-estimate.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGES = join(ROOT, "node_modules");
/** UTF-16 units of each kind: enough to tell, and no more than a real tokenizer reads in a moment. */
const MOST = 150_000;

function list(folder: string, isWanted: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isWanted.test(entry.name) && !entry.parentPath.includes("gpt-tokenizer"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Text of these files, taken evenly. */
function read(files: readonly string[]): string {
  const share = Math.floor(MOST / files.length);
  return files
    .map((file) => readFileSync(file, "utf8").slice(0, Math.max(share, 1_000)))
    .join("\n")
    .slice(0, MOST);
}

/** Files of packages that scripts/fit-tokens.mjs leaves out. */
function listLeft(isWanted: RegExp): string[] {
  const isLeft = (file: string) => {
    const [first = 0] = createHash("sha256").update(relative(PACKAGES, file)).digest();
    return first % 2 === 1;
  };
  return list(PACKAGES, isWanted).filter(isLeft);
}

/** Every other message of the compiler in a language; the rest was fitted to. */
function readMessages(language: string): string {
  const file = join(PACKAGES, "typescript/lib", language, "diagnosticMessages.generated.json");
  const messages = Object.values<string>(JSON.parse(readFileSync(file, "utf8")));
  const left = messages.filter((_message, at) => at % 2 === 1).map((each) => each.replaceAll(/'?\{\d\}'?/g, ""));
  return left.join("\n").slice(0, MOST / 4);
}

const hash = (length: number): Buffer =>
  createHash("shake256", { outputLength: length }).update("not fitted to").digest();

const TEXTS: Readonly<Record<string, () => string>> = {
  "sources of this repository": () => read(list(join(ROOT, "src"), /\.tsx?$/)),
  "its tests": () => read(list(join(ROOT, "tests"), /\.tsx?$/)),
  "its documents": () => read([join(ROOT, "README.md"), ...list(join(ROOT, "docs"), /\.md$/)]),
  JSON: () => read([...list(join(ROOT, "schema"), /\.json$/), join(ROOT, "package-lock.json")]),
  "scripts of packages": () => read(listLeft(/(?<!\.min)\.[cm]?js$/)),
  "declarations of packages": () => read(listLeft(/\.d\.[cm]?ts$/)),
  "documents of packages": () => read(listLeft(/^readme\.md$/i)),
  "minified scripts": () => read(listLeft(/\.min\.[cm]?js$/)),
  "source maps": () => read(listLeft(/\.map$/)),
  "Chinese, Japanese and Korean": () => ["zh-cn", "zh-tw", "ja", "ko"].map(readMessages).join("\n"),
  "French, German, Portuguese, Russian and Spanish": () =>
    ["fr", "de", "pt-br", "ru", "es"].map(readMessages).join("\n"),
  "long hexadecimal numbers": () => hash(20_000).toString("hex"),
  base64: () => hash(20_000).toString("base64"),
};

describe("the estimate of tokens", () => {
  it.each(Object.keys(TEXTS))("is within 5 %% for %s", async (kind) => {
    const text = TEXTS[kind]?.() ?? "";
    expect(text.length).toBeGreaterThan(20_000);
    // The tokenizer takes the square of the length of one long word.
    const pieces = text.match(/.{1,2000}/gs) ?? [];
    const tokens = pieces.reduce((sum, piece) => sum + countTokens(piece, { disallowedSpecial: new Set() }), 0);
    const share = (await estimateTokens(text)) / tokens;
    expect(Math.abs(share - 1), `${share.toFixed(3)} x`).toBeLessThan(0.05);
  });

  it("is within 10 % for nearly every single file", async () => {
    const files = list(join(ROOT, "src"), /\.tsx?$/).filter((_file, at) => at % 7 === 0);
    const shares = await Promise.all(
      files.map(async (file) => {
        const text = readFileSync(file, "utf8");
        return Math.abs((await estimateTokens(text)) / countTokens(text) - 1);
      }),
    );
    expect(shares.filter((share) => share > 0.1).length).toBeLessThan(0.05 * files.length);
  });

  it("is nothing for nothing, and at most a token a byte", async () => {
    expect(await estimateTokens("")).toBe(0);
    for (const text of ["a", " ", "\n", "7", "é", "汉", "\ud800", "\0", "<|endoftext|>", "\u{1f600}"]) {
      const tokens = await estimateTokens(text);
      expect(tokens, JSON.stringify(text)).toBeGreaterThanOrEqual(1);
      expect(tokens, JSON.stringify(text)).toBeLessThanOrEqual(Buffer.byteLength(text));
    }
  });

  it("grows with the length of what has no end", async () => {
    for (const unit of ["a", "A", " ", "\n", "!", "1", "é", "汉", " \t", "aB", "\u0301"]) {
      const [once, twice] = await Promise.all([1, 2].map((times) => estimateTokens(unit.repeat(times * 20_000))));
      expect((twice ?? 0) / (once ?? 1), JSON.stringify(unit)).toBeCloseTo(2, 1);
    }
  });

  it("stops soon after as many as matter", async () => {
    expect(await estimateTokens("word ".repeat(100_000), 1_000)).toBeLessThan(1_100);
  });
});
