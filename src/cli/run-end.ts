/** Whether a run is over, without folding the log of one that plainly is not. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "../actors/client/attach.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { findLiveHost } from "../actors/host/live-host.ts";
import type { StatusDocument } from "../protocol/status.ts";
import { readUntrustedFileSync } from "../safe-files/index.ts";

/** A run's end and what follows it fits in here by far. */
const TAIL_BYTES = 1024 * 1024;
const END = '"type":"run.finished"';

/** The status of a run that is over and has no host any more, else null. Throws as reading the log does. */
export async function readEndedRun(folder: RunFolder): Promise<StatusDocument | null> {
  if (!segmentsOf(folder.log).some(mayHoldEnd)) return null;
  if ((await findLiveHost(folder)) !== null) return null;
  const reader = readRun(folder);
  // An outcome is not yet the end: what was still to be cleaned up then is cleaned up by going on.
  return reader.system.actors.get("run")?.status === "done" ? reader.status() : null;
}

function segmentsOf(log: string): string[] {
  return readdirSync(log)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(log, name));
}

/** What cannot be read may hold anything: reading the log tells what is wrong with it. */
function mayHoldEnd(segment: string): boolean {
  const tail = readUntrustedFileSync(segment, { maxBytes: TAIL_BYTES, part: "end" });
  return tail.kind !== "read" || tail.bytes.includes(END);
}
