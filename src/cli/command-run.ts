/** Tells a run's host something, whether in this process's world there is one or not. */

import { sendCommand } from "../actors/control/control-socket.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { findLiveHost } from "../actors/host/live-host.ts";
import { PleachError } from "../errors.ts";
import type { CommandAnswer, RunCommand } from "../protocol/commands.ts";

/**
 * Sends a command to the run's living host; resolves with its words, or with null when the run has no host. Throws what
 * the host refuses it with, and `run.busy` when the host does not listen.
 */
export async function tellHost(folder: RunFolder, command: RunCommand): Promise<string | null> {
  const answer = await askHost(folder, command);
  return answer === null ? null : demandYes(answer);
}

/** As `tellHost`, with the host's whole answer, which may be a refusal. */
export async function askHost(folder: RunFolder, command: RunCommand): Promise<CommandAnswer | null> {
  const live = await findLiveHost(folder);
  if (live === null) return null;
  const answer = live.socket === null ? null : await sendCommand(live.socket, command);
  if (answer !== null) return answer;
  // It may have ended between the two looks.
  if ((await findLiveHost(folder)) === null) return null;
  throw new PleachError("run.busy", `run ${folder.run} is held by process ${live.pid}, which takes no commands now`, {
    hint: "it is starting or ending: try again in a moment",
  });
}

/** The words of an answer. Throws a refusal. */
export function demandYes(answer: CommandAnswer): string {
  if (answer.ok) return answer.message;
  const { code, message, hint, file } = answer;
  throw new PleachError(code, message, { hint, ...(file === undefined ? {} : { file }) });
}
