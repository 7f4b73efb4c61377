/** `pleach pause`, `continue`, `stop`, `skip`: what a person does to tasks while their run goes on, or before it goes on. */
import { readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { planStep, type StepCommand } from "../../actors/host/step-in.ts";
import { PleachError } from "../../errors.ts";
import { askHost, demandYes } from "../command-run.ts";
import { EXIT } from "../exit.ts";
import { recordCommand } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { readTaskNames } from "../task-names.ts";
import { line } from "../words.ts";

export interface StepOptions extends CommonOptions {
  run?: string;
}

/** Resolves with 0 once they are paused. */
export const pause = (names: string[], options: StepOptions & { all?: boolean }): Promise<number> =>
  stepForSeveral("pause", names, options);

/** Resolves with 0 once they may go on. */
export const proceed = (names: string[], options: StepOptions & { all?: boolean }): Promise<number> =>
  stepForSeveral("continue", names, options);

/** Resolves with 0 once the task is told to stop. */
export const stop = (name: string, options: StepOptions): Promise<number> =>
  step([name], options, ([task = ""]) => ({ command: "stop", task }));

/** Resolves with 0 once the task is skipped. */
export const skip = (name: string, options: StepOptions): Promise<number> =>
  step([name], options, ([task = ""]) => ({ command: "skip", task }));

function stepForSeveral(
  command: "pause" | "continue",
  names: string[],
  options: StepOptions & { all?: boolean },
): Promise<number> {
  const isAll = options.all === true;
  if (isAll === names.length > 0) {
    const message = isAll ? "--all is every task: name none besides" : `which task is to ${command}?`;
    throw new PleachError("usage.noTask", message, { hint: `pleach ${command} TASK, or pleach ${command} --all` });
  }
  return step(names, options, (tasks) => ({ command, tasks, ...(isAll ? { all: true as const } : {}) }));
}

async function step(names: string[], options: StepOptions, make: (tasks: string[]) => StepCommand): Promise<number> {
  const wanted = readTaskNames(names, options.run);
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted.run);
  const message = await carryOut(place, folder, make(wanted.tasks));
  if (options.json) printJson({ schema: 1, run: folder.run, ok: true, message });
  else process.stdout.write(`${line(message)}\n`);
  return EXIT.done;
}

/** Tells the host; where there is none, records what is to be and lets go of the run again. */
async function carryOut(place: Place, folder: RunFolder, command: StepCommand): Promise<string> {
  const answer = await askHost(place.engine, folder, command);
  if (answer !== null) return demandYes(answer).message;
  // A refusal must not cost the log an epoch.
  const planned = planStep((await readRun(place.engine, folder)).system, command);
  if ("ok" in planned) demandYes(planned);
  const { message } = demandYes(await recordCommand(place, folder.run, command));
  return `${message}; go on with: pleach resume ${folder.run}`;
}
