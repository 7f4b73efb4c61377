/**
 * The status of a run for whoever looks once. A run that is over has left it beside its log, so that neither the machines
 * nor XState need to be loaded; any other one is folded.
 */
import { join } from "node:path";
import { isRunOver } from "../../protocol/states.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import type { Engine } from "../control/engine.ts";
import { readProgram } from "../control/program.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { type LogStore, readEach } from "../log/index.ts";
import { readOnFrom } from "./read-on.ts";

const MAX_MODEL_BYTES = 64 * 1024 * 1024;

/** The read models as the host wrote them, when they are all there and of the same record; else null. */
export function readModels({ state }: RunFolder): StatusDocument | null {
  try {
    const read = (name: string): StatusDocument => {
      const file = readUntrustedFileSync(join(state, `${name}.json`), { maxBytes: MAX_MODEL_BYTES });
      return JSON.parse(file.kind === "read" ? file.bytes.toString("utf8") : "");
    };
    const [run, { tasks, ...ofTasks }, { conflicts, ...ofConflicts }, { cost, ...ofCost }] = [
      read("run"),
      read("tasks"),
      read("conflicts"),
      read("budget"),
    ];
    const isOfOne = [ofTasks, ofConflicts, ofCost].every(({ seq }) => seq === run.seq);
    return isOfOne && Array.isArray(tasks) ? { ...run, tasks, conflicts, cost } : null;
  } catch {
    return null;
  }
}

/**
 * The status of a run: as its host left it where that is of the log's last record, else folded. Of a log that is not long every
 * record is checked, whatever the status is taken from. Rejects with `log.damaged`, `log.newer` or `log.incompatible`.
 */
export async function readStatus(engine: Engine, folder: RunFolder): Promise<StatusDocument> {
  const models = readModels(folder);
  if (models !== null && isEnd(models) && (await findEndFrom(engine.openLog(folder), models)) === models.seq) {
    if ((await engine.openLease(folder).findHolder()) === null) return models;
  }
  const { readRun } = await import("./attach.ts");
  return (await readRun(engine, folder)).status();
}

/** Number of the log's last record, which is most likely that of the read models. Rejects as reading the log does. */
export async function findEndFrom(log: LogStore, { seq }: Pick<StatusDocument, "seq">): Promise<number> {
  const from = Number.isSafeInteger(seq) && seq > 0 ? readOnFrom({ seq }) : {};
  return (await readEach(log, () => undefined, from)).seq;
}

/** Whether nothing was to change any more, and this very program said so. */
function isEnd({ status, program, host }: StatusDocument): boolean {
  return isRunOver(status) && !host.alive && program === readProgram();
}
