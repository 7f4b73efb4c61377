/**
 * The host of one run: opens its log as a new epoch, runs its actors, performs their effects, answers commands, and
 * projects what happens. One process a run (RULE-7); screens are clients elsewhere.
 *
 * HOST-1 A run with a living host is refused (`run.live`); a dead one's workers are ended before anything is performed.
 * HOST-2 Commands are answered when what they caused is durable.
 * HOST-3 The host ends when the run is over, waits for a person (unless told to stay), or is interrupted; its workers are
 *    gone by then.
 */

import { mkdirSync, rmSync } from "node:fs";
import { codeOf, PleachError } from "../../errors.ts";
import type { EpochFacts } from "../../protocol/values.ts";
import { controlSocketPath, isListening } from "../control/control-socket.ts";
import { describeSelf, isHostAlive } from "../control/host-lock.ts";
import { type RunFolder, runFolder } from "../control/run-folder.ts";
import { openFileLog, openSnapshots } from "../log/index.ts";
import { emptyMeta, noteRecord, type RunMeta } from "../projections/run-view.ts";
import { rootInput, runLogics } from "../run-actors/root.ts";
import { crashPoints } from "../runtime/crash-points.ts";
import { hashMachines } from "../runtime/machine-hash.ts";
import { openRuntime } from "../runtime/open-runtime.ts";
import { type Performer, systemClock } from "../runtime/ports.ts";
import { createFoldCheck } from "../runtime/replay.ts";
import { type Host, type HostOptions, RunHost } from "./run-host.ts";

export type { Host, HostEnd, HostOptions } from "./run-host.ts";

/** The facts of the newest epoch when its host lives, else null. */
export async function findLiveHost(folder: RunFolder): Promise<EpochFacts | null> {
  const newest = await openFileLog(folder.log).newestEpoch();
  if (newest === null) return null;
  const epoch = newest.data as EpochFacts;
  if (isHostAlive(epoch)) return epoch;
  return epoch.socket !== null && (await isListening(epoch.socket)) ? epoch : null;
}

/**
 * Opens a run and takes it over. Rejects with `run.live`, `run.notFound`, `log.damaged`, `log.newer`,
 * `log.incompatible`, `log.taken`, `log.failed` or an error of git.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  try {
    return await takeOver(options, { usesSnapshot: true });
  } catch (thrown) {
    if (codeOf(thrown) !== "log.otherHistory") throw thrown;
    // A snapshot is only a cache: one of records that the log has lost since is worth nothing.
    return takeOver(options, { usesSnapshot: false });
  }
}

async function takeOver(options: HostOptions, { usesSnapshot }: { usesSnapshot: boolean }): Promise<Host> {
  const { root, run, begin, program } = options;
  const folder = runFolder(root, run);
  const log = openFileLog(folder.log);
  if (!begin && (await log.newestEpoch()) === null) {
    throw new PleachError("run.notFound", `there is no run ${run} in ${root}`, { hint: "pleach list shows the runs" });
  }
  const live = await findLiveHost(folder);
  if (live !== null) {
    throw new PleachError("run.live", `run ${run} is going on in process ${live.pid}`, {
      hint: `watch it with: pleach attach ${run}`,
    });
  }
  makeFolders(folder);
  const machines = hashMachines(
    Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine])),
  );
  const snapshots = openSnapshots(folder.snapshots);
  // The hashes do not see what the machines call; another version of the program folds from the beginning.
  const snapshotKey = [program, ...Object.values(machines)].join();
  const checkFold = createFoldCheck(machines);
  const snapshot = usesSnapshot ? await snapshots.loadNewest({ key: snapshotKey }) : null;
  const saved = snapshot?.state as { system: unknown; meta: RunMeta } | undefined;
  const meta = { ...emptyMeta(), ...saved?.meta };
  const self = describeSelf();
  let socket: string | null = null;
  const performers: Record<string, Performer> = {};
  let droppedBytes = 0;
  const runtime = await openRuntime({
    log,
    logics: runLogics,
    perform: performers,
    clock: systemClock,
    root: { id: "run", kind: "supervisor", input: begin ? rootInput(begin.manifest, begin.options) : undefined },
    restore: (system) => {
      if (saved) system.restore(saved.system);
    },
    ...(snapshot ? { afterCrc: snapshot.crc } : {}),
    check: (record, applied) => {
      checkFold(record, applied);
      noteRecord(meta, record);
    },
    recovered: (system, end) => {
      if (!begin && !system.actors.has("run")) {
        throw new PleachError("run.neverBegan", `run ${run} was cut off before its first record`, {
          hint: "nothing of it is left to go on with: start it again with pleach run",
        });
      }
      droppedBytes = end.droppedBytes;
    },
    epoch: (epoch) => {
      socket = controlSocketPath(folder.path, epoch);
      return { epoch, ...self, socket, program, machines, droppedBytes };
    },
    ...crashPoints(options.env),
  });
  // A host that was killed left its socket behind.
  rmSync(controlSocketPath(folder.path, runtime.epoch - 1), { force: true });
  const host = new RunHost(options, folder, runtime, performers, meta, {
    self,
    socket,
    save: (system, crc) =>
      snapshots.save({ seq: system.seq, crc, key: snapshotKey, state: { system: system.persist(), meta } }),
  });
  if (options.first) host.firstAnswer = await host.command(options.first);
  return host;
}

function makeFolders({ log, out, events, state }: RunFolder): void {
  for (const folder of [log, out, events, state]) mkdirSync(folder, { recursive: true });
}
