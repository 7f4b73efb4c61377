/** Files of others, read in both ways: what is there decides the outcome, and nothing makes a reader wait or take more. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readUntrustedFile, readUntrustedFileSync } from "../../src/safe-files/index.ts";
import type { UntrustedRead } from "../../src/safe-files/read-untrusted-file.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

let folder = "";
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = makeTempFolder("read", "file");
  writeFileSync(at("ten"), "0123456789");
  writeFileSync(at("empty"), "");
  symlinkSync("ten", at("link"));
  symlinkSync("nowhere", at("dangling"));
  mkdirSync(at("folder"));
  symlinkSync("folder", at("linked-folder"));
  writeFileSync(at("folder/inside"), "in");
  execFileSync("mkfifo", [at("pipe")]);
});

const text = (read: UntrustedRead): unknown =>
  read.kind === "read" ? { ...read, bytes: read.bytes.toString("utf8") } : read;

describe.each([
  ["readUntrustedFile", readUntrustedFile],
  ["readUntrustedFileSync", readUntrustedFileSync],
])("%s", (_name, readFile) => {
  it.each([
    ["a file", "ten", { maxBytes: 10 }, "0123456789", false],
    ["an empty file", "empty", { maxBytes: 0 }, "", false],
    ["a file in a folder that is reached by a link", "linked-folder/inside", { maxBytes: 10 }, "in", false],
    ["a link that may be followed", "link", { maxBytes: 10, links: "follow" as const }, "0123456789", false],
    ["the beginning of a file", "ten", { maxBytes: 4, part: "beginning" as const }, "0123", true],
    ["the end of a file", "ten", { maxBytes: 4, part: "end" as const }, "6789", true],
    ["a beginning that is all", "ten", { maxBytes: 10, part: "beginning" as const }, "0123456789", false],
    ["an end that is all", "ten", { maxBytes: 11, part: "end" as const }, "0123456789", false],
  ])("reads %s", async (_what, name, options, bytes, isCut) => {
    expect(text(await readFile(at(name), options))).toEqual({ kind: "read", bytes, isCut });
  });

  it.each([
    ["a file that is larger", "ten", "tooLarge", "it is larger than 9 bytes"],
    ["a link", "link", "link", "it is a symbolic link"],
    ["a link that leads nowhere", "dangling", "link", "it is a symbolic link"],
    ["a folder", "folder", "notFile", "it is no ordinary file"],
    ["a named pipe, without waiting for its writer", "pipe", "notFile", "it is no ordinary file"],
    ["a path that is none", "a\0b", "unreadable", expect.stringContaining("null bytes")],
  ])("refuses %s", async (_what, name, why, reason) => {
    const size = why === "tooLarge" ? { size: 10 } : {};
    expect(await readFile(at(name), { maxBytes: 9 })).toEqual({ kind: "refused", why, reason, ...size });
  });

  it("refuses a socket, and a device", async () => {
    const server = createServer().listen(at("socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await readFile(at("socket"), { maxBytes: 9 })).toMatchObject({ kind: "refused", why: "notFile" });
    await new Promise((resolve) => server.close(resolve));
    expect(await readFile("/dev/zero", { maxBytes: 9 })).toMatchObject({ kind: "refused", why: "notFile" });
  });

  it("says the bound in the unit that it is a whole number of", async () => {
    writeFileSync(at("large"), Buffer.alloc(3 * 1024 * 1024));
    expect(await readFile(at("large"), { maxBytes: 2 * 1024 * 1024 })).toMatchObject({
      reason: "it is larger than 2 MB",
    });
    expect(await readFile(at("large"), { maxBytes: 64 * 1024 })).toMatchObject({ reason: "it is larger than 64 kB" });
  });

  it.each(["gone", "ten/below", "dangling/below"])("finds nothing at %s", async (name) => {
    expect(await readFile(at(name), { maxBytes: 9 })).toEqual({ kind: "absent" });
  });

  it("keeps its bound when the file has more than it says", async () => {
    // Files of /proc say that they are empty.
    const path = existsSync("/proc/self/status") ? "/proc/self/status" : at("ten");
    expect(await readFile(path, { maxBytes: 5 })).toMatchObject({ kind: "refused", why: "tooLarge" });
    expect(await readFile(path, { maxBytes: 5, part: "beginning" })).toMatchObject({
      bytes: expect.objectContaining({ length: 5 }),
    });
    expect(await readFile(path, { maxBytes: 1024 * 1024 })).toMatchObject({ kind: "read" });
  });

  it("reads the part that was asked for, whatever the file holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(350), async (content, maxBytes) => {
        writeFileSync(at("any"), content);
        const bytes = Buffer.from(content);
        const isCut = bytes.length > maxBytes;
        const beginning = await readFile(at("any"), { maxBytes, part: "beginning" });
        expect(beginning).toEqual({ kind: "read", bytes: bytes.subarray(0, maxBytes), isCut });
        const end = await readFile(at("any"), { maxBytes, part: "end" });
        expect(end).toEqual({ kind: "read", bytes: bytes.subarray(Math.max(0, bytes.length - maxBytes)), isCut });
        const whole = await readFile(at("any"), { maxBytes });
        expect(whole).toEqual(isCut ? expect.objectContaining({ why: "tooLarge" }) : { kind: "read", bytes, isCut });
      }),
      { numRuns: 50 },
    );
  });
});
