/** What is kept on disk of the notes that were read: it saves time, and nothing else depends on it. */
import fs from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Lexicon } from "../../../src/vault/index/term-counts.ts";
import { type CachedEntry, decodeCache, encodeCache } from "../../../src/vault/library/cache-codec.ts";
import { openVault } from "../../../src/vault/library/vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const longAgo = new Date("2026-01-01T00:00:00Z");

function writeOld(dir: string, name: string, text: string): void {
  writeNote(dir, name, text);
  fs.utimesSync(path.join(dir, name), longAgo, longAgo);
}

/** Opens, asks one question, and closes. */
async function find(dir: string, words: string, read: string[] = []): Promise<string[]> {
  const vault = await openVault(dir, { read });
  const found = await vault.search(words);
  await vault.close();
  return found.map((result) => path.basename(result.path)).sort();
}

function cacheFiles(dir: string): string[] {
  const folder = path.join(dir, ".pleach");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".cache")) : [];
  return names.map((name) => path.join(folder, name));
}

function onlyCache(dir: string): string {
  const [file, ...more] = cacheFiles(dir);
  if (file === undefined || more.length > 0) throw new Error(`${more.length + 1} cache files, or none`);
  return file;
}

/** A cache file's parts, to be put together otherwise. */
function makeCache(): { bytes: Buffer; entries: CachedEntry[] } {
  const lexicon = new Lexicon();
  const ids = ["zebra", "rhino", "__proto__", "café"].map((term) => lexicon.idOf(term));
  const counts = Uint32Array.from(ids.flatMap((id) => [id * 4 + 2, 1]));
  const structure = Buffer.from('{"title":"x"}');
  const record = { key: "k", title: "A title", bodyAt: 3, counts, structure };
  const entries = [
    { path: "a.md", size: 7, mtimeMs: 5.25, record },
    { path: "b/a.md", size: 7, mtimeMs: Number.NaN, record },
  ];
  return { bytes: encodeCache(entries, lexicon), entries };
}

/** The file with its checksum made right again. */
function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return bytes;
}

describe("what is kept of a vault", () => {
  it("is used instead of notes whose size and time did not change, and only for those", async () => {
    const dir = makeTempFolder();
    writeOld(dir, "a.md", "zebra one");
    writeOld(dir, "b.md", "zebra two");
    expect(await find(dir, "zebra")).toEqual(["a.md", "b.md"]);
    writeOld(dir, "a.md", "rhino one");
    writeOld(dir, "b.md", "a rhino");
    expect([await find(dir, "zebra"), await find(dir, "rhino")]).toEqual([["a.md"], ["b.md"]]);
    fs.rmSync(path.join(dir, ".pleach"), { recursive: true });
    expect([await find(dir, "zebra"), await find(dir, "rhino")]).toEqual([[], ["a.md", "b.md"]]);
  });

  it("gives the same answers and links as the notes themselves, several vaults together", async () => {
    const [dir, other] = [makeTempFolder(), makeTempFolder()];
    writeOld(dir, "a.md", "---\ntitle: The zebra\n---\n[[b]] [[gone]] 用户登录");
    writeOld(dir, "b.md", "# Getting on\n\nzebra getUserName src/auth/login.ts\n");
    writeOld(other, "c.md", "zebra constructor zebra");
    const ask = async () => {
      const vault = await openVault(dir, { read: [other] });
      const answers = [
        ...(await Promise.all(["zebra", "login.ts", "登录", "constructor"].map((words) => vault.search(words)))),
        await vault.note("a.md"),
        await vault.linkProblems(),
      ];
      await vault.close();
      return answers;
    };
    const first = await ask();
    expect(cacheFiles(dir)).toHaveLength(2);
    expect(cacheFiles(other)).toEqual([]);
    expect(await ask()).toEqual(first);
    // Structures that were read meanwhile are kept, too.
    expect(await ask()).toEqual(first);
  });

  it("lies in a folder that Obsidian and git leave alone, and is no larger than what is there", async () => {
    const dir = makeTempFolder();
    for (let at = 0; at < 30; at += 1) writeOld(dir, `n${at}.md`, `unique${at} zebra`);
    await find(dir, "zebra");
    expect(fs.readFileSync(path.join(dir, ".pleach/.gitignore"), "utf8")).toBe("*\n");
    const before = fs.statSync(onlyCache(dir)).size;
    for (let at = 1; at < 30; at += 1) fs.rmSync(path.join(dir, `n${at}.md`));
    await find(dir, "zebra");
    expect(fs.statSync(onlyCache(dir)).size).toBeLessThan(before / 4);
    expect(fs.readFileSync(onlyCache(dir)).includes("unique7")).toBe(false);
    expect(fs.readdirSync(path.join(dir, ".pleach")).sort()).toEqual([".gitignore", path.basename(onlyCache(dir))]);
  });

  it("is left out where it cannot be written, and never written through a link", async () => {
    const [dir, linked, elsewhere] = [makeTempFolder(), makeTempFolder(), makeTempFolder()];
    writeOld(dir, "a.md", "zebra");
    writeOld(linked, "a.md", "zebra");
    fs.writeFileSync(path.join(dir, ".pleach"), "a file of a person");
    fs.symlinkSync(elsewhere, path.join(linked, ".pleach"));
    expect([await find(dir, "zebra"), await find(linked, "zebra")]).toEqual([["a.md"], ["a.md"]]);
    expect(fs.readFileSync(path.join(dir, ".pleach"), "utf8")).toBe("a file of a person");
    expect(fs.readdirSync(elsewhere)).toEqual([]);
  });

  it("is not made for a vault that is not there", async () => {
    const dir = path.join(makeTempFolder(), "absent");
    expect(await find(dir, "zebra")).toEqual([]);
    expect(fs.existsSync(dir)).toBe(false);
  });

  it.each([
    ["empty", () => Buffer.alloc(0)],
    ["of another program", () => Buffer.from("SQLite format 3\0".repeat(100))],
    ["cut", (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    [
      "flipped",
      (bytes: Buffer) => bytes.fill(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1),
    ],
    [
      "of another version",
      (bytes: Buffer) => seal(Buffer.from(bytes.toString("latin1").replace("words-", "terms-"), "latin1")),
    ],
    [
      "with lengths beyond its end",
      (bytes: Buffer) => {
        bytes.writeUInt32LE(0xfffffffc, 12);
        return seal(bytes);
      },
    ],
  ])("is made again when the file is %s", async (_how, spoil) => {
    const dir = makeTempFolder();
    writeOld(dir, "a.md", "zebra");
    await find(dir, "zebra");
    const file = onlyCache(dir);
    const whole = fs.readFileSync(file);
    fs.writeFileSync(file, spoil(Buffer.from(whole)));
    expect(await find(dir, "zebra")).toEqual(["a.md"]);
    expect(fs.readFileSync(file).equals(whole)).toBe(true);
  });
});

describe("the bytes of a cache file", () => {
  it("come back as they were written", () => {
    const { bytes, entries } = makeCache();
    const read = decodeCache(bytes);
    expect(read?.terms).toEqual(["zebra", "rhino", "__proto__", "café"]);
    expect(read?.entries).toEqual(entries);
  });

  it("are nothing when any of them is missing or another", () => {
    const { bytes } = makeCache();
    for (let at = 0; at < bytes.length; at += 1) {
      expect(decodeCache(Buffer.from(bytes.subarray(0, at)))).toBeUndefined();
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
      expect(decodeCache(flipped)).toBeUndefined();
    }
  });

  it("are nothing when they say what cannot be, however right their checksum is", () => {
    const { bytes } = makeCache();
    const head = bytes.readUInt32LE(12);
    const change = (from: string, to: string) =>
      seal(Buffer.from(bytes.toString("latin1").replace(from, to), "latin1"));
    // A slot of no known term, slots out of order, a count of nothing.
    for (const [at, value] of [
      [6, 9_999_999],
      [0, 7],
      [1, 0],
    ] as const) {
      const wrong = Buffer.from(bytes);
      wrong.writeUInt32LE(value, 20 + head + at * 4);
      expect(decodeCache(seal(wrong))).toBeUndefined();
    }
    for (const [from, to] of [
      ['"counts":[8]', '"counts":[9]'],
      ['"records":[0,0]', '"records":[0,5]'],
      ['"sizes":[7,7]', '"sizes":[7,{}]'],
      ['"titles":["A', '"titles":[["'],
      ['"rhino"', '"zebra"'],
    ] as const) {
      expect(decodeCache(change(from, to)), from).toBeUndefined();
    }
  });

  it("never make a structure of another shape", async () => {
    const dir = makeTempFolder();
    writeOld(dir, "a.md", "# A\n\n[[gone]]\n");
    const ask = async () => {
      const vault = await openVault(dir);
      const problems = await vault.linkProblems();
      await vault.close();
      return problems;
    };
    const found = await ask();
    const file = onlyCache(dir);
    const text = fs.readFileSync(file, "latin1");
    const spoiled = text.replace('"target":"gone"', '"target":123456');
    expect(spoiled).not.toBe(text);
    fs.writeFileSync(file, seal(Buffer.from(spoiled, "latin1")));
    expect(await ask()).toEqual(found);
  });
});
