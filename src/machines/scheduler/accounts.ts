/**
 * Accounts of agents, and the services behind them, as weather: what they refuse is nobody's fault. While one is held back
 * nothing is started with its agents; then one attempt goes first, and when that is served the rest follow.
 *
 * ACCOUNT-1 Nothing is started with an account that is held back before the time that was named, or before the next try where
 *    none was.
 * ACCOUNT-2 Of those that wait for an account one goes first. If it is refused again, they wait on; if it ends without having
 *    been served, another one goes.
 * ACCOUNT-3 An agent whose account would be held back for longer than it may wait is given up.
 * ACCOUNT-4 Before the wall: near the limit half as many are at work with the account at once, nearer one.
 */
import { RUN } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import { nearnessOf } from "../../protocol/usage-levels.ts";
import type { Backoff, Refusal } from "../../protocol/values.ts";
import { backoffMs } from "../backoff.ts";
import { askForCredit, takeCreditAnswer } from "./credit-question.ts";
import { type Draft, type HeldAccount, type SchedulerContext, tell } from "./state.ts";

const MINUTE_MS = 60_000;
/** Before the next try: where nobody said when, and at least after a try at a time that was named, in vain. */
const TRIES: Record<Exclude<Refusal["what"], "credit"> | "inVain", Backoff> = {
  limit: { baseMs: 30 * MINUTE_MS, factor: 1, maxMs: 30 * MINUTE_MS },
  outage: { baseMs: MINUTE_MS / 2, factor: 2, maxMs: 10 * MINUTE_MS },
  inVain: { baseMs: MINUTE_MS / 4, factor: 2, maxMs: 30 * MINUTE_MS },
};
/** Waits longer than this are given up, unless the agent's entry says otherwise. */
const LONGEST_WAIT_MS = 24 * 60 * MINUTE_MS;
const TIMER = "account ";

/** The account that an agent works with; its own name for one that nobody knows. */
export function accountOf({ accounts }: Pick<SchedulerContext, "accounts">, agent: string): string {
  return accounts?.[agent] ?? agent;
}

/** What holds an agent back; null when it may be started. */
export function heldBack(context: SchedulerContext, agent: string): { account: string; held: HeldAccount } | null {
  const account = accountOf(context, agent);
  const held = context.held?.[account];
  return held === undefined || held.next === "free" ? null : { account, held };
}

/** The account of a task's attempt, or of its review, refused to serve it; resolves with the agents that are to be given up. */
export function refuse(draft: Draft, task: number, { agent, refusal }: { agent: string; refusal: Refusal }): string[] {
  const account = accountOf(draft.context, agent);
  const before = draft.context.held?.[account];
  if (before?.next === "person") return [];
  if (refusal.what === "credit") return askAbout(draft, account, refusal);
  // What others hear meanwhile is the same wall, unless it is higher than was known.
  const known = before?.next === "timer" ? before.until : null;
  if (known !== null && (refusal.until ?? 0) <= known) return [];
  const since = before?.since ?? draft.at;
  const tries = (before?.tries ?? 0) + (before?.next === task ? 1 : 0);
  const { seed } = draft.context.nodes[task]?.input ?? { seed: 0 };
  const wait = (backoff: Backoff, repeat: number): number => draft.at + backoffMs(backoff, repeat, seed, account);
  const soonest = tries === 0 ? draft.at + 1 : wait(TRIES.inVain, tries);
  const agents = agentsOf(draft.context, account);
  // Where nobody said when, it is asked once more before whoever waits longest waits no more.
  const last = Math.max(draft.at + 1, since + Math.max(...agents.map((each) => longestWait(draft.context, each))));
  const until =
    refusal.until === null ? Math.min(last, wait(TRIES[refusal.what], tries + 1)) : Math.max(refusal.until, soonest);
  const lost = agents.filter((each) => {
    const longest = longestWait(draft.context, each);
    return longest === 0 || until - since > longest || (tries > 0 && draft.at - since >= longest);
  });
  keep(draft, account, { what: refusal.what, since, until, tries, next: "timer" });
  disarm(draft, account);
  draft.effects.push({ type: "setTimer", params: { timer: `${TIMER}${account}`, dueAt: until } });
  const { what, source } = refusal;
  const named = refusal.until !== null;
  const held = { account, what, until, waitMs: until - draft.at, named, source };
  // Each hears of the same moment a moment later.
  const isNews = until - (known ?? 0) >= MINUTE_MS && lost.length < agents.length;
  if (isNews) draft.effects.push(tell({ to: RUN, event: { type: "account.held", ...held } }));
  return lost;
}

/** No time lifts this one: a person is asked, unless nobody is to wait for it. */
function askAbout(draft: Draft, account: string, { what, source }: Refusal): string[] {
  const agents = agentsOf(draft.context, account);
  const since = draft.context.held?.[account]?.since ?? draft.at;
  disarm(draft, account);
  keep(draft, account, { what, since, until: draft.at, tries: 0, next: "person" });
  const lost = agents.filter((each) => longestWait(draft.context, each) === 0);
  if (lost.length < agents.length) askForCredit(draft, account, { agents, source });
  return lost;
}

/** What a person chose about an account: it is asked again, or its agents are to be given up, which this resolves with. */
export function onCreditDecided(draft: Draft, event: { choice: string; ask?: string }): string[] {
  const answer = takeCreditAnswer(draft, event);
  const held = answer === null ? undefined : draft.context.held?.[answer.account];
  if (answer === null || held === undefined) return [];
  const { account } = answer;
  if (!answer.isThere) return agentsOf(draft.context, account);
  freeAccount(draft, account, held);
  return [];
}

/** What asked a person about an account is gone: one attempt asks the account itself. */
export function onQuestionCrashed(draft: Draft, conflict: string): void {
  const open = Object.entries(draft.context.creditQuestions ?? {}).find(([, id]) => id === conflict);
  if (open === undefined) return;
  const [account] = open;
  const { [account]: _gone, ...others } = draft.context.creditQuestions ?? {};
  draft.context.creditQuestions = others;
  const held = draft.context.held?.[account];
  if (held !== undefined) freeAccount(draft, account, held);
}

function freeAccount(draft: Draft, account: string, held: HeldAccount): void {
  keep(draft, account, { ...held, next: "free" });
  draft.effects.push(tell({ to: RUN, event: { type: "account.tried", account, what: held.what } }));
}

/** It is time to try an account again. */
export function onAccountTimer(draft: Draft, timer: string): void {
  if (!timer.startsWith(TIMER)) return;
  const account = timer.slice(TIMER.length);
  const held = draft.context.held?.[account];
  if (held === undefined || held.next !== "timer" || held.until > draft.at) return;
  freeAccount(draft, account, held);
}

/** A task, or its review, is started with this agent: where its account is tried again, it is the one that goes first. */
export function goFirst(draft: Draft, task: number, agent: string | null): void {
  if (agent === null) return;
  const account = accountOf(draft.context, agent);
  const held = draft.context.held?.[account];
  if (held?.next === "free") keep(draft, account, { ...held, next: task });
}

/** What went first for an account was served: the others may follow. */
export function serve(draft: Draft, task: number): void {
  for (const [account, { next, what, since }] of Object.entries(draft.context.held ?? {})) {
    if (next !== task) continue;
    const { [account]: _served, ...held } = draft.context.held ?? {};
    draft.context.held = held;
    const forMs = Math.max(0, draft.at - since);
    draft.effects.push(tell({ to: RUN, event: { type: "agent.unlimited", account, what, forMs } }));
  }
}

/** A task, or its review, is at work no longer: one that was to go first and did not come so far lets another one go. */
export function letOthersGo(draft: Draft, task: number): void {
  for (const [account, held] of Object.entries(draft.context.held ?? {}))
    if (held.next === task) keep(draft, account, { ...held, next: "free" });
}

/** So much of a window of an agent's account is used. */
export function noteUse(draft: Draft, { agent, window, used, until }: Omit<Events["account.used"], "at">): void {
  const { context } = draft;
  const account = accountOf(context, agent);
  const { [window]: _before, ...others } = context.windows?.[account] ?? {};
  const windows = nearnessOf(used) === 0 ? others : { ...others, [window]: { used, until } };
  if (context.windows === undefined && Object.keys(windows).length === 0) return;
  context.windows = { ...context.windows, [account]: windows };
}

/** How much of that window of an account is used which is nearest to its limit, and has not begun anew yet; 0: of none. */
export function shareUsed(context: SchedulerContext, account: string, at: number): number {
  const windows = Object.values(context.windows?.[account] ?? {});
  return Math.max(0, ...windows.flatMap(({ used, until }) => (until === null || until > at ? [used] : [])));
}

/** Whether as many as may be are at work with an agent's account, so near to its limit (ACCOUNT-4). */
export function isFull(context: SchedulerContext, agent: string, at: number): boolean {
  const account = accountOf(context, agent);
  const nearness = nearnessOf(shareUsed(context, account, at));
  if (nearness === 0) return false;
  const agents = agentsOf(context, account);
  const sum = (of: (each: string) => number): number => agents.reduce((all, each) => all + of(each), 0);
  const most = Math.min(
    context.concurrency,
    sum((each) => context.agents[each] ?? Number.POSITIVE_INFINITY),
  );
  return sum((each) => context.runningBy[each] ?? 0) >= (nearness === 2 ? 1 : Math.max(1, Math.floor(most / 2)));
}

function agentsOf(context: SchedulerContext, account: string): string[] {
  const named = Object.keys(context.accounts ?? {}).filter((agent) => accountOf(context, agent) === account);
  return named.length === 0 ? [account] : named;
}

const longestWait = ({ longestWaits }: SchedulerContext, agent: string): number =>
  longestWaits?.[agent] ?? LONGEST_WAIT_MS;

function keep(draft: Draft, account: string, held: HeldAccount): void {
  draft.context.held = { ...draft.context.held, [account]: held };
}

function disarm(draft: Draft, account: string): void {
  draft.effects.push({ type: "withdraw", params: { name: "setTimer", where: { timer: `${TIMER}${account}` } } });
}
