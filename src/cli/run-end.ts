/** Whether a run is over, without folding the log of one that plainly is not. */
import { readRun } from "../actors/client/attach.ts";
import type { Engine } from "../actors/control/engine.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import type { StatusDocument } from "../protocol/status.ts";

/** The status of a run that is over and has no host any more, else null. Rejects as reading the log does. */
export async function readEndedRun(engine: Engine, folder: RunFolder): Promise<StatusDocument | null> {
  if (!(await hasFinished(engine, folder))) return null;
  if ((await engine.openLease(folder).findHolder()) !== null) return null;
  const reader = await readRun(engine, folder);
  // An outcome is not yet the end: what was still to be cleaned up then is cleaned up by going on.
  return reader.system.actors.get("run")?.status === "done" ? reader.status() : null;
}

async function hasFinished(engine: Engine, folder: RunFolder): Promise<boolean> {
  for await (const records of engine.openLog(folder).read()) {
    if (records.some(({ type }) => type === "run.finished")) return true;
  }
  return false;
}
