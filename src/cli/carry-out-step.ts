/** What a person asks for tasks of a run, carried out: by its host, or where there is none, recorded for when it goes on. */
import { readRun } from "../actors/client/attach.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import type { ActorSystem } from "../actors/runtime/system.ts";
import type { CommandAnswer, Refusal, RunCommand } from "../protocol/commands.ts";
import { askHost, demandYes } from "./command-run.ts";
import { recordCommand } from "./host-run.ts";
import type { Place } from "./place.ts";

/** The answer; `refuseNow` says why it comes to nothing as things stand. Throws a refusal. */
export async function carryOutStep(
  place: Place,
  { folder, command }: { folder: RunFolder; command: RunCommand },
  refuseNow: (system: ActorSystem) => Refusal | null | Promise<Refusal | null>,
): Promise<Exclude<CommandAnswer, Refusal>> {
  const answer = await askHost(place.engine, folder, command);
  if (answer !== null) return demandYes(answer);
  // A refusal must not cost the log an epoch.
  const refused = await refuseNow((await readRun(place.engine, folder)).system);
  if (refused !== null) demandYes(refused);
  const told = demandYes(await recordCommand(place, folder.run, command));
  return { ...told, message: `${told.message}; go on with: pleach resume ${folder.run}` };
}
