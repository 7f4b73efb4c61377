import xterm from "@xterm/headless";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fit } from "../../src/tui/cells.ts";
import { Painter } from "../../src/tui/painter.ts";

const SIZE = { columns: 12, rows: 4 };
const row = fc
  .array(fc.constantFrom("a", "│", "日", "é", " ", "\u001b[31m", "\u001b[0m", "●"), { maxLength: 10 })
  .map((parts) => fit(`${parts.join("")}\u001b[0m`, SIZE.columns));
const frame = fc.array(row, { minLength: SIZE.rows, maxLength: SIZE.rows });

async function show(writes: readonly string[]): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  for (const bytes of writes) await new Promise<void>((done) => terminal.write(`\u001b[?7l${bytes}`, done));
  const { active } = terminal.buffer;
  const rows = Array.from({ length: SIZE.rows }, (_, y) => active.getLine(y)?.translateToString(true).trimEnd() ?? "");
  terminal.dispose();
  return rows;
}

describe("painting only what changed", () => {
  it("shows the same as painting the last frame on an empty screen", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 6 }), async (frames) => {
        const painter = new Painter();
        const last = frames.at(-1) ?? [];
        const shown = await show(frames.map((rows) => painter.paint(rows, SIZE)));
        expect(shown).toEqual(await show([new Painter().paint(last, SIZE)]));
        const plain = last.map((text) => text.replace(/\u001b\[\d*m/g, "").trimEnd());
        expect(shown).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it("puts the cursor right after characters whose width terminals may disagree on", () => {
    expect(new Painter().paint(["│日本│"], { columns: 6, rows: 1 })).toContain("│日本\u001b[6G│");
  });
});
