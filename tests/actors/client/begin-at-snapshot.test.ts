/** Readers begin at the newest snapshot that this program left, and read the whole log where there is none that is of use. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { attachRun, RunReader, readRun } from "../../../src/actors/client/attach.ts";
import { readOnFrom } from "../../../src/actors/client/read-on.ts";
import { replayRun } from "../../../src/actors/client/replay-run.ts";
import { toSnapshotKey } from "../../../src/actors/control/hosted-log.ts";
import { localEngine } from "../../../src/actors/control/local-engine.ts";
import { readProgram } from "../../../src/actors/control/program.ts";
import { type RunFolder, runFolder } from "../../../src/actors/control/run-folder.ts";
import { type LogRecord, readRecords } from "../../../src/actors/log/index.ts";
import type { Snapshot } from "../../../src/actors/log/snapshot.ts";
import { runLogics } from "../../../src/actors/run-actors/root.ts";
import { hashMachines } from "../../../src/actors/runtime/machine-hash.ts";
import { toMachines } from "../../../src/actors/runtime/runtime.ts";
import { DEAD_LETTERS } from "../../../src/protocol/address.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const LOG = fileURLToPath(new URL("../../fixtures/logs/v1-plan-run/log", import.meta.url));
const MARK = "from the snapshot";
const machines = hashMachines(toMachines(runLogics));

let folder: RunFolder;
let records: LogRecord[];
beforeEach(async () => {
  folder = runFolder(makeTempFolder("a reader", "test"), "v1-plan-run");
  cpSync(LOG, join(folder.path, "log"), { recursive: true });
  records = await readRecords(localEngine.openLog(folder));
});

/** Keeps the state of some record as a host of this program does, with a mark by which it is known. */
async function keep(seq: number, change: Partial<Snapshot> = {}): Promise<void> {
  const reader = new RunReader();
  reader.read(records.slice(0, seq));
  const state = { system: reader.system.persist(), kept: { ...reader.meta, warnings: [MARK] } };
  const { crc } = records[seq - 1] as LogRecord;
  const snapshot = { seq, crc, key: toSnapshotKey(readProgram(), machines), state, ...change };
  await localEngine.openSnapshots(folder)?.save(snapshot);
}

/** The run as all of its records say. */
function readWhole(): RunReader {
  const reader = new RunReader();
  reader.read(records);
  return reader;
}

const isMarked = async (): Promise<boolean> =>
  (await readRun(localEngine, folder)).status().warnings.includes(MARK) === true;

/** Appends records that move no actor, until the log has so many. */
async function lengthen(count: number): Promise<void> {
  const log = localEngine.openLog(folder);
  const [first] = records as [LogRecord];
  const writer = await log.beginEpoch((epoch) => ({ ...first, data: { ...(first.data as object), epoch } }));
  const draft = { time: first.time, actor: DEAD_LETTERS, type: "letter.dropped", data: {}, effects: [], cause: null };
  await writer.append(Array.from({ length: count - records.length - 1 }, () => draft)).durable;
  await writer.close();
  records = await readRecords(log);
}

describe("a run that is read", () => {
  it("is the same from a snapshot as from its first record, wherever that was taken", async () => {
    const whole = readWhole();
    for (const seq of [1, 2, 10, records.length - 1, records.length]) {
      await keep(seq);
      const reader = await readRun(localEngine, folder);
      expect(reader.meta.warnings, `from record ${seq}`).toContain(MARK);
      expect({ ...reader.status(), warnings: [] }).toEqual({ ...whole.status(), warnings: [] });
      rmSync(join(folder.path, "snapshots"), { recursive: true });
    }
    expect(await isMarked()).toBe(false);
  });

  it.each<[string, Partial<Snapshot>]>([
    ["was taken by another program", { key: toSnapshotKey("pleach 0.0.0", machines) }],
    ["was taken by other machines", { key: toSnapshotKey(readProgram(), { ...machines, task: "0123456789abcdef" }) }],
    ["is of another history", { crc: "0badcafe" }],
    ["is of a record that the log does not hold", { seq: 100_000 }],
    ["holds no state", { state: null }],
  ])("is read whole where the snapshot %s", async (_why, change) => {
    await keep(10, change);
    const reader = await readRun(localEngine, folder);
    expect(reader.status()).toEqual(readWhole().status());
    expect((await attachAndClose()).length).toBe(readWhole().events.length);
  });

  it("is read whole where the snapshot is damaged", async () => {
    await keep(10);
    const snapshots = join(folder.path, "snapshots");
    const [name = ""] = readdirSync(snapshots);
    const bytes = readFileSync(join(snapshots, name));
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    writeFileSync(join(snapshots, name), bytes);
    expect((await readRun(localEngine, folder)).status()).toEqual(readWhole().status());
  });

  it("tells a screen what happened before the snapshot, too", async () => {
    await keep(records.length);
    const client = await attachRun(localEngine, folder);
    try {
      expect(client.status().warnings).toContain(MARK);
      expect(client.events()).toEqual(readWhole().events);
    } finally {
      await client.close();
    }
  });
});

async function attachAndClose(): Promise<readonly unknown[]> {
  const client = await attachRun(localEngine, folder);
  await client.close();
  return client.events();
}

describe("what is passed over", () => {
  it("is verified in a log that is not long, so that damage is told", () => {
    expect(readOnFrom({ seq: 100_000, crc: "00000000" })).toMatchObject({ afterCrc: "00000000", unchecked: false });
    expect(readOnFrom({ seq: 100_001 })).toEqual({ afterSeq: 100_001, unchecked: true });
  });
});

describe("a replay", () => {
  it("folds a short log from its first record, and a long one from a snapshot unless it is to be verified", async () => {
    await keep(records.length);
    const whole = await replayRun(localEngine, folder);
    expect(whole).toMatchObject({ since: 0, seq: records.length, verified: true });
    await lengthen(6_000);
    await keep(5_500);
    const { hash } = await replayRun(localEngine, folder, { verify: true });
    expect(await replayRun(localEngine, folder)).toMatchObject({ since: 5_500, seq: 6_000, verified: true, hash });
    expect(await replayRun(localEngine, folder, { verify: true })).toMatchObject({ since: 0, verified: true });
    expect(await replayRun(localEngine, folder, { until: 5_499 })).toMatchObject({ since: 0, seq: 5_499 });
    expect(await replayRun(localEngine, folder, { until: 5_700 })).toMatchObject({ since: 5_500, seq: 5_700 });
    await keep(5_500, { crc: "0badcafe" });
    expect(await replayRun(localEngine, folder)).toMatchObject({ since: 0, seq: 6_000, hash });
  });
});
