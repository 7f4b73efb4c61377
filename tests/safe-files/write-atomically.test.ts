/** Files that are written whole or not at all, by both writers. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFile, moveTo, moveToSync, writeAtomically, writeAtomicallySync } from "../../src/safe-files/index.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const modeOf = (name: string): number => statSync(at(name)).mode & 0o777;
let umask = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pleach-write-"));
  umask = process.umask(0o027);
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

type Write = (file: string, content: string, options: { durability: "none" | "whole"; mode?: number }) => unknown;

describe.each<[string, Write]>([
  ["writeAtomically", writeAtomically],
  ["writeAtomicallySync", writeAtomicallySync],
])("%s", (_name, write) => {
  it.each(["none", "whole"] as const)(
    "creates and replaces a file, and leaves nothing else (%s)",
    async (durability) => {
      await write(at("a"), "one", { durability });
      expect(readFileSync(at("a"), "utf8")).toBe("one");
      await write(at("a"), "two", { durability });
      expect(readFileSync(at("a"), "utf8")).toBe("two");
      expect(readdirSync(folder)).toEqual(["a"]);
    },
  );

  it("gives a new file the mode that the umask leaves", async () => {
    await write(at("a"), "x", { durability: "none" });
    expect(modeOf("a")).toBe(0o640);
  });

  it.each(["600", "666", "755", "440"])(
    "keeps the mode %s of a file that it replaces, whatever the umask",
    async (octal) => {
      const mode = Number.parseInt(octal, 8);
      writeFileSync(at("a"), "old");
      chmodSync(at("a"), mode);
      await write(at("a"), "new", { durability: "none" });
      expect(modeOf("a")).toBe(mode);
    },
  );

  it("lets no program that it replaces run as somebody else", async () => {
    writeFileSync(at("a"), "old");
    chmodSync(at("a"), 0o4755);
    await write(at("a"), "new", { durability: "none" });
    expect(statSync(at("a")).mode & 0o7777).toBe(0o755);
  });

  it("gives exactly the mode that is asked for, whatever was there", async () => {
    writeFileSync(at("a"), "old");
    await write(at("a"), "new", { durability: "none", mode: 0o600 });
    await write(at("b"), "new", { durability: "none", mode: 0o666 });
    expect([modeOf("a"), modeOf("b")]).toEqual([0o600, 0o666]);
  });

  it.runIf(process.geteuid?.() === 0)("keeps the owner of a file, as far as it may", async () => {
    writeFileSync(at("a"), "old");
    chownSync(at("a"), 12, 34);
    await write(at("a"), "new", { durability: "none" });
    expect(statSync(at("a"))).toMatchObject({ uid: 12, gid: 34 });
  });

  it("replaces a link, and not what it leads to", async () => {
    writeFileSync(at("other"), "theirs");
    symlinkSync("other", at("a"));
    await write(at("a"), "ours", { durability: "none" });
    expect(lstatSync(at("a")).isFile()).toBe(true);
    expect(readFileSync(at("other"), "utf8")).toBe("theirs");
    expect(readFileSync(at("a"), "utf8")).toBe("ours");
    expect(modeOf("a")).toBe(0o640);
  });

  it("changes and leaves nothing when it fails", async () => {
    mkdirSync(at("a"));
    writeFileSync(at("a/b"), "kept");
    const failed = async (file: string): Promise<unknown> => write(file, "x", { durability: "none" });
    await expect(failed(at("a"))).rejects.toMatchObject({ code: "EISDIR" });
    await expect(failed(at("gone/a"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readdirSync(at("a"))).toEqual(["b"]);
  });
});

describe("a file that is being replaced", () => {
  it("is whole whenever somebody looks", async () => {
    const [one, two] = ["1".repeat(300_000), "2".repeat(200_000)];
    writeFileSync(at("a"), one);
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await writeAtomically(at("a"), round % 2 === 0 ? two : one, { durability: "kept" });
      }
      isOver = true;
    })();
    let looks = 0;
    while (!isOver) {
      expect([one, two].includes(readFileSync(at("a"), "latin1"))).toBe(true);
      looks += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(looks).toBeGreaterThan(20);
  });
});

describe("a file that only some may read", () => {
  it("is read by nobody else while it is written", async () => {
    process.umask(0);
    let isOver = false;
    const writing = writeAtomically(at("a"), Buffer.alloc(30_000_000), { durability: "none", mode: 0o640 });
    void writing.then(() => {
      isOver = true;
    });
    const seen = new Set<number>();
    while (!isOver) {
      for (const name of readdirSync(folder).filter((each) => each.endsWith(".tmp"))) {
        // It may have got its name in between.
        const found = statSync(at(name), { throwIfNoEntry: false });
        if (found !== undefined) seen.add(found.mode & 0o777);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect([...seen].filter((mode) => mode !== 0o640)).toEqual([0o600]);
    expect(modeOf("a")).toBe(0o640);
  });
});

describe("createFile", () => {
  it("refuses what is there already, a link that leads nowhere included", async () => {
    symlinkSync("nowhere", at("link"));
    writeFileSync(at("a"), "theirs");
    for (const name of ["link", "a"]) {
      await expect(createFile(at(name), "x", { sync: false })).rejects.toMatchObject({ code: "EEXIST" });
    }
    expect(readFileSync(at("a"), "utf8")).toBe("theirs");
  });

  it("lets its caller finish the file before it is closed", async () => {
    await createFile(at("a"), "x", { mode: 0o600, sync: true, finish: (handle) => handle.chmod(0o644) });
    expect(modeOf("a")).toBe(0o644);
  });
});

describe("moving", () => {
  it("replaces a file of the new name", async () => {
    writeFileSync(at("a"), "1");
    writeFileSync(at("b"), "2");
    await moveTo(at("a"), at("b"));
    moveToSync(at("b"), at("c"));
    expect(readdirSync(folder)).toEqual(["c"]);
    expect(readFileSync(at("c"), "utf8")).toBe("1");
  });
});
