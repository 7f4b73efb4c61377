/** Tells a run's host something, whether in this process's world there is one or not. */

import { type Engine, findHost } from "../actors/control/engine.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { PleachError } from "../errors.ts";
import type { CommandAnswer, Refusal, RunCommand } from "../protocol/commands.ts";

/**
 * Sends a command to the run's living host; resolves with its words, or with null when the run has no host. Throws what
 * the host refuses it with, and `run.busy` when the host does not listen.
 */
export async function tellHost(engine: Engine, folder: RunFolder, command: RunCommand): Promise<string | null> {
  const answer = await askHost(engine, folder, command);
  return answer === null ? null : demandYes(answer).message;
}

/** As `tellHost`, with the host's whole answer, which may be a refusal. */
export async function askHost(engine: Engine, folder: RunFolder, command: RunCommand): Promise<CommandAnswer | null> {
  const live = await findHost(engine, folder);
  if (live === null) return null;
  const answer = live.socket === null ? null : await engine.openChannel(folder).send(live.socket, command);
  if (answer !== null) return answer;
  // It may have ended between the two looks.
  if ((await findHost(engine, folder)) === null) return null;
  throw new PleachError("run.busy", `run ${folder.run} is held by process ${live.pid}, which takes no commands now`, {
    hint: "it is starting or ending: try again in a moment",
  });
}

/** An answer that is no refusal. Throws a refusal. */
export function demandYes(answer: CommandAnswer): Exclude<CommandAnswer, Refusal> {
  if (answer.ok) return answer;
  const { code, message, hint, file } = answer;
  throw new PleachError(code, message, { hint, ...(file === undefined ? {} : { file }) });
}
