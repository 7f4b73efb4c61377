/** What every LogStore must do (LOG-1 to LOG-5 of the port), run against the log in files and the one in memory. */
import { describe, expect, it } from "vitest";
import type { LogStore } from "../../../src/actors/log/index.ts";
import type { LogFormat } from "../../../src/actors/log/upcast.ts";
import { createDraft, createEpochDraft, readAll, writeEpoch } from "./drafts.ts";

/** One log under test: stores opened on it, and its bytes, so that a test can damage them. */
export interface LogUnderTest {
  open(format?: LogFormat): LogStore;
  readSegment(segment: number): Buffer;
  writeSegment(segment: number, bytes: Buffer | null): void;
}

/** How much of what could be tried is tried: which bits of every byte are flipped, and at every how many bytes is cut. */
export interface Thoroughness {
  bits: readonly number[];
  cutStep: number;
}

/** Runs the suite. `create` makes an empty log. */
export function describeLogStore(name: string, create: () => LogUnderTest, thoroughness: Thoroughness): void {
  const { bits, cutStep } = thoroughness;
  describe(`${name} keeps the promises of a log`, () => {
    it("is empty before the first epoch", () => {
      const log = create().open();
      expect(readAll(log)).toEqual({ records: [], end: { seq: 0, crc: "00000000", epoch: 0, droppedBytes: 0 } });
      expect(log.newestEpoch()).toBeNull();
      expect(log.verify()).toEqual({ records: 0, ok: true, droppedBytes: 0, damage: null });
    });

    it("numbers and chains records across epochs and gives them back as they were appended", async () => {
      const log = create().open();
      const written = [...(await writeEpoch(log, 3)), ...(await writeEpoch(log, 0)), ...(await writeEpoch(log, 2))];
      const { records, end } = readAll(log);
      expect(records).toEqual(written);
      expect(records.map((record) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(end).toEqual({ seq: 8, crc: written.at(-1)?.crc, epoch: 3, droppedBytes: 0 });
      expect(log.newestEpoch()).toEqual(written[5]);
      expect(log.verify()).toEqual({ records: 8, ok: true, droppedBytes: 0, damage: null });
    });

    it("numbers appends at once in call order and makes them durable together", async () => {
      const log = create().open();
      const writer = await log.beginEpoch(createEpochDraft);
      const appends = [1, 2, 3].map((n) => writer.append([createDraft(n), createDraft(n + 10)]));
      expect(appends.flatMap(({ records }) => records.map((record) => record.seq))).toEqual([2, 3, 4, 5, 6, 7]);
      expect(writer.nextSeq).toBe(8);
      await appends[2]?.durable;
      expect(readAll(log).end.seq).toBe(7);
      await writer.append([]).durable;
      await writer.close();
      await writer.close();
    });

    it("makes what was appended durable when it is closed, and refuses more", async () => {
      const log = create().open();
      const writer = await log.beginEpoch(createEpochDraft);
      writer.append([createDraft(1)]);
      const closed = writer.close();
      await expect(writer.append([createDraft(2)]).durable).rejects.toMatchObject({ code: "log.closed" });
      await closed;
      expect(readAll(log).end.seq).toBe(2);
    });

    it("throws for a draft that is not JSON, and numbers nothing", async () => {
      const log = create().open();
      const writer = await log.beginEpoch(createEpochDraft);
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      for (const bad of [createDraft(1, cycle), createDraft(1, 1n), { ...createDraft(1), time: Number.NaN }]) {
        expect(() => writer.append([createDraft(0), bad])).toThrow(expect.objectContaining({ code: "log.badRecord" }));
      }
      await writer.append([{ ...createDraft(1), data: undefined }]).durable;
      await writer.close();
      expect(readAll(log).records.map((record) => record.data)).toEqual([{ epoch: 1 }, null]);
    });

    it("hands out records after a number, and only of the history that was asked for", async () => {
      const log = create().open();
      const written = [...(await writeEpoch(log, 3)), ...(await writeEpoch(log, 3))];
      expect(readAll(log, { afterSeq: 6, afterCrc: written[5]?.crc ?? "" }).records).toEqual(written.slice(6));
      expect(readAll(log, { afterSeq: 99 })).toMatchObject({ records: [], end: { seq: 8 } });
      const otherHistory = expect.objectContaining({ code: "log.otherHistory" });
      expect(() => readAll(log, { afterSeq: 6, afterCrc: "00000000" })).toThrow(otherHistory);
      expect(() => readAll(log, { afterSeq: 9, afterCrc: "00000000" })).toThrow(otherHistory);
    });

    it("lets one of two writers begin an epoch", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      const results = await Promise.allSettled(
        [1, 2].map(() => test.open().beginEpoch(createEpochDraft, { after: 1 })),
      );
      const lost = results.filter((result) => result.status === "rejected").map((result) => result.reason);
      expect(lost).toEqual([expect.objectContaining({ code: "log.taken" })]);
      for (const result of results) if (result.status === "fulfilled") await result.value.close();
      expect(readAll(test.open()).end).toMatchObject({ seq: 3, epoch: 2 });
    });

    it("touches nothing when another epoch was begun than the one found dead, or when the first record throws", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      await writeEpoch(test.open(), 1);
      const torn = Buffer.concat([test.readSegment(2), Buffer.from('{"v":1,"seq":5')]);
      test.writeSegment(2, torn);
      const taken = test.open().beginEpoch(createEpochDraft, { after: 1 });
      await expect(taken).rejects.toMatchObject({ code: "log.taken" });
      const refused = test.open().beginEpoch(() => {
        throw new Error("refused");
      });
      await expect(refused).rejects.toThrow("refused");
      expect(test.readSegment(2)).toEqual(torn);
    });

    it.each(["", "torn"])("cuts and begins nothing while somebody writes behind what was read (%j)", async (tail) => {
      const test = create();
      await writeEpoch(test.open(), 1);
      test.writeSegment(1, Buffer.concat([test.readSegment(1), Buffer.from(tail)]));
      const grown = Buffer.concat([test.readSegment(1), Buffer.from(" and more")]);
      const taken = test.open().beginEpoch((epoch) => {
        test.writeSegment(1, grown);
        return createEpochDraft(epoch);
      });
      await expect(taken).rejects.toMatchObject({ code: "log.taken" });
      expect(test.readSegment(1)).toEqual(grown);
      expect(readAll(test.open()).end.epoch).toBe(1);
    });

    it("stops a writer whose epoch was taken over", async () => {
      const test = create();
      const writer = await test.open().beginEpoch(createEpochDraft);
      await writer.append([createDraft(1)]).durable;
      const next = await test.open().beginEpoch(createEpochDraft);
      await expect(writer.append([createDraft(2)]).durable).rejects.toMatchObject({ code: "log.failed" });
      await expect(writer.close()).rejects.toMatchObject({ code: "log.failed" });
      await next.append([createDraft(3)]).durable;
      await next.close();
      expect(readAll(test.open()).end).toMatchObject({ seq: 4, epoch: 2, droppedBytes: 0 });
    });

    it("gives exactly the whole records of a log cut at any byte, and goes on from there", {
      timeout: 60_000,
    }, async () => {
      const test = create();
      const written = [...(await writeEpoch(test.open(), 2)), ...(await writeEpoch(test.open(), 1))];
      const whole = test.readSegment(2);
      for (let length = 0; length <= whole.length; length += cutStep) {
        test.writeSegment(2, whole.subarray(0, length));
        test.writeSegment(3, null);
        const newlines = whole.subarray(0, length).filter((byte) => byte === 0x0a).length;
        const droppedBytes = length - (whole.subarray(0, length).lastIndexOf(0x0a) + 1);
        const { records, end } = readAll(test.open());
        expect(records).toEqual(written.slice(0, 3 + newlines));
        expect(end).toMatchObject({ droppedBytes, epoch: newlines === 0 ? 1 : 2 });
        await writeEpoch(test.open(), 0);
        const after = readAll(test.open());
        expect(after.records.slice(0, -1)).toEqual(records);
        expect(after.end).toMatchObject({ droppedBytes: 0, epoch: 3, seq: records.length + 1 });
      }
    });

    it("reports every flipped bit", { timeout: 60_000 }, async () => {
      const test = create();
      const written = [...(await writeEpoch(test.open(), 1)), ...(await writeEpoch(test.open(), 2))];
      for (const segment of [1, 2]) {
        const whole = test.readSegment(segment);
        const lastStart = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
        for (let byte = 0; byte < whole.length; byte++) {
          for (const bit of bits) {
            const flipped = Buffer.from(whole);
            flipped[byte] = (flipped[byte] ?? 0) ^ (1 << bit);
            test.writeSegment(segment, flipped);
            const report = test.open().verify();
            if (segment === 2 && byte >= lastStart) {
              const rest = { records: written.length - 1, droppedBytes: whole.length - lastStart };
              expect(report, `byte ${byte} bit ${bit}`).toEqual({ ok: true, damage: null, ...rest });
            } else {
              expect(report.ok, `segment ${segment} byte ${byte} bit ${bit}`).toBe(false);
              const lineStart = byte === 0 ? 0 : whole.lastIndexOf(0x0a, byte - 1) + 1;
              expect(report.damage).toMatchObject({
                byte: lineStart,
                file: expect.stringContaining(`${segment}.jsonl`),
              });
            }
          }
        }
        test.writeSegment(segment, whole);
      }
      expect(test.open().verify().ok).toBe(true);
    });

    it("refuses a damaged log by file and byte, and cuts nothing", async () => {
      const test = create();
      await writeEpoch(test.open(), 5);
      const bytes = test.readSegment(1);
      const second = bytes.indexOf(0x0a) + 1;
      bytes[second + 9] = 0x20;
      test.writeSegment(1, bytes);
      const damaged = { code: "log.damaged", byte: second, file: expect.stringContaining("1.jsonl") };
      expect(() => readAll(test.open())).toThrow(expect.objectContaining(damaged));
      await expect(test.open().beginEpoch(createEpochDraft)).rejects.toMatchObject(damaged);
      expect(test.readSegment(1)).toEqual(bytes);
    });

    it("finds a segment, or records at a segment's end, missing", async () => {
      const test = create();
      for (let n = 0; n < 3; n++) await writeEpoch(test.open(), 1);
      const second = test.readSegment(2);
      test.writeSegment(2, second.subarray(0, second.indexOf(0x0a) + 1));
      expect(test.open().verify()).toMatchObject({
        ok: false,
        damage: { byte: 0, file: expect.stringContaining("3.jsonl") },
      });
      test.writeSegment(2, second.subarray(0, second.length - 4));
      expect(test.open().verify()).toMatchObject({ ok: false, damage: { file: expect.stringContaining("2.jsonl") } });
      test.writeSegment(2, null);
      expect(test.open().verify()).toMatchObject({
        ok: false,
        damage: { byte: 0, file: expect.stringContaining("2.jsonl") },
      });
    });

    it("finds records missing before a newest segment that holds its epoch record only", async () => {
      const test = create();
      await writeEpoch(test.open(), 2);
      await writeEpoch(test.open(), 0);
      const first = test.readSegment(1);
      test.writeSegment(1, first.subarray(0, first.lastIndexOf(0x0a, first.length - 2) + 1));
      const damage = {
        byte: 0,
        file: expect.stringContaining("2.jsonl"),
        why: expect.stringContaining("record 3 was"),
      };
      expect(test.open().verify()).toMatchObject({ ok: false, damage });
    });

    it("passes over a tail that the chain goes on before, counts it, and cuts it with the next epoch", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      await writeEpoch(test.open(), 1);
      const first = test.readSegment(1);
      test.writeSegment(1, Buffer.concat([first, Buffer.from('{"v":1,"seq":3,"ti')]));
      expect(readAll(test.open()).end).toMatchObject({ seq: 4, droppedBytes: 18 });
      await writeEpoch(test.open(), 0);
      expect(test.readSegment(1)).toEqual(first);
      expect(readAll(test.open()).end).toMatchObject({ seq: 5, droppedBytes: 0 });
    });

    it("takes newest segments without a valid record for bad tails", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      test.writeSegment(2, Buffer.alloc(0));
      test.writeSegment(3, Buffer.alloc(5000));
      expect(test.open().newestEpoch()?.data).toEqual({ epoch: 1 });
      expect(readAll(test.open()).end).toMatchObject({ seq: 2, epoch: 1, droppedBytes: 5000 });
      const writer = await test.open().beginEpoch(createEpochDraft, { after: 1 });
      expect(writer.epoch).toBe(4);
      await writer.close();
      expect(readAll(test.open()).end).toMatchObject({ seq: 3, epoch: 4, droppedBytes: 0 });
    });

    it("takes garbage behind the last record for a bad tail unless a record is in it", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      const whole = test.readSegment(1);
      const garbage = Buffer.from('\u0000\u0000\n{"v":1}\nnonsense\n');
      test.writeSegment(1, Buffer.concat([whole, garbage]));
      expect(test.open().verify()).toMatchObject({ ok: true, droppedBytes: garbage.length });
      test.writeSegment(1, Buffer.concat([whole, garbage, whole.subarray(0, whole.indexOf(0x0a) + 1)]));
      expect(test.open().verify()).toMatchObject({ ok: false, damage: { byte: whole.length } });
    });

    it("names a log of a newer program, and reads that of an older one through upcasters", async () => {
      const test = create();
      const rename = (record: Record<string, unknown>) => ({ ...record, type: `new.${String(record.type)}` });
      const second: LogFormat = { version: 2, upcasters: new Map([[1, rename]]) };
      const third: LogFormat = { version: 3, upcasters: new Map([[1, rename]]) };
      await writeEpoch(test.open(), 0);
      expect(readAll(test.open(second)).records).toMatchObject([{ v: 2, seq: 1, type: "new.epoch.begun" }]);
      expect(test.open(third).verify()).toMatchObject({ ok: false, damage: { byte: 0 } });
      await writeEpoch(test.open(second), 0);
      const newer = expect.objectContaining({ code: "log.newer", hint: expect.stringContaining("Upgrade") });
      expect(() => readAll(test.open())).toThrow(newer);
      expect(() => test.open().verify()).toThrow(newer);
      expect(() => test.open().newestEpoch()).toThrow(newer);
      await expect(test.open().beginEpoch(createEpochDraft)).rejects.toEqual(newer);
    });
  });
}
