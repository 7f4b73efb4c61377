/**
 * The host of one run: opens its log as a new epoch, runs its actors, performs their effects, answers commands, and
 * projects what happens. One process a run (RULE-7); screens are clients elsewhere.
 *
 * HOST-1 A run with a living host is refused (`run.live`); a dead one's workers are ended before anything is performed.
 * HOST-2 Commands are answered when what they caused is durable.
 * HOST-3 The host ends when the run is over, waits for a person (unless told to stay), or is interrupted; its workers are
 *    gone by then. One that was opened for another purpose ends when that is done.
 */

import { chmodSync, mkdirSync } from "node:fs";
import { PleachError } from "../../errors.ts";
import { HostedLog, type HostedState } from "../control/hosted-log.ts";
import { type RunFolder, refuseLinkedFolders, runFolder } from "../control/run-folder.ts";
import { emptyMeta, noteRecord, type RunMeta } from "../projections/run-view.ts";
import { reopenInput } from "../run-actors/reopen-root.ts";
import { rootInput, runLogics } from "../run-actors/root.ts";
import { crashPoints } from "../runtime/crash-points.ts";
import { type Performer, systemClock } from "../runtime/ports.ts";
import type { HostOptions } from "./host-options.ts";
import type { Host } from "./host-port.ts";
import { RunHost } from "./run-host.ts";

export type { HostOptions } from "./host-options.ts";
export type { Host, HostEnd } from "./host-port.ts";

/**
 * Opens a run and takes it over. Rejects with `run.live`, `run.notFound`, `run.neverBegan`, `log.damaged`, `log.newer`,
 * `log.incompatible`, `log.taken`, `log.failed` or an error of git.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const { root, run, begin, retry, program, engine, purpose, clock = systemClock } = options;
  const folder = runFolder(root, run);
  const log = engine.openLog(folder);
  if (!begin && (await log.newestEpoch()) === null) {
    throw new PleachError("run.notFound", `there is no run ${run} in ${root}`, { hint: "pleach list shows the runs" });
  }
  const channel = engine.openChannel(folder);
  const meta = emptyMeta();
  const performers: Record<string, Performer> = {};
  let droppedBytes = 0;
  const state: HostedState = {
    reset: (kept) => {
      Object.assign(meta, emptyMeta(), kept as RunMeta | undefined);
    },
    recover: (record) => noteRecord(meta, record),
    ready: (system, end) => {
      if (!begin && !system.actors.has("run")) {
        throw new PleachError("run.neverBegan", `run ${run} was cut off before its first record`, {
          hint: "nothing of it is left to go on with: start it again with pleach run",
        });
      }
      droppedBytes = end.droppedBytes;
    },
    save: () => {
      const { system } = hosted.runtime;
      // The actors may be ahead of the disk.
      return system.seq === hosted.seq ? { system: system.persist(), kept: meta } : null;
    },
  };
  refuseLinkedFolders(folder.path);
  const hosted: HostedLog = await HostedLog.open({
    log,
    lease: engine.openLease(folder),
    snapshots: engine.openSnapshots(folder),
    program,
    logics: runLogics,
    perform: performers,
    clock,
    root: {
      id: "run",
      kind: "supervisor",
      input: begin ? rootInput(begin.manifest, begin.options) : undefined,
      ...(retry === undefined ? {} : { again: (system) => reopenInput(system, retry) }),
    },
    // Whoever only writes something down may be a program that lives on.
    saysClosed: purpose === "record",
    describeEpoch: (epoch) => ({
      // Opened for another purpose, it takes no commands.
      socket: purpose === undefined ? channel.addressOf(epoch) : null,
      droppedBytes,
      ...(purpose === undefined ? {} : { purpose }),
    }),
    state,
    toLiveError: ({ pid }) =>
      new PleachError("run.live", `run ${run} is going on in process ${pid}`, {
        hint: `watch it with: pleach attach ${run}`,
      }),
    ...crashPoints(options.env),
  });
  makeFolders(folder);
  // A host that was killed may have left something where it took commands.
  await channel.discard(channel.addressOf(hosted.runtime.epoch - 1));
  const host = new RunHost(options, { folder, hosted, channel, performers, meta });
  if (options.first) host.firstAnswer = await host.command(options.first);
  return host;
}

/** Nobody else reads what a run says, whatever the umask; also of one that an older program began. */
function makeFolders({ path, out, events, state }: RunFolder): void {
  for (const folder of [out, events, state]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const folder of [path, out, events, state]) chmodSync(folder, 0o700);
}
