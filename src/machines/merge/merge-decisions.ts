/**
 * What the merge queue decides: which commits go into a chain, where bisection looks next, what lands, who is evicted.
 * Pure; `merge-queue.ts` says when which decision is due, and holds the invariants (MERGE-1 to MERGE-4).
 */
import { taskActor } from "../../protocol/address.ts";
import type { Params } from "../../protocol/effects.ts";
import type { Events, Told } from "../../protocol/events.ts";
import { firstRed, type GateOutcome, type Standing } from "../../protocol/gate-values.ts";
import type { Link, QueueItem } from "../../protocol/values.ts";
import { backoffMs, defaultBackoff } from "../backoff.ts";
import { type Decision, type Effect, tellAs } from "../effects.ts";
import { listDoubtful, type SettledOutcome, settleDoubts } from "./doubts.ts";
import { endTurns, giveTurn, partByTurns, type Turn, turnBefore } from "./turns.ts";

export interface MergeInput {
  /** Commit that the integration branch is cut from. */
  base: string;
  /** Whether the plan has gates that are run on merged trees. */
  hasGates: boolean;
  /** Longest chain tried at once. */
  longest: number;
  seed: number;
  /** What was merged already when the run was over and is opened again; absent in one that begins. */
  progress?: MergeProgress;
}

/** What stays true of the branch of a run that was over. */
export type MergeProgress = Pick<MergeContext, "head" | "headIsGreen" | "standing" | "gateRuns" | "landed">;

export interface MergeContext extends Omit<MergeInput, "progress"> {
  head: string;
  /** Whether the required gates are known to pass at `head`. */
  headIsGreen: boolean;
  /** Gates that are red at `head`, and excused. */
  standing: Standing;
  /** Results at the last link that is known to be good; null when no gate was run on one. */
  goodResults: SettledOutcome[] | null;
  /** Not in a chain yet, oldest first. */
  queue: QueueItem[];
  /** In the chain under way. */
  batch: QueueItem[];
  /** Who was sent back and goes next, in the order in which that came to be. */
  turns: Turn[];
  chain: Link[];
  /** Links known to be green; the branch may move to the last of them. */
  good: number;
  /** Links known to be red together; the chain's length when nothing is known. */
  bad: number;
  /** Index of the link whose commit is at the gates; -1 is the head itself. */
  testing: number;
  /** The verdict at it that is in doubt, while its red gates are run once more; absent, or null: there is none. */
  doubted?: GateOutcome[] | null;
  /** Gate runs so far, for the names of reports. */
  gateRuns: number;
  landed: Record<string, string>;
  /** Tasks that were withdrawn while in a chain. */
  leaving: string[];
  /** Failures of git in a row. */
  failures: number;
  /** What git said when it failed last, and where more of it is kept. */
  problem: string | null;
  problemLog: string | null;
  /** The red report that condemns, while bisecting. */
  verdict: Omit<Told<"merge.rejected">, "type"> | null;
  /** Whether nothing is to be merged any more (MERGE-7). */
  isStopped: boolean;
}

type Decided = Decision<MergeContext, Effect<"merge">>;

const tell = tellAs<"merge">();

/** A new commit waits; one that landed before is answered with where (MERGE-2). */
export function enqueue(context: MergeContext, { task, commit, files = [] }: Told<"merge.enqueue">): Decided {
  const landed = context.landed[task];
  if (landed !== undefined) {
    return {
      context,
      effects: [tell({ to: taskActor(task), event: { type: "merge.landed", commit: landed, head: context.head } })],
    };
  }
  const queue = [...context.queue.filter((item) => item.task !== task), { task, commit, files }];
  return { context: { ...context, queue, leaving: context.leaving.filter((id) => id !== task) }, effects: [] };
}

/** What the queue of a run that was over begins with. */
export function progressOf({ head, headIsGreen, standing, gateRuns, landed }: MergeContext): MergeProgress {
  return { head, headIsGreen, standing, gateRuns, landed };
}

const holds = (items: readonly QueueItem[], task: string): boolean => items.some((item) => item.task === task);

/**
 * A task takes its commit back: at once when it only waits (or is not here), else after the chain under way, unless it
 * lands with that. One that landed before is told where (MERGE-2).
 */
export function withdraw(context: MergeContext, task: string): Decided {
  const landed = context.landed[task];
  if (landed !== undefined) {
    return {
      context,
      effects: [tell({ to: taskActor(task), event: { type: "merge.landed", commit: landed, head: context.head } })],
    };
  }
  const queue = context.queue.filter((item) => item.task !== task);
  if (holds(context.batch, task)) {
    return { context: { ...context, queue, leaving: [...context.leaving, task] }, effects: [] };
  }
  return {
    context: { ...context, queue },
    effects: [tell({ to: taskActor(task), event: { type: "merge.withdrawn" } })],
  };
}

/** Whether nobody would be left in the chain under way once this task has taken its commit back. */
export function isLastToLeave({ batch, leaving }: MergeContext, task: string): boolean {
  return holds(batch, task) && batch.every((item) => item.task === task || leaving.includes(item.task));
}

/** As `withdraw`, of a task that is the last in the chain: the gates that are run on it, or the wait for it, are ended. */
export function abandon(context: MergeContext, task: string, name: "gateTip" | "setTimer"): Decided {
  const { context: after, effects } = withdraw(context, task);
  return { context: after, effects: [...effects, { type: "withdraw", params: { name } }] };
}

/** What has no answer yet; a commit that a newer one of its task has taken the place of is left out. */
function listWaiting({ batch, queue }: MergeContext): QueueItem[] {
  return [...batch.filter(({ task }) => !holds(queue, task)), ...queue];
}

/** What may be merged now, and what waits for the turn of another. */
export function partWaiting(context: MergeContext): ReturnType<typeof partByTurns> {
  const { turns, leaving } = context;
  return partByTurns(
    turns,
    listWaiting(context).filter(({ task }) => !leaving.includes(task)),
  );
}

/** Whether somebody is to be merged now, or told that it has left. */
export function hasWork(context: MergeContext): boolean {
  const waiting = listWaiting(context);
  return waiting.some(({ task }) => context.leaving.includes(task)) || partWaiting(context).free.length > 0;
}

/** Takes the next batch: turns first, then what waits, oldest first, without what left meanwhile. */
export function build(context: MergeContext): Decided {
  const waiting = listWaiting(context);
  const effects: Effect<"merge">[] = waiting
    .filter(({ task }) => context.leaving.includes(task))
    .map(({ task }) => tell({ to: taskActor(task), event: { type: "merge.withdrawn" } }));
  const batch = partWaiting(context).free.slice(0, context.longest);
  const queue = waiting.filter(({ task }) => !context.leaving.includes(task) && !holds(batch, task));
  if (batch.length > 0) effects.push({ type: "buildChain", params: { onto: context.head, items: batch } });
  const blank = { leaving: [], chain: [], good: 0, bad: 0, goodResults: null, verdict: null };
  return { context: { ...context, ...withoutDoubts(context), batch, queue, ...blank }, effects };
}

/**
 * A commit that conflicts with the head itself is told so, unless it waits for the turn of one that was told before. One
 * that conflicts only with links before it stays: once these have landed it is tried again, first, and its task, if it
 * still conflicts, runs again on a head that has them. A chain with links that wait for a new turn is built anew.
 */
export function noteChain(context: MergeContext, { links, conflicts }: Events["chain.built"]): Decided {
  const linked = new Set(links.map(({ task }) => task));
  const firstLink = context.batch.findIndex(({ task }) => linked.has(task));
  const onHead = firstLink < 0 ? context.batch : context.batch.slice(0, firstLink);
  let { turns } = context;
  const evicted = new Set<string>();
  const waitsForTurn = (item: Pick<QueueItem, "task" | "files">): boolean =>
    turnBefore(turns, item, (task) => evicted.has(task)) !== null;
  const effects: Effect<"merge">[] = [];
  for (const item of onHead) {
    const { task } = item;
    const files = conflicts.find((conflict) => conflict.task === task)?.files;
    if (files === undefined || waitsForTurn({ task, files: [...item.files, ...files] })) continue;
    evicted.add(task);
    if (holds(context.queue, task)) continue;
    turns = giveTurn(turns, { task, files });
    const event = { type: "merge.conflicted", files, head: context.head } as const;
    effects.push(sayTurn(task), tell({ to: taskActor(task), event }));
  }
  const left = { ...context, turns, batch: context.batch.filter(({ task }) => !evicted.has(task)) };
  if (links.length === 0 || left.batch.some((item) => linked.has(item.task) && waitsForTurn(item)))
    return { context: { ...left, batch: [], queue: listWaiting(left), chain: [] }, effects };
  const bad = links.length;
  return { context: { ...left, chain: links, good: 0, bad, testing: bad - 1 }, effects };
}

/** Told before the task hears why: what that says to the scheduler next may end the turn. */
const sayTurn = (task: string): Effect<"merge"> => tell({ to: "scheduler", event: { type: "turn.given", task } });

/** Nobody waits any more for a task that does not go on. */
export function endTurn(context: MergeContext, task: string): MergeContext {
  return { ...context, turns: endTurns(context.turns, [task]) };
}

/** Asks for the gates at the link under test. */
export function gate(context: MergeContext): Decided {
  const number = context.gateRuns + 1;
  const commit = context.testing < 0 ? context.head : (context.chain[context.testing]?.commit ?? context.head);
  const tasks = context.chain.slice(0, context.testing + 1).map(({ task }) => task);
  const { standing, doubted } = context;
  const again = doubted == null ? {} : { again: listDoubtful(doubted) };
  return {
    context: { ...context, gateRuns: number },
    effects: [{ type: "gateTip", params: { commit, number, tasks, standing, ...again } }],
  };
}

/** Whether the gates that are red here are to be run once more first (DOUBT-1). */
export const mayMeanNothing = ({ doubted }: MergeContext, { results }: Events["tip.gated"]): boolean =>
  doubted == null && listDoubtful(results).length > 0;

/** Nothing is in doubt any more; contexts in which nothing ever was stay as they are. */
const withoutDoubts = ({ doubted }: MergeContext): Pick<MergeContext, "doubted"> =>
  doubted == null ? {} : { doubted: null };

/** What is red on the base is no task's fault, and stands until a task makes it green. */
export function noteBase(context: MergeContext, { results }: Events["base.gated"]): MergeContext {
  const headIsGreen = results.length > 0 && firstRed(results) === undefined;
  return { ...context, headIsGreen, standing: standAt({}, results) };
}

/** What stands where these are the results. */
function standAt(before: Standing, results: readonly GateOutcome[]): Standing {
  const standing = { ...before };
  for (const { name, excused, problems } of results) {
    if (excused === undefined) delete standing[name];
    else standing[name] = { problems: problems ?? null };
  }
  return standing;
}

/** Narrows [good, bad) by one gate run; `testing` is the next link to try, or -1 for the head. */
export function judge(doubting: MergeContext, gated: Events["tip.gated"]): MergeContext {
  const { doubted } = doubting;
  const results: SettledOutcome[] = doubted == null ? gated.results : settleDoubts(doubted, gated);
  const context = { ...doubting, ...withoutDoubts(doubting) };
  const red = firstRed(results);
  if (context.testing < 0) {
    if (red === undefined) return { ...context, headIsGreen: true, testing: 0 };
    const reason = `gate ${red.name} fails on the integration branch before this task's change: ${red.summary}`;
    return { ...context, verdict: condemn(reason, red), bad: 0, testing: 0 };
  }
  const tested = context.testing;
  const good = red === undefined ? tested + 1 : context.good;
  const bad = red === undefined ? context.bad : tested;
  const goodResults = red === undefined ? results : context.goodResults;
  const verdict = red === undefined ? context.verdict : condemn(`gate ${red.name}: ${red.summary}`, red);
  return { ...context, good, bad, goodResults, verdict, testing: Math.floor((good + bad) / 2) };
}

/** Moves the branch to the last link that is known to be good. */
export function advance({ chain, good, head }: MergeContext): Params<"advanceBranch"> {
  const landing = chain.slice(0, good);
  return { from: head, to: landing.at(-1)?.commit ?? head, tasks: landing.map(({ task }) => task) };
}

function condemn(reason: string, { report, evidence }: GateOutcome): MergeContext["verdict"] {
  return { reason, report, ...(evidence === undefined ? {} : { evidence }) };
}

/** What is known to be good lands; the culprit, if one is known, is told. */
export function land(context: MergeContext, to: string): Decided {
  const landing = context.chain.slice(0, context.good);
  const landed = { ...context.landed };
  for (const { task, commit } of landing) landed[task] = commit;
  const excused = (context.goodResults ?? []).flatMap(({ name, flake }) =>
    flake === undefined ? [] : [{ type: "gate.excused", gate: name, evidence: flake } as const],
  );
  const effects = landing.flatMap(({ task, commit }) => [
    ...excused.map((event) => tell({ to: taskActor(task), event })),
    tell({ to: taskActor(task), event: { type: "merge.landed", commit, head: to } }),
  ]);
  const done = new Set(landing.map(({ task }) => task));
  const batch = context.batch.filter(({ task }) => !done.has(task));
  // A task that landed has its answer, also if its actor has crashed since and a newer commit of it waits.
  const queue = context.queue.filter(({ task }) => !done.has(task));
  const leaving = context.leaving.filter((task) => !done.has(task));
  // Where somebody else has moved the branch on since, nobody has gated what is there now.
  const headIsGreen = (context.headIsGreen || landing.length > 0) && to === (landing.at(-1)?.commit ?? to);
  const standing = standAt(context.standing, context.goodResults ?? []);
  // Only now: a branch that is moved or gone again and again still lets chains be built.
  const turns = endTurns(context.turns, done);
  const after = {
    ...context,
    head: to,
    headIsGreen,
    standing,
    goodResults: null,
    landed,
    batch,
    queue,
    turns,
    leaving,
  };
  return { context: { ...after, failures: 0 }, effects };
}

/**
 * Evicts the first red link, which gets a turn for all that it changes: others that turn the tree red there would be made
 * again beside it. When the head itself is red nobody could land: all are evicted, and none has a turn.
 */
export function evict(context: MergeContext): Decided {
  const { verdict } = context;
  if (verdict === null || context.good >= context.chain.length) return { context, effects: [] };
  const event = { type: "merge.rejected", ...verdict } as const;
  if (!context.headIsGreen && context.good === 0) {
    const told = context.batch.filter(({ task }) => !holds(context.queue, task));
    return {
      context: { ...context, batch: [] },
      effects: told.map(({ task }) => tell({ to: taskActor(task), event })),
    };
  }
  const culprit = context.batch.find(({ task }) => task === context.chain[context.bad]?.task);
  if (culprit === undefined) return { context, effects: [] };
  const { task, files } = culprit;
  const left = { ...context, batch: context.batch.filter((item) => item.task !== task) };
  // A newer commit of it waits, and is tried instead.
  if (holds(context.queue, task)) return { context: left, effects: [] };
  const turns = giveTurn(left.turns, { task, files });
  return { context: { ...left, turns }, effects: [sayTurn(task), tell({ to: taskActor(task), event })] };
}

/** Somebody put more on the branch: the chain is built anew on what was found, which holds what landed (MERGE-5). */
export function diverge(context: MergeContext, found: string | null): MergeContext {
  return {
    ...context,
    head: found ?? context.head,
    headIsGreen: false,
    failures: context.failures + 1,
    problem: null,
    problemLog: null,
  };
}

/** Why merging has stopped for good. */
export function whyBroken({ problem }: MergeContext): string {
  return problem ?? "the integration branch was moved by others again and again";
}

/** Nothing is built any more: what is leaving may go, and whatever else waits can be withdrawn at once. */
function dismiss(context: MergeContext): Decided {
  const waiting = listWaiting(context);
  const gone = waiting.filter(({ task }) => context.leaving.includes(task));
  const queue = waiting.filter(({ task }) => !context.leaving.includes(task));
  const effects = gone.map(({ task }) => tell({ to: taskActor(task), event: { type: "merge.withdrawn" } }));
  return { context: { ...context, queue, batch: [], chain: [], turns: [], leaving: [] }, effects };
}

/** Merging has stopped for good. */
export function breakDown(context: MergeContext): Decided {
  const { context: after, effects } = dismiss(context);
  const reason = whyBroken(context);
  return { context: after, effects: [...effects, tell({ to: "scheduler", event: { type: "merge.broken", reason } })] };
}

/** What the queue asks for on the way to a chain that may land. */
const PREPARING = ["gateBase", "buildChain", "gateTip", "setTimer"] as const;

/** Nothing is to be merged any more: what is under way ends (MERGE-7). */
export function stop(context: MergeContext): Decided {
  const { context: after, effects } = dismiss(context);
  const ended = PREPARING.map((name): Effect<"merge"> => ({ type: "withdraw", params: { name } }));
  return { context: { ...after, isStopped: true }, effects: [...ended, ...effects] };
}

/** Counts one more failure of git in a row. */
export function failGit(context: MergeContext, { reason, log }: Events["git.failed"]): MergeContext {
  return { ...context, failures: context.failures + 1, problem: reason, problemLog: log ?? null };
}

/** Waits a little longer after each failure. */
export function retryLater(context: MergeContext, at: number): Decided {
  const dueAt = at + backoffMs(defaultBackoff, context.failures, context.seed, "merge");
  return { context, effects: [{ type: "setTimer", params: { timer: "retry", dueAt } }] };
}
