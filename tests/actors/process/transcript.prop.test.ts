import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Transcript } from "../../../src/actors/process/index.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const dir = makeTempFolder("transcript", "file");

const MARKER = /\n\[pleach: +(\d+) bytes left out here\]\n/;

/** Bytes whose value tells where they stand, without newlines or brackets of the marker. */
function makeBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 0x61 + (index % 26) + (index % 3 === 0 ? -32 : 0)));
}

describe("a transcript of any output in any chunks", () => {
  it("keeps everything up to its bound, beyond it the first half and the newest part, and counts the rest", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 4_096, max: 20_000 }),
        fc.boolean(),
        async (chunks, maxBytes, waits) => {
          const all = makeBytes(chunks.reduce((sum, size) => sum + size, 0));
          const path = join(dir, "t.log");
          const transcript = await Transcript.open(path, maxBytes);
          let at = 0;
          for (const size of chunks) {
            transcript.write(all.subarray(at, at + size));
            at += size;
            if (waits) await new Promise<void>((resolve) => transcript.whenDrained(resolve));
          }
          expect(transcript.tail.equals(all.subarray(-8_192))).toBe(true);
          const summary = await transcript.finish();
          const file = all.length === 0 ? Buffer.alloc(0) : readFileSync(path);
          expect(summary.bytes).toBe(all.length);
          expect(summary.keptBytes).toBe(file.length);
          expect(summary.sha256).toBe(createHash("sha256").update(file).digest("hex"));
          expect(summary.truncated).toBe(all.length > maxBytes);
          expect(file.length).toBeLessThanOrEqual(maxBytes);
          if (!summary.truncated) {
            expect(file.equals(all)).toBe(true);
            return;
          }
          const marker = MARKER.exec(file.toString("latin1"));
          const head = file.subarray(0, marker?.index);
          const rest = file.subarray((marker?.index ?? 0) + (marker?.[0].length ?? 0));
          expect(head.length).toBe(Math.floor(maxBytes / 2));
          expect(rest.length).toBeGreaterThanOrEqual(Math.floor(maxBytes / 4));
          expect(all.subarray(0, head.length).equals(head)).toBe(true);
          expect(all.subarray(all.length - rest.length).equals(rest)).toBe(true);
          expect(head.length + rest.length + Number(marker?.[1])).toBe(all.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});
