import { describe, expect, it } from "vitest";
import { createMemoryLog, verifyLog } from "../../../src/actors/log/index.ts";
import { createLogStore } from "../../../src/actors/log/store.ts";
import { createDraft, createEpochDraft, readAll } from "../../../src/testing/conformance/log-drafts.ts";
import { listLogStoreCases } from "../../../src/testing/conformance/log-store.ts";
import { describeCases } from "../../helpers/describe-cases.ts";
import { describeSegments } from "./segments.ts";

describeCases(
  "the log in memory",
  listLogStoreCases(() => {
    const log = createMemoryLog();
    return { open: () => log };
  }),
);
describeSegments(
  "the log in memory",
  () => {
    const log = createMemoryLog();
    return {
      open: (format) => (format === undefined ? log : createLogStore(log.medium, { format })),
      readSegment: log.readSegment,
      writeSegment: log.writeSegment,
    };
  },
  { bits: [0, 1, 2, 3, 4, 5, 6, 7], cutStep: 1 },
);

describe("the faults of a log in memory", () => {
  it("shares one write and one sync among the appends of many producers", async () => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    const produce = async () => {
      for (let n = 0; n < 10; n++) await writer.append([createDraft(n)]).durable;
    };
    await Promise.all(Array.from({ length: 64 }, produce));
    expect((await readAll(log)).end.seq).toBe(641);
    expect(log.counts).toEqual({ writes: 10, syncs: 10 });
  });

  it("puts what gathered during a sync and what its end woke into one group", async () => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    const release = log.holdSyncs();
    const first = writer.append([createDraft(1)]).durable;
    while (log.readSegment(1).filter((byte) => byte === 0x0a).length < 2) await new Promise(setImmediate);
    const second = writer.append([createDraft(2)]).durable;
    release();
    await first;
    await writer.append([createDraft(3)]).durable;
    await second;
    expect(log.counts).toEqual({ writes: 2, syncs: 2 });
  });

  it("keeps what is durable in a crash, loses the rest, and can be begun again", async () => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    await writer.append([createDraft(1)]).durable;
    const release = log.holdSyncs();
    const lost = writer.append([createDraft(2), createDraft(3)]).durable;
    while (log.readSegment(1).filter((byte) => byte === 0x0a).length < 4) await new Promise(setImmediate);
    log.crash({ keepBytes: 20 });
    release();
    await expect(lost).rejects.toMatchObject({ code: "log.failed" });
    expect((await readAll(log)).end).toMatchObject({ seq: 2, droppedBytes: 20 });
    const next = await log.beginEpoch(createEpochDraft);
    await next.append([createDraft(4)]).durable;
    expect((await readAll(log)).end).toMatchObject({ seq: 4, epoch: 2, droppedBytes: 0 });
  });

  it("makes durable with the next epoch what a killed writer had written: the power may fail after that", async () => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    log.holdSyncs();
    writer.append([createDraft(1)]);
    while (log.readSegment(1).filter((byte) => byte === 0x0a).length < 2) await new Promise(setImmediate);
    log.kill();
    const next = await log.beginEpoch(createEpochDraft);
    await next.append([createDraft(2)]).durable;
    log.crash();
    expect(await verifyLog(log)).toEqual({ records: 4, ok: true, droppedBytes: 0, damage: null });
  });

  it.each(["write", "sync"] as const)("writes nothing more after a failed %s", async (step) => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    log.failNext(step);
    const failed = { code: "log.failed", hint: expect.stringContaining("disk is full") };
    const first = writer.append([createDraft(1)]);
    await expect(first.durable).rejects.toMatchObject(failed);
    const stored = log.readSegment(1);
    await expect(writer.append([createDraft(2)]).durable).rejects.toMatchObject(failed);
    await expect(writer.close()).rejects.toMatchObject(failed);
    expect(log.readSegment(1)).toEqual(stored);
  });

  it("rejects what gathered while a write failed, too", async () => {
    const log = createMemoryLog();
    const writer = await log.beginEpoch(createEpochDraft);
    const release = log.holdSyncs();
    const first = writer.append([createDraft(1)]).durable;
    while (log.readSegment(1).filter((byte) => byte === 0x0a).length < 2) await new Promise(setImmediate);
    const second = writer.append([createDraft(2)]).durable;
    log.failNext("sync", "EIO");
    release();
    await expect(first).rejects.toMatchObject({ code: "log.failed", hint: expect.stringContaining("disk reported") });
    await expect(second).rejects.toMatchObject({ code: "log.failed" });
    expect(log.readSegment(1).filter((byte) => byte === 0x0a).length).toBe(2);
  });
});
