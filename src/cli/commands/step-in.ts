/** `pleach pause`, `continue`, `stop`, `skip`, `tell`, `takeover`, `giveback`: what a person does to tasks while their run goes on, or before it goes on. */
import { MAX_TOLD_BYTES } from "../../actors/host/tell-agent.ts";
import { PleachError } from "../../errors.ts";
import type { TakenPlace } from "../../protocol/commands.ts";
import { typed } from "../../protocol/words.ts";
import { carryOutNow, carryOutStep, type RecordedStep } from "../carry-out-step.ts";
import { EXIT } from "../exit.ts";
import { openProgram } from "../open-program.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun } from "../place.ts";
import { readInput } from "../read-input.ts";
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

/** Resolves with 0 once the text is on its way, or kept for the agent. `-` reads it from stdin. */
export async function tell(name: string, words: string[], options: StepOptions): Promise<number> {
  const text = words.length === 1 && words[0] === "-" ? await readInput(MAX_TOLD_BYTES) : words.join(" ");
  return step([name], options, ([task = ""]) => ({ command: "tell", task, text }));
}

/** Resolves with 0 once the task is in the person's hands; with `open` when the program has ended that was opened there. */
export async function takeover(name: string, options: StepOptions & { open?: boolean }): Promise<number> {
  const { run, tasks } = readTaskNames([name], options.run);
  const place = await findPlace(options.C);
  const folder = await findRun(place, run);
  const [task = ""] = tasks;
  const { message, data } = await carryOutNow(place, folder, { command: "takeover", task });
  const taken = data as TakenPlace | undefined;
  if (options.json)
    printJson({ schema: 1, run: folder.run, ok: true, message, ...(taken === undefined ? {} : { taken }) });
  else process.stdout.write(`${line(message)}\n`);
  if (taken === undefined || options.json) return EXIT.done;
  const shell = process.env.SHELL ?? "sh";
  const command = taken.open ?? [shell];
  if (options.open === true) return openProgram(command, taken.path);
  const inside = `(${typed(["cd", taken.path])} && ${typed(command)})`;
  process.stdout.write(`  go on there: ${line(inside)}\n  give it back: pleach giveback ${line(task)}\n`);
  return EXIT.done;
}

/** Resolves with 0 once the task goes on without the person. */
export const giveback = (name: string, options: StepOptions & { discard?: boolean }): Promise<number> =>
  step([name], options, ([task = ""]) => ({
    command: "giveback",
    task,
    ...(options.discard === true ? { discard: true as const } : {}),
  }));

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

async function step(names: string[], options: StepOptions, make: (tasks: string[]) => RecordedStep): Promise<number> {
  const wanted = readTaskNames(names, options.run);
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted.run);
  const { message } = await carryOutStep(place, folder, make(wanted.tasks));
  if (options.json) printJson({ schema: 1, run: folder.run, ok: true, message });
  else process.stdout.write(`${line(message)}\n`);
  return EXIT.done;
}
