/** Tells a run's host something, whether in this process's world there is one or not. */

import { type Engine, findHost } from "../actors/control/engine.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { isStopped } from "../actors/process/process-start.ts";
import { codeOf, PleachError } from "../errors.ts";
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
  const sent = live.socket === null ? null : engine.openChannel(folder).send(live.socket, command);
  const answer = await sent?.catch((thrown: unknown) => {
    throw explainStopped(thrown, live.pid);
  });
  if (answer != null) return answer;
  // It may have ended between the two looks.
  if ((await findHost(engine, folder)) === null) return null;
  throw new PleachError("run.busy", `run ${folder.run} is held by process ${live.pid}, which takes no commands now`, {
    hint: "it is starting or ending: try again in a moment",
  });
}

/** A host that was stopped has the command, and carries it out once it goes on. */
function explainStopped(thrown: unknown, pid: number): unknown {
  if (codeOf(thrown) !== "run.noAnswer" || !isStopped(pid)) return thrown;
  return new PleachError("run.noAnswer", `the host, process ${pid}, is stopped and takes the command when it goes on`, {
    hint: `let it go on: kill -CONT ${pid}`,
    cause: thrown,
  });
}

/** An answer that is no refusal. Throws a refusal. */
export function demandYes(answer: CommandAnswer): Exclude<CommandAnswer, Refusal> {
  if (answer.ok) return answer;
  const { code, message, hint, file } = answer;
  throw new PleachError(code, message, { hint, ...(file === undefined ? {} : { file }) });
}
