/** Answers the questions of a run that nobody attends, by the table of unattended answers; each answer is recorded. */
import { type ConflictContext, isOffered } from "../../machines/conflict.ts";
import { parseAddress } from "../../protocol/address.ts";
import { answerUnattended } from "../../protocol/unattended.ts";
import { UNATTENDED } from "../../protocol/values.ts";
import { conflictStatus } from "../projections/status.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { decide } from "./decide.ts";

export class UnattendedAnswers {
  readonly #runtime: Runtime;
  readonly #answered = new Set<string>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Answers what is open; what was answered before is not looked at again. */
  look(): void {
    for (const actor of this.#runtime.system.actors.values()) {
      if (actor.kind !== "conflict" || conflictStatus(actor) !== "open") continue;
      const key = `${actor.id} ${actor.incarnation}`;
      const context = actor.snapshot.context as ConflictContext;
      const choice = answerUnattended(context, this.#countBefore(context));
      if (this.#answered.has(key) || !isOffered(context.choices, choice)) continue;
      this.#answered.add(key);
      const decision = { conflict: parseAddress(actor.id).id, choice, by: UNATTENDED };
      // A host that stops meanwhile is asked again when the run goes on.
      void decide(this.#runtime, decision).catch(() => this.#answered.delete(key));
    }
  }

  #countBefore({ task, question }: ConflictContext): number {
    return [...this.#runtime.system.actors.values()].filter(({ kind, snapshot }) => {
      const other = snapshot.context as ConflictContext;
      return kind === "conflict" && other.task === task && other.question === question && other.by === UNATTENDED;
    }).length;
  }
}
