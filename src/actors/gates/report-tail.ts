/** The end of a report or transcript of a run: what a failure is known again by, and what the vault learns from. */
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { sanitizeOutput } from "../../terminal-text/index.ts";

const TAIL_BYTES = 8_192;

/** The last 8 kB of a file of the run's own as plain text; "" when it is gone. What a worker put in its place is not read. */
export function readReportTail(path: string): string {
  const read = readUntrustedFileSync(path, { maxBytes: TAIL_BYTES, part: "end" });
  return read.kind === "read" ? sanitizeOutput(read.bytes) : "";
}
