import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Transcript } from "../../../src/actors/process/index.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let dir: string;
beforeEach(() => {
  dir = makeTempFolder("transcript", "test");
});

describe("a transcript", () => {
  it("leaves no file of a worker that said nothing", async () => {
    const transcript = await Transcript.open(join(dir, "t.log"), 1_000_000);
    expect(readdirSync(dir)).toEqual(["t.log"]);
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(await transcript.finish()).toMatchObject({ bytes: 0, keptBytes: 0, sha256: empty, problem: null });
    expect(readdirSync(dir)).toEqual([]);
  });

  it("creates its folder, and a file that only its owner can read", async () => {
    const path = join(dir, "a", "b", "t.log");
    const transcript = await Transcript.open(path, 1_000_000);
    transcript.write(Buffer.from("said"));
    await transcript.finish();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("does not write through a symbolic link", async () => {
    writeFileSync(join(dir, "precious"), "keep");
    symlinkSync(join(dir, "precious"), join(dir, "t.log"));
    await expect(Transcript.open(join(dir, "t.log"), 1_000)).rejects.toThrow();
    expect(readFileSync(join(dir, "precious"), "utf8")).toBe("keep");
  });

  it("asks to pause when the disk is behind, and calls back when it has caught up", async () => {
    const transcript = await Transcript.open(join(dir, "t.log"), 10_000_000);
    expect(transcript.write(Buffer.alloc(1_000))).toBe(true);
    expect(transcript.write(Buffer.alloc(1_000_000))).toBe(false);
    await new Promise<void>((resolve) => transcript.whenDrained(resolve));
    expect(statSync(join(dir, "t.log")).size).toBe(1_001_000);
    await transcript.finish();
  });

  it.runIf(existsSync("/dev/full"))("reports a full disk instead of throwing, and goes on counting", async () => {
    const transcript = await Transcript.open("/dev/full", 1_000_000);
    transcript.write(Buffer.from("lost"));
    await new Promise<void>((resolve) => transcript.whenDrained(resolve));
    expect(transcript.write(Buffer.from("more"))).toBe(true);
    const summary = await transcript.finish();
    expect(summary).toMatchObject({ bytes: 8, keptBytes: 0 });
    expect(summary.problem).toMatch(/ENOSPC|no space/i);
  });
});
