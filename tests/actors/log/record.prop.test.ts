import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryLog, type RecordDraft } from "../../../src/actors/log/index.ts";
import { decodeRecord, encodeRecord, noCrc, readFrame } from "../../../src/actors/log/record.ts";
import { currentFormat } from "../../../src/actors/log/upcast.ts";
import { createEpochDraft, readAll } from "../../../src/testing/conformance/log-drafts.ts";

/** Any UTF-16, lone surrogates included. */
const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
/** What JSON keeps: no -0, and names such as __proto__ only as own properties. */
const json = fc.jsonValue({ stringUnit: "binary" }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const draft: fc.Arbitrary<RecordDraft> = fc.record({
  time: fc.integer(),
  actor: text,
  type: text,
  data: fc.oneof(json, text),
  effects: fc.array(fc.record({ id: text, name: text, hash: text }), { maxLength: 3 }),
  cause: fc.option(text),
});

describe("a record", () => {
  it("is read as it was written, whatever is in it", () => {
    fc.assert(
      fc.property(draft, fc.nat(), (value, seq) => {
        const { record, line } = encodeRecord(value, seq, noCrc, currentFormat);
        const bytes = Buffer.from(line);
        const end = bytes.length - 1;
        expect(bytes.indexOf(0x0a)).toBe(end);
        expect(readFrame(bytes, 0, end)).toEqual({ v: 1, seq, crc: Number.parseInt(record.crc, 16) });
        const decoded = decodeRecord(bytes, 0, end, 1, currentFormat);
        expect(decoded).toEqual(record);
        expect(decoded).toEqual({ v: 1, seq, ...value, crc: record.crc });
        expect(Object.keys(decoded ?? {})).toEqual([
          "v",
          "seq",
          "time",
          "actor",
          "type",
          "data",
          "effects",
          "cause",
          "crc",
        ]);
      }),
    );
  });

  it("has no crc but one of eight lower-case hex digits", () => {
    const value = { time: 1, actor: "a", type: "t", data: null, effects: [], cause: null };
    const { line, record } = encodeRecord(value, 1, noCrc, currentFormat);
    const frameOf = (crc: string) => {
      const bytes = Buffer.from(line.replace(record.crc, crc), "latin1");
      return readFrame(bytes, 0, bytes.length - 1);
    };
    expect(frameOf(record.crc)).not.toBeNull();
    for (const wrong of ["A", "G", "g", "/", ":", "`", "\u00e9"]) {
      expect(frameOf(record.crc.slice(0, 7) + wrong), wrong).toBeNull();
    }
  });

  it("survives a log of any drafts in any groups", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(draft, { maxLength: 4 }), { maxLength: 6 }), async (groups) => {
        const log = createMemoryLog();
        const writer = await log.beginEpoch(createEpochDraft);
        const appends = groups.map((group) => writer.append(group));
        await writer.close();
        expect((await readAll(log)).records).toEqual([...writer.begun, ...appends.flatMap(({ records }) => records)]);
      }),
      { numRuns: 50 },
    );
  });
});
