import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { openSnapshots } from "../../../src/actors/log/snapshot.ts";
import { readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";
import { makeTempFolder } from "./temp-folder.ts";

const key = "hash of the machines";

function createSnapshot(seq: number, state: unknown = { seq }) {
  return { seq, crc: "0badcafe", key, state };
}

describe("snapshots", () => {
  it("give back the newest state at or before a number, and keep two", async () => {
    const dir = path.join(makeTempFolder(), "snapshots");
    const snapshots = openSnapshots(dir);
    expect(await snapshots.loadNewest({ key })).toBeNull();
    for (const seq of [5, 9, 20]) await snapshots.save(createSnapshot(seq, { text: "caf\u00e9 \ud800", seq }));
    expect(fs.readdirSync(dir).sort()).toEqual(["20.snap", "9.snap"]);
    expect(await snapshots.loadNewest({ key })).toEqual(createSnapshot(20, { text: "caf\u00e9 \ud800", seq: 20 }));
    expect((await snapshots.loadNewest({ key, atMostSeq: 19 }))?.seq).toBe(9);
    expect(await snapshots.loadNewest({ key, atMostSeq: 8 })).toBeNull();
    expect(await snapshots.loadNewest({ key: "other machines" })).toBeNull();
  });

  it("drop what a killed process was writing", async () => {
    const dir = makeTempFolder();
    fs.writeFileSync(path.join(dir, ".7.99999999.0123456789ab.tmp"), "half");
    await openSnapshots(dir).save(createSnapshot(8));
    expect(fs.readdirSync(dir)).toEqual(["8.snap"]);
  });

  it("drop those of records that are gone when an earlier one is saved", async () => {
    const dir = makeTempFolder();
    const snapshots = openSnapshots(dir);
    for (const seq of [100, 200, 150]) await snapshots.save(createSnapshot(seq));
    expect(fs.readdirSync(dir).sort()).toEqual(["100.snap", "150.snap"]);
  });

  it("are none when cut off or damaged in any byte, and the older one is taken", async () => {
    const dir = makeTempFolder();
    const snapshots = openSnapshots(dir);
    await snapshots.save(createSnapshot(1));
    await snapshots.save(createSnapshot(2));
    const file = path.join(dir, "2.snap");
    const whole = fs.readFileSync(file);
    for (let byte = 0; byte < whole.length; byte++) {
      const damaged = Buffer.from(whole);
      damaged[byte] = (damaged[byte] ?? 0) ^ (1 << (byte % 8));
      fs.writeFileSync(file, damaged);
      expect((await snapshots.loadNewest({ key }))?.seq).toBe(1);
      fs.writeFileSync(file, whole.subarray(0, byte));
      expect((await snapshots.loadNewest({ key }))?.seq).toBe(1);
    }
    fs.renameSync(path.join(dir, "1.snap"), path.join(dir, "2.snap"));
    expect(await snapshots.loadNewest({ key })).toBeNull();
    fs.rmSync(file);
    fs.mkdirSync(file);
    expect(await snapshots.loadNewest({ key })).toBeNull();
  });

  it("are not read on from when the log holds another record than the one they were taken of", async () => {
    const dir = makeTempFolder();
    const log = openFileLog(path.join(dir, "log"));
    await writeEpoch(log, 1);
    const { end } = await readAll(log);
    await openSnapshots(dir).save({ seq: end.seq, crc: end.crc, key, state: {} });
    // Power is lost, the last record with it; another takes its number.
    const segment = path.join(dir, "log", "1.jsonl");
    fs.truncateSync(segment, fs.statSync(segment).size - 1);
    await writeEpoch(log, 3);
    const taken = await openSnapshots(dir).loadNewest({ key });
    expect(taken?.seq).toBe(2);
    const readOn = () => readAll(log, { afterSeq: taken?.seq ?? 0, afterCrc: taken?.crc ?? "" });
    await expect(readOn()).rejects.toMatchObject({ code: "log.otherHistory" });
  });

  it("reject when they cannot be saved, and leave nothing behind", async () => {
    const dir = makeTempFolder();
    fs.mkdirSync(path.join(dir, "3.snap"));
    const failed = { code: "snapshot.failed", file: path.join(dir, "3.snap") };
    await expect(openSnapshots(dir).save(createSnapshot(3))).rejects.toMatchObject(failed);
    expect(fs.readdirSync(dir)).toEqual(["3.snap"]);
    await expect(openSnapshots(path.join(dir, "3.snap", "x")).save(createSnapshot(4, 1n))).rejects.toMatchObject({
      code: "snapshot.failed",
    });
  });
});
