/**
 * What a person asks for tasks of a run, carried out for the command line and for programs: by the run's host, or where there is
 * none, recorded for when it goes on.
 */
import { readRun } from "../actors/client/attach.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { type EditCommand, planEdit } from "../actors/host/edit-task.ts";
import { planStep, type StepCommand } from "../actors/host/step-in.ts";
import { refuseGiveBack } from "../actors/host/take-over.ts";
import { refuseTell } from "../actors/host/tell-agent.ts";
import type { ActorSystem } from "../actors/runtime/system.ts";
import { PleachError } from "../errors.ts";
import type { CommandAnswer, Refusal, RunCommand } from "../protocol/commands.ts";
import { askHost, demandYes } from "./command-run.ts";
import { recordCommand } from "./host-run.ts";
import type { Place } from "./place.ts";

/** An answer that is no refusal. */
export type Yes = Exclude<CommandAnswer, Refusal>;

/** What can be recorded while nobody carries on with the run. */
export type RecordedStep = StepCommand | EditCommand | (RunCommand & { command: "tell" | "giveback" });

/** The answer. Throws a refusal. */
export async function carryOutStep(place: Place, folder: RunFolder, command: RecordedStep): Promise<Yes> {
  const answer = await askHost(place.engine, folder, command);
  if (answer !== null) return demandYes(answer);
  // A refusal must not cost the log an epoch.
  const refused = await refuseNow(place, (await readRun(place.engine, folder)).system, command);
  if (refused !== null) demandYes(refused);
  const told = demandYes(await recordCommand(place, folder.run, command));
  return { ...told, message: `${told.message}; go on with: pleach resume ${folder.run}` };
}

/** The host's answer to what only a host can do. Throws a refusal, and `step.noHost` where there is none. */
export async function carryOutNow(
  { engine }: Pick<Place, "engine">,
  folder: RunFolder,
  command: RunCommand & { command: "takeover" | "retry" },
): Promise<Yes> {
  const answer = await askHost(engine, folder, command);
  if (answer !== null) return demandYes(answer);
  throw new PleachError("step.noHost", `nobody carries on with run ${folder.run}: no agent of it works`, {
    hint: `go on with it first: pleach resume ${folder.run}`,
  });
}

/** Why a command comes to nothing as things stand, or null. */
async function refuseNow(place: Place, system: ActorSystem, command: RecordedStep): Promise<Refusal | null> {
  switch (command.command) {
    case "tell":
      return refuseTell(system, command);
    case "giveback":
      return refuseGiveBack(system, command);
    case "edit": {
      const planned = await planEdit(system, place, command);
      return "ok" in planned ? planned : null;
    }
    default: {
      const planned = planStep(system, command);
      return "ok" in planned ? planned : null;
    }
  }
}
