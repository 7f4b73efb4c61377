/** The end of a report or transcript of a run: what a failure is known again by, and what the vault learns from. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

const TAIL_BYTES = 8_192;

/** The last 8 kB of a file of the run's own as text; "" when it is gone. A link is not followed. */
export function readReportTail(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, size - buffer.length)).toString("utf8");
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
