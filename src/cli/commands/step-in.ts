/** `pleach pause`, `continue`, `stop`, `skip`, `tell`, `takeover`, `giveback`: what a person does to tasks while their run goes on, or before it goes on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { planStep, type StepCommand } from "../../actors/host/step-in.ts";
import { refuseGiveBack } from "../../actors/host/take-over.ts";
import { MAX_TOLD_BYTES, refuseTell } from "../../actors/host/tell-agent.ts";
import type { ActorSystem } from "../../actors/runtime/system.ts";
import { PleachError } from "../../errors.ts";
import type { Refusal, RunCommand, TakenPlace } from "../../protocol/commands.ts";
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

/** Resolves with 0 once the text is on its way, or kept for the agent. `-` reads it from stdin. */
export async function tell(name: string, words: string[], options: StepOptions): Promise<number> {
  const text = words.length === 1 && words[0] === "-" ? await readInput() : words.join(" ");
  return step([name], options, ([task = ""]) => ({ command: "tell", task, text }));
}

/** All of stdin, or a little more than is passed on. */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_TOLD_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Resolves with 0 once the task is in the person's hands; with `open` when the program has ended that was opened there. */
export async function takeover(name: string, options: StepOptions & { open?: boolean }): Promise<number> {
  const { run, tasks } = readTaskNames([name], options.run);
  const place = await findPlace(options.C);
  const folder = await findRun(place, run);
  const [task = ""] = tasks;
  const answer = await askHost(place.engine, folder, { command: "takeover", task });
  if (answer === null) {
    throw new PleachError("step.noHost", `nobody carries on with run ${folder.run}: no agent of it works`, {
      hint: `go on with it first: pleach resume ${folder.run}`,
    });
  }
  const { message, data } = demandYes(answer);
  const taken = data as TakenPlace | undefined;
  if (options.json)
    printJson({ schema: 1, run: folder.run, ok: true, message, ...(taken === undefined ? {} : { taken }) });
  else process.stdout.write(`${line(message)}\n`);
  if (taken === undefined || options.json) return EXIT.done;
  const shell = process.env.SHELL ?? "sh";
  const command = taken.open ?? [shell];
  if (options.open === true) return openThere(taken.path, command);
  const inside = `(cd '${taken.path.replaceAll("'", "'\\''")}' && ${command.join(" ")})`;
  process.stdout.write(`  go on there: ${line(inside)}\n  give it back: pleach giveback ${line(task)}\n`);
  return EXIT.done;
}

/** Runs a program of the person's in the worktree: it is none of pleach's workers, and nothing tells it so. */
async function openThere(cwd: string, [program = "sh", ...args]: readonly string[]): Promise<number> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PLEACH_")));
  const child = spawn(program, args, { cwd, env, stdio: "inherit" });
  // Ctrl-C is for the program that has the terminal.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? EXIT.failed;
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** Resolves with 0 once the task goes on without the person. */
export const giveback = (name: string, options: StepOptions & { discard?: boolean }): Promise<number> =>
  step([name], options, ([task = ""]) => ({
    command: "giveback",
    task,
    ...(options.discard === true ? { discard: true as const } : {}),
  }));

type Told = StepCommand | (RunCommand & { command: "tell" | "giveback" });

/** Why a command comes to nothing as things stand, or null. */
function refuseNow(system: ActorSystem, command: Told): Refusal | null {
  if (command.command === "tell") return refuseTell(system, command);
  if (command.command === "giveback") return refuseGiveBack(system, command);
  const planned = planStep(system, command);
  return "ok" in planned ? planned : null;
}

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

async function step(names: string[], options: StepOptions, make: (tasks: string[]) => Told): Promise<number> {
  const wanted = readTaskNames(names, options.run);
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted.run);
  const message = await carryOut(place, folder, make(wanted.tasks));
  if (options.json) printJson({ schema: 1, run: folder.run, ok: true, message });
  else process.stdout.write(`${line(message)}\n`);
  return EXIT.done;
}

/** Tells the host; where there is none, records what is to be and lets go of the run again. */
async function carryOut(place: Place, folder: RunFolder, command: Told): Promise<string> {
  const answer = await askHost(place.engine, folder, command);
  if (answer !== null) return demandYes(answer).message;
  // A refusal must not cost the log an epoch.
  const refused = refuseNow((await readRun(place.engine, folder)).system, command);
  if (refused !== null) demandYes(refused);
  const { message } = demandYes(await recordCommand(place, folder.run, command));
  return `${message}; go on with: pleach resume ${folder.run}`;
}
