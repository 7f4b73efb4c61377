/**
 * A recorded run as a fixture: the log of a run that is over, in a folder of its own, with the states that its actors
 * had at the end. `openLogFixture` reads it, `replayRecorded` folds it again; `write-replay-test.ts` makes it.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLogFolder } from "../../actors/control/local-engine.ts";
import { readStreams } from "../../actors/library/run-streams.ts";
import type { KindMap, StreamMap } from "../../actors/library/stream-types.ts";
import { type LogRecord, type LogStore, readRecords } from "../../actors/log/index.ts";
import { runLogics } from "../../actors/run-actors/root.ts";
import { hashMachines } from "../../actors/runtime/machine-hash.ts";
import { type ReplayDifference, replayLog } from "../../actors/runtime/replay.ts";
import { toMachines } from "../../actors/runtime/runtime.ts";
import { checkArgument, checkOptions } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { rowAt } from "../../machines/table.ts";
import { taskAt } from "../../protocol/address.ts";

/** File beside the log's segments with the states at the end. */
export const STATES_FILE = "states.json";

export interface RecordedRun {
  /** The whole log, oldest first. */
  readonly records: readonly LogRecord[];
  /** crc of the last record: a chain over all of them. */
  readonly crc: string;
  /** Value, status, context and output by actor, as they were recorded; null when nobody kept them. */
  readonly states: Readonly<Record<string, unknown>> | null;
  readonly log: LogStore;
}

/**
 * Reads the log in a folder. Rejects with `log.missing` for a folder without one, and as the log does: `log.damaged` for
 * one that was changed, `log.newer`, `log.failed`.
 */
export async function openLogFixture(folder: URL | string): Promise<RecordedRun> {
  if (!(folder instanceof URL)) checkArgument("the folder of openLogFixture", folder, "string");
  const dir = typeof folder === "string" ? folder : fileURLToPath(folder);
  const log = openLogFolder(dir);
  const records = await readRecords(log);
  const last = records.at(-1);
  if (last === undefined) {
    throw new PleachError("log.missing", `there is no log in ${dir}`, {
      hint: "keep the folder with the recorded log beside its test",
      file: dir,
    });
  }
  const file = join(dir, STATES_FILE);
  const states = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : null;
  return { records, crc: last.crc, states, log };
}

/** How a task of a plan ended. */
export interface RecordedTask {
  id: string;
  outcome: string;
  attempts: number;
}

export interface ReplayedRun {
  /** Records that ask for other effects than are recorded, oldest first; the fold ends at one that throws. */
  differences: ReplayDifference[];
  /** Set when there are differences and other machines wrote the log: which, and from which record on. */
  incompatible: string | null;
  /** Value, status, context and output by actor, as JSON has them. */
  states: Record<string, unknown>;
  /** How the plan ended; null for a run of streams of one's own. */
  outcome: string | null;
  /** In the order of the plan. */
  tasks: RecordedTask[];
  /** Tasks whose commits are on the integration branch, in the order in which they landed. */
  landed: string[];
}

/** The streams of a run of one's own, as given to `openRun`; their input is not needed. */
export interface RecordedStreams {
  streams: StreamMap;
  kinds?: KindMap;
}

/**
 * Folds a recorded run again, performing nothing: by the machines of pleach's plans, or, for a run of streams of one's
 * own, by these. Differences are values; rejects with `stream.badName` and `machine.impure`, and as reading a log does.
 */
export async function replayRecorded(
  recorded: Pick<RecordedRun, "log" | "records">,
  own?: RecordedStreams,
): Promise<ReplayedRun> {
  const hint = "give what openLogFixture reads, and the streams of a run of your own as { streams, kinds }";
  checkArgument("the recorded run", recorded, "object", hint);
  const { log, records } = recorded;
  checkArgument("the log of the recorded run", log, "object", hint);
  checkArgument("the list of the recorded run's records", records, "list", hint);
  if (own !== undefined) checkOptions("replayRecorded", own, { streams: "object", kinds: "object?" });
  const machines = toMachines(own === undefined ? runLogics : readStreams(own.streams, own.kinds ?? {}).logics);
  const report = await replayLog(log, machines, { machineHashes: hashMachines(machines) });
  const states = JSON.parse(JSON.stringify(report.states)) as Record<string, unknown>;
  const landings = records.filter(({ actor, type }) => taskAt(actor) !== null && type === "merge.landed");
  const { incompatible } = report;
  return {
    differences: report.differences,
    incompatible: incompatible === null ? null : `from record ${incompatible.seq} on: ${incompatible.why}`,
    states,
    ...readOutcomes(states),
    landed: [...new Set(landings.map(({ actor }) => taskAt(actor) ?? ""))],
  };
}

function readOutcomes(states: Record<string, unknown>): { outcome: string | null; tasks: RecordedTask[] } {
  const { scheduler } = states as { scheduler?: { kind?: string; context: SchedulerContext } };
  if (scheduler?.kind !== "scheduler") return { outcome: null, tasks: [] };
  const { nodes, rows, outcome } = scheduler.context;
  const tasks = nodes.map(({ input: { id } }, index) => {
    const { phase, attempts } = rowAt(rows, index);
    return { id, outcome: phase, attempts };
  });
  return { outcome, tasks };
}
