/** A person's decision: checked against what waits, then recorded. */

import type { ConflictContext } from "../../machines/conflict.ts";
import { conflictActor, parseAddress } from "../../protocol/address.ts";
import type { CommandAnswer } from "../../protocol/commands.ts";
import { conflictStatus } from "../projections/status.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Resolves when the decision is durable, or with why it cannot be made. */
export async function decide(
  runtime: Runtime,
  { conflict, choice }: { conflict: string; choice: string },
): Promise<CommandAnswer> {
  const actor = runtime.system.actors.get(conflictActor(conflict));
  const context = actor?.snapshot.context as ConflictContext | undefined;
  if (!actor || !context) {
    const known = [...runtime.system.actors.values()].filter(
      (each) => each.kind === "conflict" && conflictStatus(each) === "open",
    );
    const names = known.map(({ id }) => parseAddress(id).id).join(", ") || "none";
    return {
      ok: false,
      code: "usage.unknownConflict",
      message: `there is no conflict ${conflict}`,
      hint: `open conflicts: ${names}`,
    };
  }
  if (conflictStatus(actor) !== "open") {
    const message =
      context.choice === null
        ? `conflict ${conflict} ended with its task, undecided`
        : `conflict ${conflict} was decided before: ${context.choice}`;
    return { ok: false, code: "usage.decidedBefore", message, hint: "nothing is left to decide here" };
  }
  if (!context.choices.some(({ name }) => name === choice)) {
    const choices = context.choices.map(({ name }) => name).join(", ");
    return {
      ok: false,
      code: "usage.unknownChoice",
      message: `${choice} is no choice of ${conflict}`,
      hint: `choose one of: ${choices}`,
    };
  }
  await sendLetter(runtime, {
    to: conflictActor(conflict),
    event: { type: "decision.made", choice, by: "a person" },
  });
  return { ok: true, message: `${conflict}: ${choice}` };
}
