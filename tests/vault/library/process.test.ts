/** Whole programs that open vaults: in a thread of their own, ending by themselves, and killed while they write. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { randomFrom } from "../../../src/machines/random.ts";
import { decodeCache } from "../../../src/vault/library/cache-codec.ts";
import { writeCacheFile } from "../../../src/vault/library/cache-files.ts";
import { compileInto } from "../../helpers/compile-src.ts";
import { compileVault } from "../compile-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const kills = 5;
const longestLifeMs = 60;

let programs: Record<"keep" | "write", string>;
beforeAll(() => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-vault-"));
  const keep = compileVault(dir, "keep-vault");
  compileInto(dir, ["tests/vault/children/write-cache.ts"]);
  programs = { keep, write: path.join(path.dirname(keep), "write-cache.js") };
  return () => fs.rmSync(dir, { recursive: true, force: true });
});

/** Runs a program to its end. */
async function run(program: string, ...args: string[]): Promise<{ code: number | null; said: unknown }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said: JSON.parse(text) };
}

describe("a program that opens a vault", () => {
  it("reads in a thread, from what was kept the second time, and ends whether it closes the vault or not", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 50; at += 1) writeNote(dir, `n${at}.md`, at === 7 ? "one zebra" : `note ${at}`);
    const found = { code: 0, said: [path.join(dir, "n7.md")] };
    expect(await run(programs.keep, dir, "zebra", "leaves")).toEqual(found);
    const [cache = ""] = fs.readdirSync(path.join(dir, ".pleach")).filter((name) => name.endsWith(".cache"));
    expect(decodeCache(fs.readFileSync(path.join(dir, ".pleach", cache)))?.entries).toHaveLength(50);
    expect(await run(programs.keep, dir, "zebra", "closes")).toEqual(found);
  });
});

describe("a program that is killed while it writes its cache", () => {
  it("leaves a whole one, whenever that happens, and what it left besides is removed in time", async () => {
    const folder = makeTempFolder();
    const words = new Set<string>();
    for (let kill = 0; kill < kills; kill += 1) {
      const child = spawn(process.execPath, [programs.write, folder], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void child.kill("SIGKILL"));
      // A child that dies by itself closes its output, too.
      const [begun] = await Promise.race([once(child.stdout, "data"), once(child, "close")]);
      expect(String(begun)).toBe("true\n");
      await wait(longestLifeMs * randomFrom(1, kill));
      child.kill("SIGKILL");
      await once(child, "close");
      const read = decodeCache(fs.readFileSync(path.join(folder, "notes.cache")));
      expect(read?.entries).toHaveLength(5_000);
      words.add(read?.terms[0] ?? "");
    }
    expect([...words].every((word) => ["zebra", "rhino"].includes(word))).toBe(true);
    const left = fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"));
    const hoursAgo = Date.now() / 1000 - 7_200;
    for (const name of left) fs.utimesSync(path.join(folder, name), hoursAgo, hoursAgo);
    await writeCacheFile(folder, "other.cache", Buffer.from("x"));
    expect(fs.readdirSync(folder).sort()).toEqual([".gitignore", "notes.cache", "other.cache"]);
  });
});
