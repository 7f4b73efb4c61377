/**
 * Disks that are full or read-only, for real: a small one in memory where this system lets us mount one, else a limit
 * on the size of files, and a folder without rights. What was there stays as it was, and the error says what to do.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileVault } from "../compile-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const section = "%% pleach:start %%\ncount 1\n%% pleach:end %%\n";
const compiled = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-disk-"));
let program = "";
beforeAll(() => {
  program = compileVault(compiled, "write-on-bad-disk");
  fs.chmodSync(compiled, 0o755);
});
afterAll(() => fs.rmSync(compiled, { recursive: true }));

/** Whether a user may mount a disk that only they see. */
const canMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", os.tmpdir()]).status === 0;

/** Root writes whatever the rights are, so where it cannot mount it becomes somebody else. */
const isPlainRoot = !canMount && process.getuid?.() === 0;

interface Found {
  edited: unknown;
  created: unknown;
  /** The vault's files afterwards, hidden ones too, with the first line but one of the note. */
  files: string;
}

/** Runs the program in a shell that prepares the disk, and lists what is there afterwards. */
function runOn(dir: string, prepare: string, bytes: number): Found {
  const list = 'sed -n 2p "$VAULT/note.md" | cut -c1-9 >&3; ls -A "$VAULT" >&3';
  const script = `set -e; ${prepare}; "$NODE" "$PROGRAM" "$VAULT" ${bytes}; ${list}`;
  const shell = canMount ? ["unshare", "-rm", "sh", "-c", script] : ["sh", "-c", script];
  const { status, stdout, stderr, output } = spawnSync(shell[0] ?? "", shell.slice(1), {
    env: { ...process.env, NODE: process.execPath, PROGRAM: program, VAULT: dir, NOTE: section },
    ...(isPlainRoot ? { uid: 65_534, gid: 65_534 } : {}),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  if (status !== 0) throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Omit<Found, "files">), files: output[3] ?? "" };
}

function makeVault(): string {
  const dir = makeTempFolder();
  writeNote(dir, "note.md", section);
  if (isPlainRoot) for (const file of [dir, path.join(dir, "note.md")]) fs.chownSync(file, 65_534, 65_534);
  return dir;
}

describe("a full disk", () => {
  const prepare = canMount
    ? 'mount -t tmpfs -o size=64k tmpfs "$VAULT"; printf "%s" "$NOTE" > "$VAULT/note.md"; touch -t 202601010000 "$VAULT/note.md"'
    : "ulimit -f 64";

  it("fails a write with a hint, and leaves every note and no rubbish", () => {
    const failed = {
      code: "vault.unwritable",
      hint: expect.stringContaining("Free some space"),
      cause: canMount ? "ENOSPC" : "EFBIG",
    };
    expect(runOn(makeVault(), prepare, 200_000)).toEqual({
      edited: failed,
      created: failed,
      files: "count 1\nnote.md\n",
    });
  });

  it("takes what still fits", () => {
    expect(runOn(makeVault(), prepare, 8_000)).toEqual({
      edited: { kind: "edited" },
      created: "created",
      files: "count 2 x\nnew.md\nnote.md\n",
    });
  });
});

describe("a vault that may not be written", () => {
  it("fails a write with a hint, and stays as it is", () => {
    const prepare = canMount
      ? 'mount --bind -o ro "$VAULT" "$VAULT" && mount -o remount,bind,ro "$VAULT"'
      : 'chmod 555 "$VAULT"';
    const dir = makeVault();
    const failed = {
      code: "vault.unwritable",
      hint: expect.stringContaining("folder writable"),
      cause: canMount ? "EROFS" : "EACCES",
    };
    const found = runOn(dir, prepare, 10);
    fs.chmodSync(dir, 0o755);
    expect(found).toEqual({ edited: failed, created: failed, files: "count 1\nnote.md\n" });
  });
});
