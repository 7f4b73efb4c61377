/** What is asked of a run before it is gone on with: whether it is over, and what it goes by. */
import { readRun } from "../actors/client/attach.ts";
import { findEndFrom, readModels } from "../actors/client/read-status.ts";
import type { Engine } from "../actors/control/engine.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { manifestOf } from "../actors/projections/run-view.ts";
import type { Occasions } from "../machines/notices/occasions.ts";
import type { Plan } from "../plan/model.ts";
import { isRunOver } from "../protocol/states.ts";
import type { StatusDocument } from "../protocol/status.ts";

export interface EndedRun {
  status: StatusDocument;
  /** When it ended, ms. */
  endedAt: number | null;
  /** What a person is to be told of it. */
  notices: Occasions;
}

/** A run that is over and has no host any more, else null. Rejects as reading the log does. */
export async function readEndedRun(engine: Engine, folder: RunFolder): Promise<EndedRun | null> {
  if ((await engine.openLease(folder).findHolder()) !== null) return null;
  const models = readModels(folder);
  const goesOn = models !== null && !isRunOver(models.status);
  if (goesOn && (await findEndFrom(engine.openLog(folder), models)) === models.seq) return null;
  const reader = await readRun(engine, folder);
  // An outcome is not yet the end: what was still to be cleaned up then is cleaned up by going on.
  const isOver = reader.system.actors.get("run")?.status === "done";
  return isOver ? { status: reader.status(), endedAt: reader.meta.endedAt, notices: reader.meta.notices } : null;
}

/** The plan that a run goes by, as it has grown; null when its log holds none yet. Rejects as reading the log does. */
export async function readPlan(engine: Engine, folder: RunFolder): Promise<Plan | null> {
  return manifestOf((await readRun(engine, folder)).system)?.plan ?? null;
}
