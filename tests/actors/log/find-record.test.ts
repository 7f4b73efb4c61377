/** Reading on from a record that was verified before: found by its number, the same records as with all before it verified. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { createMemoryLog, type LogRecord, type LogStore } from "../../../src/actors/log/index.ts";
import { createDraft, createEpochDraft, readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** Epochs of many records, one of none, and one of records that are longer than what is read at once. */
async function writeLong(log: LogStore): Promise<LogRecord[]> {
  const written = [...(await writeEpoch(log, 3_000)), ...(await writeEpoch(log, 0))];
  const writer = await log.beginEpoch(createEpochDraft);
  const { records, durable } = writer.append([1, 400_000, 2, 300_000, 3].map((n) => createDraft(n, "é".repeat(n))));
  await durable;
  await writer.close();
  return [...written, ...writer.begun, ...records, ...(await writeEpoch(log, 2_000))];
}

async function follow(log: LogStore, afterSeq: number, count: number): Promise<LogRecord[]> {
  const followed: LogRecord[] = [];
  for await (const records of log.follow({ afterSeq, unchecked: true })) {
    followed.push(...records);
    if (followed.length >= count) break;
  }
  return followed;
}

describe.each<[string, () => LogStore]>([
  ["files", () => openFileLog(path.join(makeTempFolder(), "log"))],
  ["memory", () => createMemoryLog()],
])("reading on from a record, in %s", (_name, create) => {
  it("gives the same records and end, wherever it begins", async () => {
    const log = create();
    const written = await writeLong(log);
    const all = await readAll(log);
    for (const afterSeq of [
      1,
      2,
      1_500,
      3_000,
      3_001,
      3_002,
      3_003,
      3_005,
      3_006,
      3_008,
      3_009,
      5_000,
      written.length,
    ]) {
      const afterCrc = written[afterSeq - 1]?.crc ?? "";
      const read = await readAll(log, { afterSeq, afterCrc, unchecked: true });
      expect(read.records, `after ${afterSeq}`).toEqual(written.slice(afterSeq));
      expect(read.end).toEqual(all.end);
      if (afterSeq < written.length)
        expect(await follow(log, afterSeq, written.length - afterSeq)).toEqual(written.slice(afterSeq));
    }
  });

  it("gives nothing after a number that the log does not reach, and knows another history", async () => {
    const log = create();
    const written = await writeEpoch(log, 2_000);
    expect(await readAll(log, { afterSeq: 9_999, unchecked: true })).toMatchObject({
      records: [],
      end: { seq: 2_001 },
    });
    expect((await readAll(log, { afterSeq: 0, unchecked: true })).records).toEqual(written);
    for (const afterSeq of [1_000, 9_999]) {
      const other = readAll(log, { afterSeq, afterCrc: "0badcafe", unchecked: true });
      await expect(other).rejects.toMatchObject({ code: "log.otherHistory" });
    }
  });
});

describe("reading on from a record of a damaged log", () => {
  /** A log of 2,001 records, and its only file. */
  async function prepare(): Promise<{ log: LogStore; written: LogRecord[]; file: string; bytes: Buffer }> {
    const dir = makeTempFolder();
    const log = openFileLog(dir);
    const written = await writeEpoch(log, 2_000);
    const file = path.join(dir, "1.jsonl");
    return { log, written, file, bytes: fs.readFileSync(file) };
  }
  const placeOf = (bytes: Buffer, seq: number): number => bytes.indexOf(`{"v":1,"seq":${seq},`);
  const flip = (bytes: Buffer, at: number): Buffer => {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    return flipped;
  };

  it("passes over what is damaged before it, which reading from the beginning names", async () => {
    const { log, written, file, bytes } = await prepare();
    fs.writeFileSync(file, flip(bytes, placeOf(bytes, 700) + 30));
    const from = { afterSeq: 1_990, afterCrc: written[1_989]?.crc ?? "" };
    expect((await readAll(log, { ...from, unchecked: true })).records).toEqual(written.slice(1_990));
    const damaged = { code: "log.damaged", damage: { byte: placeOf(bytes, 700) } };
    await expect(readAll(log, from)).rejects.toMatchObject(damaged);
  });

  it.each([0, 1_000])(
    "names what is damaged behind it, also in the middle of the search (after %s)",
    async (afterSeq) => {
      const { log, file, bytes } = await prepare();
      const byte = placeOf(bytes, 1_500);
      for (const at of [byte + 1, byte + 30, byte - 1]) {
        fs.writeFileSync(file, flip(bytes, at));
        const expected = { code: "log.damaged", damage: { byte: at < byte ? placeOf(bytes, 1_499) : byte } };
        await expect(readAll(log, { afterSeq, unchecked: true })).rejects.toMatchObject(expected);
      }
    },
  );

  it("drops a tail that was cut off, and refuses a segment that is missing", async () => {
    const { log, written, file, bytes } = await prepare();
    fs.writeFileSync(file, bytes.subarray(0, bytes.length - 5));
    const read = await readAll(log, { afterSeq: 1_999, unchecked: true });
    expect(read.records).toEqual(written.slice(1_999, 2_000));
    expect(read.end.droppedBytes).toBeGreaterThan(0);
    fs.writeFileSync(path.join(path.dirname(file), "3.jsonl"), bytes);
    const gap = { code: "log.damaged", damage: { file: expect.stringContaining("2.jsonl") } };
    await expect(readAll(log, { afterSeq: 1_000, unchecked: true })).rejects.toMatchObject(gap);
  });
});
