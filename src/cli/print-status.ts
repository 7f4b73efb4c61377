/** A status document in words. */
import { sanitizeLine } from "../actors/process/index.ts";
import type { StatusDocument, TaskStatus } from "../actors/client.ts";
import { summary } from "./report.ts";

const GLYPHS: Record<TaskStatus, string> = {
  pending: "◌",
  ready: "◌",
  running: "●",
  gating: "●",
  queued: "●",
  merged: "✔",
  done: "✔",
  failed: "✖",
  skipped: "✖",
  waiting: "▲",
  cancelled: "✖",
};

export function printStatus(out: NodeJS.WritableStream, status: StatusDocument): void {
  const width = Math.max(4, ...status.tasks.map(({ id }) => id.length));
  out.write(`${sanitizeLine(status.goal)}\n`);
  for (const { id, stream, status: state, attempts, reason } of status.tasks) {
    const again = attempts > 1 ? `  attempt ${attempts}` : "";
    const why = reason ? `  ${sanitizeLine(reason)}` : "";
    out.write(`  ${GLYPHS[state]} ${id.padEnd(width)}  ${state.padEnd(9)} ${stream}${again}${why}\n`);
  }
  for (const warning of status.warnings) out.write(`  ! ${sanitizeLine(warning)}\n`);
  out.write(summary(status));
}
