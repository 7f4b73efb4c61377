/**
 * Whether a service that could not be reached is weather: one that has served an account in this run is held back and asked
 * again, like one that is down. One that never did may be named wrong, which no wait mends.
 */
import { accountOf } from "../../machines/scheduler/accounts.ts";
import { agentAt, reviewerAt, type SchedulerContext } from "../../machines/scheduler/state.ts";
import { rowAt } from "../../machines/table.ts";
import type { AgentOutcome } from "../agents/index.ts";

/** The outcome of an attempt with this agent, as the run takes it. */
export function judgeService(outcome: AgentOutcome, agent: string | null, scheduler: SchedulerContext): AgentOutcome {
  if (outcome.kind !== "exited" || agent === null || outcome.failure?.kind !== "unreached") return outcome;
  if (!hasServed(scheduler, accountOf(scheduler, agent))) return outcome;
  const hint = "The model service cannot be reached: it is asked again.";
  return { ...outcome, failure: { ...outcome.failure, kind: "overloaded", hint } };
}

/** Whether anything was used with this account so far. */
function hasServed(scheduler: SchedulerContext, account: string): boolean {
  return scheduler.nodes.some((_, task) => {
    if ((rowAt(scheduler.rows, task).spent?.tokens ?? 0) === 0) return false;
    return [agentAt(scheduler, task), reviewerAt(scheduler, task)].some(
      (agent) => agent !== null && accountOf(scheduler, agent) === account,
    );
  });
}
