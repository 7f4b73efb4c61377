/** Which folders are synced when one is created, so that its name and those above it survive a power cut. */
import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type Disk, systemDisk } from "../../../src/actors/log/disk.ts";
import { makeFolder, syncPath } from "../../../src/actors/log/sync-folder.ts";
import { makeTempFolder } from "./temp-folder.ts";

let root = "";
let synced: string[] = [];
/** Errors of opening a folder, by its path. */
let refusals: Map<string, string>;
const paths = new Map<number, string>();

const disk: Disk = {
  ...systemDisk,
  open(folder, flags) {
    const code = refusals.get(folder);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${folder}`), { code });
    const fd = systemDisk.open(folder, flags);
    paths.set(fd, folder);
    return fd;
  },
  sync(fd) {
    synced.push(paths.get(fd) ?? "");
  },
};

beforeEach(() => {
  root = makeTempFolder();
  synced = [];
  refusals = new Map();
});

describe("a folder that is created", () => {
  it("is named durably, and so are those above it that were created with it", () => {
    makeFolder(path.join(root, "a/b/c"), disk);
    expect(fs.statSync(path.join(root, "a/b/c")).isDirectory()).toBe(true);
    expect(synced).toEqual([path.join(root, "a/b"), path.join(root, "a"), root]);
  });

  it("is named durably once more when it is there, since whoever made it may have died before the sync", () => {
    fs.mkdirSync(path.join(root, "a/b"), { recursive: true });
    makeFolder(path.join(root, "a/b"), disk);
    expect(synced).toEqual([path.join(root, "a")]);
  });
});

describe("a path that is made durable", () => {
  it("has every folder above it synced, up to the root", () => {
    const folder = path.join(root, "a/b");
    fs.mkdirSync(folder, { recursive: true });
    const above: string[] = [];
    for (let at = folder; at !== path.dirname(at); ) {
      at = path.dirname(at);
      above.push(at);
    }
    syncPath(folder, disk);
    expect(synced).toEqual(above);
    expect(above.at(-1)).toBe("/");
    expect(above.length).toBeGreaterThan(2);
  });

  it.each(["EACCES", "EPERM"])("is synced as far up as this user may read (%s)", (code) => {
    fs.mkdirSync(path.join(root, "a/b"), { recursive: true });
    refusals.set(path.dirname(root), code);
    syncPath(path.join(root, "a/b"), disk);
    expect(synced).toEqual([path.join(root, "a"), root]);
  });

  it("fails with any other error of the disk", () => {
    refusals.set(path.dirname(root), "EIO");
    expect(() => syncPath(path.join(root, "a"), disk)).toThrow("EIO");
  });
});
