/** Whether a run has a living host, for those who need no more of hosts than that. */

import type { EpochFacts } from "../../protocol/values.ts";
import { isListening } from "../control/control-socket.ts";
import { isHostAlive } from "../control/host-lock.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { openFileLog } from "../log/index.ts";

/** The facts of the newest epoch when its host lives, else null. */
export async function findLiveHost(folder: RunFolder): Promise<EpochFacts | null> {
  const newest = openFileLog(folder.log).newestEpoch();
  if (newest === null) return null;
  const epoch = newest.data as EpochFacts;
  if (isHostAlive(epoch)) return epoch;
  return epoch.socket !== null && (await isListening(epoch.socket)) ? epoch : null;
}
