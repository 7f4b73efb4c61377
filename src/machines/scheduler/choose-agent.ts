/**
 * Which agent does a task, or judges it, where its plan names several: the first of them that is served. Nothing is changed
 * here but what was chosen.
 *
 * CHAIN-1 Another one stands in while an account is held back or near to its limit, an agent's breaker is open, or an agent was
 *    given up. That it has as many tasks at once as it may is no reason: whoever is served is waited for.
 * CHAIN-2 Who was cut short goes on with its own agent where that is served: its session knows what it was about.
 * CHAIN-3 An agent whose entry says `onLimit: wait` is waited for: those named after it stand in only once it was given up.
 */
import { RUN } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { accountOf, heldBack, isFull, shareUsed } from "./accounts.ts";
import { type Draft, type HeldAccount, type SchedulerContext, tell } from "./state.ts";

/** Why nothing is started with an agent now. */
export type AgentHold =
  /** All that the agent may do at once is under way. */
  | { kind: "agentSlot"; agent: string }
  /** The agent's breaker is open. */
  | { kind: "outage"; agent: string }
  /** The agent's account is held back, or another task goes first. */
  | { kind: "account"; account: string; what: HeldAccount["what"]; until: number | null }
  /** Its account is so near to its limit that no more may be at work at once. */
  | { kind: "near"; account: string; used: number };

/** Agents by name, in the order in which they are asked. */
export interface Choice {
  agent: string;
  fallback?: readonly string[];
}

/** The agents of a choice; one that was cut short asks its own first (CHAIN-2). */
function inOrder({ agent, fallback }: Choice, own: string | null): readonly string[] {
  if (fallback === undefined) return [agent];
  const named = [agent, ...fallback];
  return own !== null && named.includes(own) ? [own, ...named.filter((each) => each !== own)] : named;
}

/** The agent that is asked now, or what is waited for. `own`: who was cut short; null for what begins anew. */
export function chooseAgent(
  context: SchedulerContext,
  choice: Choice,
  { own, at }: { own: string | null; at: number },
): { agent: string } | { hold: AgentHold } {
  let first: AgentHold | null = null;
  for (const agent of inOrder(choice, own)) {
    if (choice.fallback !== undefined && context.lostAgents[agent] === true) continue;
    const hold = holdOfAgent(context, agent, at);
    if (hold === null) return { agent };
    first ??= hold;
    if (hold.kind === "agentSlot" || context.patient?.[agent] === true) break;
  }
  // A task of which every agent was given up is ended, and is not asked about.
  return first === null ? { agent: choice.agent } : { hold: first };
}

function holdOfAgent(context: SchedulerContext, agent: string, at: number): AgentHold | null {
  const trials = context.trials[agent];
  if (trials !== undefined && trials <= 0) return { kind: "outage", agent };
  const back = heldBack(context, agent);
  if (back !== null) {
    const { account, held } = back;
    return { kind: "account", account, what: held.what, until: held.next === "timer" ? held.until : null };
  }
  if (isFull(context, agent, at)) {
    const account = accountOf(context, agent);
    return { kind: "near", account, used: shareUsed(context, account, at) };
  }
  return (context.runningBy[agent] ?? 0) >= (context.agents[agent] ?? Number.POSITIVE_INFINITY)
    ? { kind: "agentSlot", agent }
    : null;
}

/** Says that another one stands in for the first agent of a choice, and why. */
export function tellStandIn(
  draft: Draft,
  { task, role, choice, agent }: { task: string; role: "work" | "review"; choice: Choice; agent: string },
): void {
  if (agent === choice.agent) return;
  const why = whyNot(draft.context, choice.agent, draft.at);
  const event: Events["agent.stoodIn"] = { task, role, agent, instead: choice.agent, why };
  draft.effects.push(tell({ to: RUN, event: { type: "agent.stoodIn", ...event } }));
}

function whyNot(context: SchedulerContext, agent: string, at: number): Events["agent.stoodIn"]["why"] {
  if (context.lostAgents[agent] === true) return "lost";
  const hold = holdOfAgent(context, agent, at);
  if (hold?.kind === "near") return "limit";
  return hold?.kind === "account" ? hold.what : hold === null || hold.kind === "agentSlot" ? "goesOn" : "outage";
}
