/** Whether a run is over, without folding the log of one that plainly is not. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "../actors/client/attach.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { findLiveHost } from "../actors/host/host.ts";
import type { StatusDocument } from "../protocol/client.ts";

/** A run's end and what follows it fits in here by far. */
const TAIL_BYTES = 1024 * 1024;
const END = '"type":"run.finished"';

/** The status of a run that is over and has no host any more, else null. Throws as reading the log does. */
export async function readEndedRun(folder: RunFolder): Promise<StatusDocument | null> {
  if (!readTails(folder.log).some((tail) => tail.includes(END))) return null;
  if ((await findLiveHost(folder)) !== null) return null;
  const reader = await readRun(folder);
  // An outcome is not yet the end: what was still to be cleaned up then is cleaned up by going on.
  return reader.system.actors.get("run")?.status === "done" ? reader.status() : null;
}

function readTails(log: string): string[] {
  return readdirSync(log)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => readTail(join(log, name)));
}

function readTail(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, size - buffer.length)).toString("latin1");
  } finally {
    closeSync(file);
  }
}
