/** Opens a log for running: folds what it holds, takes it over by a new epoch, and makes the runtime of it. */

import { PleachError } from "../../errors.ts";
import { HOST } from "../../protocol/address.ts";
import type { LogRecord, RecordDraft } from "../log/port.ts";
import { readEach } from "../log/read-log.ts";
import { Runtime, type RuntimeOptions, toMachines } from "./runtime.ts";
import { ActorSystem, type Applied, StepFailure } from "./system.ts";

/**
 * Folds what the log holds, takes it over by a new epoch, and gives the runtime; `start()` sets it performing.
 * Rejects with `log.damaged`, `log.newer`, `log.incompatible`, `log.taken` or `log.failed`.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const system = new ActorSystem(toMachines(options.logics));
  options.restore?.(system);
  const { afterCrc } = options;
  const fold = (record: LogRecord): void => {
    const applied = applyRecorded(system, record);
    options.check?.(record, applied);
  };
  const end = await readEach(options.log, fold, {
    afterSeq: system.seq,
    ...(afterCrc === undefined ? {} : { afterCrc }),
  });
  options.recovered?.(system, end);
  const time = Math.max(system.time, options.clock.now());
  const seq = end.seq + 1;
  const inherited = system.seq;
  const { root } = options;
  const known = system.actors.get(root.id);
  const again = known === undefined || known.status === "active" ? undefined : root.again?.(system);
  const input = known === undefined ? root.input : again;
  const starts = known === undefined || again !== undefined;
  const begin = (epoch: number): RecordDraft[] => {
    const first = { time, actor: HOST, type: "epoch.started", data: options.epoch(epoch), effects: [], cause: null };
    if (!starts) return [first];
    const incarnation = (known?.incarnation ?? 0) + 1;
    return [first, startRoot(system, { ...root, input }, { incarnation, time, seq: seq + 1 })];
  };
  // What was folded is only this log's end if nobody began an epoch since.
  const writer = await options.log.beginEpoch(begin, { after: end.epoch });
  // The epoch's record was not folded here, but it counts: neither its number nor its time comes again.
  system.seq = (writer.begun.at(-1) as LogRecord).seq;
  system.time = time;
  const runtime = new Runtime(options, system, writer, inherited);
  if (options.committed) {
    runtime.watch(options.committed);
    options.committed(writer.begun);
  }
  await runtime.settleMail();
  return runtime;
}

/** The record that starts the root. It comes with the epoch's, so that no log holds a run that never began. */
function startRoot(
  system: ActorSystem,
  { id: actor, kind, input }: RuntimeOptions["root"],
  { incarnation, ...at }: { incarnation: number; time: number; seq: number },
): RecordDraft {
  const data = JSON.parse(JSON.stringify({ kind, parent: null, incarnation, input }));
  const { refs } = system.apply({ ...at, actor, type: "actor.started", data, cause: null });
  return { time: at.time, actor, type: "actor.started", data, effects: refs, cause: null };
}

/** Folds one record of a log; a step that throws on a recorded event means another program wrote it. */
export function applyRecorded(system: ActorSystem, record: LogRecord): Applied {
  try {
    return system.apply(record);
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    throw new PleachError("log.incompatible", `record ${record.seq} cannot be folded: ${thrown.message}`, {
      hint: "the log was written by another version of the machines; use the program that wrote it",
      cause: thrown,
    });
  }
}
