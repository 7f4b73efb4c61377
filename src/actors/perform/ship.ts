/**
 * Ships a run: the gates of that stage are run on the very commit that the user's branch is about to get, then the branch
 * moves. Told as facts of the run: what began, and how it ended.
 *
 * SHIP-1 The branch moves only to a commit whose tree passed every required gate of the stage `ship`.
 * SHIP-2 Whatever fails leaves branch and checkout as they were, and is told.
 * SHIP-3 A ship whose end nobody heard of may be asked for again: a branch that holds the result is told as shipped.
 * SHIP-4 Only what the run's log says was merged is shipped: a run's branch that somebody moved is not.
 */
import { PleachError } from "../../errors.ts";
import { type CommandAnswer, type Shipped, toRefusal } from "../../protocol/commands.ts";
import type { Told } from "../../protocol/events.ts";
import { firstRed, type GateOutcome } from "../../protocol/gate-values.ts";
import { isRunOver } from "../../protocol/states.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import {
  findCheckout,
  integrationBranch,
  type MergedTip,
  moveBranch,
  type ShipOutcome,
  shipBranch,
} from "../git/index.ts";
import { checkCommit } from "./check-commit.ts";
import { type CheckContext, repositoryOf, sweepWorkers } from "./run-context.ts";
import { nameLog } from "./run-hook.ts";
import { removeGateWorktree, SHIP_WORKTREE } from "./worktrees.ts";

export type ShipFact = Told<"ship.started" | "ship.finished" | "ship.failed">;

export interface ShipOrder {
  /** Null: the branch that the run started from. */
  into: string | null;
  /** What the log says was merged; null of a run that merges nothing. */
  merged: MergedTip | null;
  /** Resolves with the fact's number once it is durable. */
  record: (fact: ShipFact) => Promise<number>;
  signal: AbortSignal;
  /** Whether nothing will be merged any more: the run's branch has then done its work. */
  isOver?: boolean;
}

/**
 * Why a run that stands so is not shipped; null when it may be. `unfinished`: what is merged so far is good enough. Of what
 * is refused with `ship.unfinished` a person may say that it is.
 */
export function refuseShip(
  { run, status, branch, tasks }: Pick<StatusDocument, "run" | "status" | "branch" | "tasks">,
  unfinished: boolean,
): PleachError | null {
  if (branch === null) {
    return new PleachError(
      "run.noBranch",
      `run ${run} has no branch to ship: it worked in the folder itself (isolation: none)`,
      { hint: "its changes are in your files already" },
    );
  }
  if (status === "succeeded") return null;
  const merged = tasks.filter((task) => task.status === "merged").length;
  if (isRunOver(status) && merged === 0) {
    return new PleachError("ship.nothing", `run ${run} has nothing to ship: none of its tasks was merged`, {
      hint: `why: pleach status ${run}`,
    });
  }
  if (unfinished) return null;
  if (!isRunOver(status)) {
    return new PleachError("run.notOver", `run ${run} is not over: it is ${status}`, {
      hint: `finish it first (pleach resume ${run}), or ship what is merged so far with --yes`,
    });
  }
  const end = status === "partial" ? "failed in part" : `ended as ${status}`;
  return new PleachError("ship.unfinished", `run ${run} ${end}: ${merged} of its ${tasks.length} tasks are merged`, {
    hint: `ship what is merged all the same: pleach ship ${run} --yes`,
  });
}

/** Ships. Rejects only when a fact cannot be recorded. */
export async function ship(
  run: CheckContext,
  { into: wanted, merged, record, signal, isOver = false }: ShipOrder,
): Promise<CommandAnswer> {
  const into = wanted ?? run.manifest.baseBranch;
  const number = await record({ type: "ship.started", into });
  let gates: GateOutcome[] = [];
  let outcome: ShipOutcome;
  try {
    outcome = await shipBranch(repositoryOf(run), {
      run: run.manifest.run,
      ...(into === null ? {} : { into }),
      ...(merged === null ? {} : { merged }),
      check: async (commit) => {
        gates = await runShipGates(run, { commit, reports: `ship.${number}.gates` }, signal);
        demandGreen(gates, run.manifest.run, signal);
      },
    });
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    await record({ type: "ship.failed", into, code: refusal.code, reason: refusal.message, gates });
    return refusal;
  }
  const { branch, commit } = outcome;
  const { how, from, files } = outcome.kind === "already" ? { how: outcome.kind, from: commit, files: [] } : outcome;
  if (how !== "already") {
    await run.shared?.moved(branch, commit).catch(() => undefined);
    await run.checkout?.moved();
  }
  await record({ type: "ship.finished", into: branch, how, from, commit, files, gates });
  if (isOver && merged !== null) await removeShipped(run, merged.head);
  const data: Shipped = { ...outcome, gates };
  return { ok: true, message: `run ${run.manifest.run} is in ${branch}`, data };
}

/** Removes the run's branch, all of which another one holds now; one that somebody moved or looks at stays. */
async function removeShipped(run: CheckContext, head: string): Promise<void> {
  const repo = repositoryOf(run);
  const branch = integrationBranch(run.manifest.run);
  try {
    if ((await findCheckout(repo, branch)) === null) await moveBranch(repo, branch, head, null);
  } catch {
    // The result is shipped; a branch more does no harm.
  }
}

/** Rejects with `ship.unchecked` when the gates cannot be run. */
async function runShipGates(
  run: CheckContext,
  { commit, reports }: { commit: string; reports: string },
  signal: AbortSignal,
): Promise<GateOutcome[]> {
  // Left by a host that was killed while it shipped.
  await sweepWorkers(run, SHIP_WORKTREE);
  try {
    const place = { worktree: SHIP_WORKTREE, reports };
    const checked = await checkCommit(run, { commit, stage: "ship", reuse: true, ...place }, signal);
    if (checked.kind === "checked") return checked.results;
    throw new PleachError("ship.unchecked", `the gates cannot be run: ${checked.reason}${nameLog(run, checked.log)}`, {
      hint: "mend setup under worktree in pleach.yaml, then ship again",
    });
  } finally {
    await removeGateWorktree(run, SHIP_WORKTREE);
  }
}

/** Throws `ship.stopped` or `ship.gateRed`. */
function demandGreen(gates: readonly GateOutcome[], run: string, signal: AbortSignal): void {
  if (signal.aborted) {
    throw new PleachError("ship.stopped", "shipping was stopped before the branch moved", { hint: "ship again" });
  }
  const red = firstRed(gates);
  if (red === undefined) return;
  const where = red.report === null ? "" : ` (${WORKSPACE}/${run}/${red.report})`;
  throw new PleachError("ship.gateRed", `gate ${red.name} is red: ${red.summary}${where}`, {
    hint: "the branch was not moved: mend what the gate complains of, then ship again",
  });
}
