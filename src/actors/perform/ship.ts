/**
 * Ships a run: the gates of that stage are run on the very commit that the user's branch is about to get, then the branch
 * moves. Told as facts of the run: what began, and how it ended.
 *
 * SHIP-1 The branch moves only to a commit whose tree passed every required gate of the stage `ship`.
 * SHIP-2 Whatever fails leaves branch and checkout as they were, and is told.
 * SHIP-3 A ship whose end nobody heard of may be asked for again: a branch that holds the result is told as shipped.
 */
import { PleachError } from "../../errors.ts";
import { type CommandAnswer, type Shipped, toRefusal } from "../../protocol/commands.ts";
import type { Told } from "../../protocol/events.ts";
import { isRunOver, type StatusDocument } from "../../protocol/status.ts";
import { firstRed, type GateOutcome } from "../../protocol/values.ts";
import { type ShipOutcome, shipBranch } from "../git/index.ts";
import { checkCommit } from "./check-commit.ts";
import { type CheckContext, repositoryOf, sweepWorkers } from "./run-context.ts";
import { removeGateWorktree, SHIP_WORKTREE } from "./worktrees.ts";

export type ShipFact = Told<"ship.started" | "ship.finished" | "ship.failed">;

export interface ShipOrder {
  /** Null: the branch that the run started from. */
  into: string | null;
  /** Resolves with the fact's number once it is durable. */
  record: (fact: ShipFact) => Promise<number>;
  signal: AbortSignal;
}

/** Why a run that stands so is not shipped; null when it may be. `unfinished`: what is merged so far is good enough. */
export function refuseShip(
  { run, status, branch }: Pick<StatusDocument, "run" | "status" | "branch">,
  unfinished: boolean,
): PleachError | null {
  if (branch === null) {
    return new PleachError(
      "run.noBranch",
      `run ${run} has no branch to ship: it worked in the folder itself (isolation: none)`,
      { hint: "its changes are in your files already" },
    );
  }
  if (isRunOver(status) || unfinished) return null;
  return new PleachError("run.notOver", `run ${run} is not over: it is ${status}`, {
    hint: `finish it first (pleach resume ${run}), or ship what is merged so far with --yes`,
  });
}

/** Ships. Rejects only when a fact cannot be recorded. */
export async function ship(run: CheckContext, { into: wanted, record, signal }: ShipOrder): Promise<CommandAnswer> {
  const into = wanted ?? run.manifest.baseBranch;
  const number = await record({ type: "ship.started", into });
  const check = new ShipCheck(run, `ship.${number}.gates`, signal);
  let outcome: ShipOutcome;
  try {
    outcome = await shipBranch(repositoryOf(run), {
      run: run.manifest.run,
      ...(into === null ? {} : { into }),
      approve: (commit) => check.approve(commit),
    });
    if (outcome.kind === "refused") throw check.refusal();
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    await record({ type: "ship.failed", into, code: refusal.code, reason: refusal.message, gates: check.gates });
    return refusal;
  }
  const { branch, commit } = outcome;
  const { gates } = check;
  const how = outcome.kind === "already" ? { how: outcome.kind, from: commit, files: [] } : outcome;
  await record({ type: "ship.finished", into: branch, how: how.how, from: how.from, commit, files: how.files, gates });
  const data: Shipped = { ...outcome, gates };
  return { ok: true, message: `run ${run.manifest.run} is in ${branch}`, data };
}

/** The gates of one ship. */
class ShipCheck {
  gates: GateOutcome[] = [];
  readonly #run: CheckContext;
  readonly #reports: string;
  readonly #signal: AbortSignal;

  constructor(run: CheckContext, reports: string, signal: AbortSignal) {
    this.#run = run;
    this.#reports = reports;
    this.#signal = signal;
  }

  async approve(commit: string): Promise<boolean> {
    await this.#check(commit);
    return !this.#signal.aborted && firstRed(this.gates) === undefined;
  }

  async #check(commit: string): Promise<void> {
    const run = this.#run;
    // Left by a host that was killed while it shipped.
    await sweepWorkers(run, SHIP_WORKTREE);
    const place = { worktree: SHIP_WORKTREE, reports: this.#reports };
    try {
      const checked = await checkCommit(run, { commit, stage: "ship", reuse: true, ...place }, this.#signal);
      if (checked.kind === "checked") this.gates = checked.results;
      else {
        throw new PleachError("ship.unchecked", `the gates cannot be run: ${checked.reason}`, {
          hint: "mend setup under worktree in pleach.yaml, then ship again",
        });
      }
    } finally {
      await removeGateWorktree(run, SHIP_WORKTREE);
    }
  }

  /** Why the commit was not approved of. */
  refusal(): PleachError {
    if (this.#signal.aborted) {
      return new PleachError("ship.stopped", "shipping was stopped before the branch moved", { hint: "ship again" });
    }
    const red = firstRed(this.gates);
    const report = red?.report ?? null;
    const where = report === null ? "" : ` (.ce-workspace/${this.#run.manifest.run}/${report})`;
    return new PleachError("ship.gateRed", `gate ${red?.name} is red: ${red?.summary}${where}`, {
      hint: "the branch was not moved: mend what the gate complains of, then ship again",
    });
  }
}
