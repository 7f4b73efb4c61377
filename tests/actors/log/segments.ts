/**
 * What a log that is kept in segments of bytes must do (LOG-5 of the port, and SCAN-1 to SCAN-3) when they are cut, damaged or
 * grow: run against the log in files and the one in memory. What every LogStore must do is in the suite of the port.
 */
import { describe, expect, it } from "vitest";
import { type LogStore, verifyLog } from "../../../src/actors/log/index.ts";
import type { LogFormat } from "../../../src/actors/log/upcast.ts";
import { createEpochDraft, readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";

/** One log under test: stores opened on it, and its bytes, so that a test can damage them. */
export interface SegmentsUnderTest {
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
export function describeSegments(name: string, create: () => SegmentsUnderTest, thoroughness: Thoroughness): void {
  const { bits, cutStep } = thoroughness;
  describe(`${name}, when its bytes are cut or damaged,`, () => {
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
      expect((await readAll(test.open())).end.epoch).toBe(1);
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
        const { records, end } = await readAll(test.open());
        expect(records).toEqual(written.slice(0, 3 + newlines));
        expect(end).toMatchObject({ droppedBytes, epoch: newlines === 0 ? 1 : 2 });
        await writeEpoch(test.open(), 0);
        const after = await readAll(test.open());
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
            const report = await verifyLog(test.open());
            if (segment === 2 && byte >= lastStart) {
              const rest = { records: written.length - 1, droppedBytes: whole.length - lastStart };
              expect(report, `byte ${byte} bit ${bit}`).toEqual({
                ...{ ok: true, damage: null, ...rest },
                dropped: expect.any(String),
              });
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
      expect((await verifyLog(test.open())).ok).toBe(true);
    });

    it("refuses a damaged log by file and byte, and cuts nothing", async () => {
      const test = create();
      await writeEpoch(test.open(), 5);
      const bytes = test.readSegment(1);
      const second = bytes.indexOf(0x0a) + 1;
      bytes[second + 9] = 0x20;
      test.writeSegment(1, bytes);
      const damaged = { code: "log.damaged", byte: second, file: expect.stringContaining("1.jsonl") };
      await expect(readAll(test.open())).rejects.toEqual(expect.objectContaining(damaged));
      await expect(test.open().beginEpoch(createEpochDraft)).rejects.toMatchObject(damaged);
      expect(test.readSegment(1)).toEqual(bytes);
    });

    it("finds a segment, or records at a segment's end, missing", async () => {
      const test = create();
      for (let n = 0; n < 3; n++) await writeEpoch(test.open(), 1);
      const second = test.readSegment(2);
      test.writeSegment(2, second.subarray(0, second.indexOf(0x0a) + 1));
      expect(await verifyLog(test.open())).toMatchObject({
        ok: false,
        damage: { byte: 0, file: expect.stringContaining("3.jsonl") },
      });
      test.writeSegment(2, second.subarray(0, second.length - 4));
      expect(await verifyLog(test.open())).toMatchObject({
        ok: false,
        damage: { file: expect.stringContaining("2.jsonl") },
      });
      test.writeSegment(2, null);
      expect(await verifyLog(test.open())).toMatchObject({
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
      expect(await verifyLog(test.open())).toMatchObject({ ok: false, damage });
    });

    it("passes over a tail that the chain goes on before, counts it, and cuts it with the next epoch", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      await writeEpoch(test.open(), 1);
      const first = test.readSegment(1);
      test.writeSegment(1, Buffer.concat([first, Buffer.from('{"v":1,"seq":3,"ti')]));
      expect((await readAll(test.open())).end).toMatchObject({ seq: 4, droppedBytes: 18 });
      await writeEpoch(test.open(), 0);
      expect(test.readSegment(1)).toEqual(first);
      expect((await readAll(test.open())).end).toMatchObject({ seq: 5, droppedBytes: 0 });
    });

    it("takes newest segments without a valid record for bad tails", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      test.writeSegment(2, Buffer.alloc(0));
      test.writeSegment(3, Buffer.alloc(5000));
      expect((await test.open().newestEpoch())?.data).toEqual({ epoch: 1 });
      expect((await readAll(test.open())).end).toMatchObject({ seq: 2, epoch: 1, droppedBytes: 5000 });
      const writer = await test.open().beginEpoch(createEpochDraft, { after: 1 });
      expect(writer.epoch).toBe(4);
      await writer.close();
      expect((await readAll(test.open())).end).toMatchObject({ seq: 3, epoch: 4, droppedBytes: 0 });
    });

    it("takes garbage behind the last record for a bad tail unless a record is in it", async () => {
      const test = create();
      await writeEpoch(test.open(), 1);
      const whole = test.readSegment(1);
      const garbage = Buffer.from('\u0000\u0000\n{"v":1}\nnonsense\n');
      test.writeSegment(1, Buffer.concat([whole, garbage]));
      expect(await verifyLog(test.open())).toMatchObject({ ok: true, droppedBytes: garbage.length });
      test.writeSegment(1, Buffer.concat([whole, garbage, whole.subarray(0, whole.indexOf(0x0a) + 1)]));
      expect(await verifyLog(test.open())).toMatchObject({ ok: false, damage: { byte: whole.length } });
    });

    it("names a log of a newer program, and reads that of an older one through upcasters", async () => {
      const test = create();
      const rename = (record: Record<string, unknown>) => ({ ...record, type: `new.${String(record.type)}` });
      const second: LogFormat = { version: 2, upcasters: new Map([[1, rename]]) };
      const third: LogFormat = { version: 3, upcasters: new Map([[1, rename]]) };
      await writeEpoch(test.open(), 0);
      expect((await readAll(test.open(second))).records).toMatchObject([{ v: 2, seq: 1, type: "new.epoch.begun" }]);
      expect(await verifyLog(test.open(third))).toMatchObject({ ok: false, damage: { byte: 0 } });
      await writeEpoch(test.open(second), 0);
      const newer = expect.objectContaining({ code: "log.newer", hint: expect.stringContaining("Upgrade") });
      await expect(readAll(test.open())).rejects.toEqual(newer);
      await expect(verifyLog(test.open())).rejects.toEqual(newer);
      await expect(test.open().newestEpoch()).rejects.toEqual(newer);
      await expect(test.open().beginEpoch(createEpochDraft)).rejects.toEqual(newer);
    });
  });
}
