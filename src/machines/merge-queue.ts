/**
 * The merge queue: chains candidate commits onto the integration branch, runs the required gates once at the tip,
 * and moves the branch; red is bisected, the first culprit evicted, the rest built anew.
 *
 * Q1 The branch only ever moves to a commit whose tree passed every required gate.
 * Q2 A task lands at most once: one that is enqueued again after landing is answered with where it landed.
 * Q3 Every enqueued commit is answered exactly once: landed, conflicted, rejected or withdrawn. One that is enqueued
 *    before the answer (its task crashed and tried again) takes the place of the one before, unless that lands first.
 * Q4 A red tip whose first link is the culprit on a head nobody has tested yet makes the head itself suspect: it is
 *    gated, and if it is red, no task is blamed.
 */
import { assign, enqueueActions, setup } from "xstate";
import { backoffMs, defaultBackoff } from "./backoff.ts";
import {
  type Decision,
  type Effect,
  enact,
  type GateOutcome,
  internalEffects,
  mergeEffects,
  type QueueItem,
  tell,
  timerEffects,
} from "./effects.ts";

export interface MergeInput {
  /** Commit that the integration branch is cut from. */
  base: string;
  /** Whether the plan has required gates. */
  hasGates: boolean;
  /** Longest chain tried at once. */
  longest: number;
  seed: number;
}

interface Link {
  task: string;
  /** Commit on the chain. */
  commit: string;
}

export interface MergeContext extends MergeInput {
  head: string;
  /** Whether the required gates are known to pass at `head`. */
  headIsGreen: boolean;
  /** Not in a chain yet, oldest first. */
  queue: QueueItem[];
  /** In the chain under way. */
  batch: QueueItem[];
  chain: Link[];
  /** Links known to be green; the branch may move to the last of them. */
  good: number;
  /** Links known to be red together; the chain's length when nothing is known. */
  bad: number;
  /** Index of the link whose commit is at the gates; -1 is the head itself. */
  testing: number;
  /** Gate runs so far, for the names of reports. */
  gateRuns: number;
  landed: Record<string, string>;
  /** Tasks that were withdrawn while in a chain. */
  leaving: string[];
  /** Failures of git in a row. */
  failures: number;
  /** What git said when it failed last. */
  problem: string | null;
  /** The red report that condemns, while bisecting. */
  verdict: { reason: string; report: string | null } | null;
}

type MergeEvent =
  | { type: "branch.created"; at: number; commit: string }
  | { type: "merge.enqueue"; at: number; task: string; commit: string }
  | { type: "merge.withdraw"; at: number; task: string }
  | { type: "chain.built"; at: number; links: Link[]; conflicts: { task: string; files: string[] }[] }
  | { type: "tip.gated"; at: number; results: GateOutcome[] }
  | { type: "branch.advanced"; at: number; to: string }
  | { type: "branch.diverged"; at: number; found: string | null }
  | { type: "git.failed"; at: number; reason: string }
  | { type: "timer.fired"; at: number; timer: string };

type Decided = Decision<MergeContext>;

/** Failures of git in a row after which the queue gives up. */
const MOST_FAILURES = 6;

const taskActor = (task: string): string => `task:${task}`;

function enqueue(context: MergeContext, { task, commit }: QueueItem): Decided {
  const landed = context.landed[task];
  if (landed !== undefined) {
    return { context, effects: [tell(taskActor(task), { type: "merge.landed", commit: landed, head: context.head })] };
  }
  const queue = [...context.queue.filter((item) => item.task !== task), { task, commit }];
  return { context: { ...context, queue, leaving: context.leaving.filter((id) => id !== task) }, effects: [] };
}

const holds = (items: readonly QueueItem[], task: string): boolean => items.some((item) => item.task === task);

function withdraw(context: MergeContext, task: string): Decided {
  const queue = context.queue.filter((item) => item.task !== task);
  if (!holds(context.queue, task) || holds(context.batch, task)) {
    return { context: { ...context, queue, leaving: [...context.leaving, task] }, effects: [] };
  }
  return { context: { ...context, queue }, effects: [tell(taskActor(task), { type: "merge.withdrawn" })] };
}

/** What has no answer yet; a commit that a newer one of its task has taken the place of is left out. */
function listWaiting({ batch, queue }: MergeContext): QueueItem[] {
  return [...batch.filter(({ task }) => !holds(queue, task)), ...queue];
}

/** Takes the next batch: what waits, oldest first, without what left meanwhile. */
function build(context: MergeContext): Decided {
  const waiting = listWaiting(context);
  const staying = waiting.filter(({ task }) => !context.leaving.includes(task));
  const effects: Effect[] = waiting
    .filter(({ task }) => context.leaving.includes(task))
    .map(({ task }) => tell(taskActor(task), { type: "merge.withdrawn" }));
  const batch = staying.slice(0, context.longest);
  const queue = staying.slice(context.longest);
  if (batch.length > 0) effects.push({ type: "buildChain", params: { onto: context.head, items: batch } });
  return { context: { ...context, batch, queue, leaving: [], chain: [], good: 0, bad: 0, verdict: null }, effects };
}

/**
 * A commit that conflicts with the head itself is told so. One that conflicts only with links before it stays: once
 * these have landed it is tried again, first, and its task, if it still conflicts, runs again on a head that has them.
 */
function noteChain(context: MergeContext, { links, conflicts }: Extract<MergeEvent, { type: "chain.built" }>): Decided {
  const linked = new Set(links.map(({ task }) => task));
  const firstLink = context.batch.findIndex(({ task }) => linked.has(task));
  const onHead = firstLink < 0 ? context.batch : context.batch.slice(0, firstLink);
  const clashes = conflicts.filter((conflict) => onHead.some(({ task }) => task === conflict.task));
  const evicted = new Set(clashes.map(({ task }) => task));
  const effects = clashes
    .filter(({ task }) => !holds(context.queue, task))
    .map(({ task, files }) => tell(taskActor(task), { type: "merge.conflicted", files, head: context.head }));
  const batch = context.batch.filter(({ task }) => !evicted.has(task));
  const bad = links.length;
  return { context: { ...context, batch, chain: links, good: 0, bad, testing: bad - 1, failures: 0 }, effects };
}

function gate(context: MergeContext): Decided {
  const number = context.gateRuns + 1;
  const commit = context.testing < 0 ? context.head : (context.chain[context.testing]?.commit ?? context.head);
  return { context: { ...context, gateRuns: number }, effects: [{ type: "gateTip", params: { commit, number } }] };
}

const redOf = (results: readonly GateOutcome[]): GateOutcome | undefined =>
  results.find(({ required, status }) => required && status !== "passed");

/** Narrows [good, bad) by one gate run; `testing` is the next link to try, or -1 for the head. */
function judge(context: MergeContext, { results }: Extract<MergeEvent, { type: "tip.gated" }>): MergeContext {
  const red = redOf(results);
  if (context.testing < 0) {
    if (red === undefined) return { ...context, headIsGreen: true, testing: 0 };
    const reason = `gate ${red.name} fails on the integration branch before this task's change: ${red.summary}`;
    return { ...context, verdict: { reason, report: red.report }, bad: 0, testing: 0 };
  }
  const tested = context.testing;
  const good = red === undefined ? tested + 1 : context.good;
  const bad = red === undefined ? context.bad : tested;
  const verdict =
    red === undefined ? context.verdict : { reason: `gate ${red.name}: ${red.summary}`, report: red.report };
  return { ...context, good, bad, verdict, testing: Math.floor((good + bad) / 2) };
}

/** What is known to be good lands; the culprit, if one is known, is told. */
function land(context: MergeContext, to: string): Decided {
  const landing = context.chain.slice(0, context.good);
  const landed = { ...context.landed };
  for (const { task, commit } of landing) landed[task] = commit;
  const effects = landing.map(({ task, commit }) => tell(taskActor(task), { type: "merge.landed", commit, head: to }));
  const done = new Set(landing.map(({ task }) => task));
  const batch = context.batch.filter(({ task }) => !done.has(task));
  // A task that landed has its answer, also if its actor has crashed since and a newer commit of it waits.
  const queue = context.queue.filter(({ task }) => !done.has(task));
  const leaving = context.leaving.filter((task) => !done.has(task));
  // Where somebody else has moved the branch on since, nobody has gated what is there now.
  const headIsGreen = (context.headIsGreen || landing.length > 0) && to === (landing.at(-1)?.commit ?? to);
  return { context: { ...context, head: to, headIsGreen, landed, batch, queue, leaving }, effects };
}

/** Evicts the first red link (or all, when the head itself is red: nobody could land). */
function evict(context: MergeContext): Decided {
  const { verdict } = context;
  if (verdict === null || context.good >= context.chain.length) return { context, effects: [] };
  const headIsRed = !context.headIsGreen && context.good === 0;
  const culprits = headIsRed ? context.batch.map(({ task }) => task) : [context.chain[context.bad]?.task ?? ""];
  const effects = culprits
    .filter((task) => !holds(context.queue, task))
    .map((task) => tell(taskActor(task), { type: "merge.rejected", ...verdict }));
  return { context: { ...context, batch: context.batch.filter(({ task }) => !culprits.includes(task)) }, effects };
}

/** The branch moved under us: the chain is built anew on what was found. */
function diverge(context: MergeContext, found: string | null): MergeContext {
  return { ...context, head: found ?? context.head, headIsGreen: false, failures: context.failures + 1, problem: null };
}

/** Nothing is built any more: what is leaving may go, and whatever else waits can be withdrawn at once. */
function breakDown(context: MergeContext): Decided {
  const waiting = listWaiting(context);
  const gone = waiting.filter(({ task }) => context.leaving.includes(task));
  const queue = waiting.filter(({ task }) => !context.leaving.includes(task));
  const reason = context.problem ?? "the integration branch was moved by others again and again";
  const effects = gone.map(({ task }) => tell(taskActor(task), { type: "merge.withdrawn" }));
  return {
    context: { ...context, queue, batch: [], chain: [], leaving: [] },
    effects: [...effects, tell("scheduler", { type: "merge.broken", reason })],
  };
}

function failGit(context: MergeContext, problem: string): MergeContext {
  return { ...context, failures: context.failures + 1, problem };
}

function retryLater(context: MergeContext, at: number): Decided {
  const dueAt = at + backoffMs(defaultBackoff, context.failures, context.seed, "merge");
  return { context, effects: [{ type: "setTimer", params: { timer: "retry", dueAt } }] };
}

/** creating -> idle -> building -> gating (bisecting) -> advancing -> idle; `broken` after git failed too often. */
export const mergeQueueMachine = setup({
  types: { input: {} as MergeInput, context: {} as MergeContext, events: {} as MergeEvent },
  actions: { ...internalEffects, ...timerEffects, ...mergeEffects },
  guards: {
    hasWork: ({ context }) => context.queue.length + context.batch.length > 0,
    hasNoChain: ({ context }) => context.chain.length === 0,
    needsNoGates: ({ context }) => !context.hasGates,
    /** Bisection has met: everything before `good` is green, the link at `bad` is the culprit. */
    isDecided: ({ context }) => context.good >= context.bad,
    headIsSuspect: ({ context }) =>
      context.testing >= 0 && context.bad === 0 && !context.headIsGreen && context.verdict !== null,
    canAdvance: ({ context }) => context.good > 0,
    isHopeless: ({ context }) => context.failures >= MOST_FAILURES,
  },
}).createMachine({
  id: "merge",
  context: ({ input }) => ({
    ...input,
    head: input.base,
    headIsGreen: false,
    queue: [],
    batch: [],
    chain: [],
    good: 0,
    bad: 0,
    testing: 0,
    gateRuns: 0,
    landed: {},
    leaving: [],
    failures: 0,
    problem: null,
    verdict: null,
  }),
  initial: "creating",
  on: {
    "merge.enqueue": {
      actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, enqueue(context, event))),
    },
    "merge.withdraw": {
      actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, withdraw(context, event.task))),
    },
  },
  states: {
    creating: {
      entry: { type: "createBranch", params: ({ context }) => ({ base: context.base }) },
      on: {
        "branch.created": {
          target: "idle",
          actions: enqueueActions(({ context, event, enqueue: queue }) =>
            enact(queue, {
              context: { ...context, head: event.commit },
              effects: [tell("scheduler", { type: "branch.ready", head: event.commit })],
            }),
          ),
        },
        "git.failed": {
          target: "broken",
          actions: assign({ problem: ({ event }) => event.reason }),
        },
      },
    },
    idle: { always: { guard: "hasWork", target: "building" } },
    building: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, build(context))),
      always: { guard: ({ context }) => context.batch.length === 0, target: "idle" },
      on: {
        "chain.built": {
          target: "deciding",
          actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, noteChain(context, event))),
        },
        "git.failed": {
          target: "retrying",
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event.reason))),
        },
      },
    },
    /** Routes: nothing to land, no gates to run, everything known, or one more gate run. */
    deciding: {
      always: [
        { guard: "hasNoChain", target: "idle" },
        {
          guard: "needsNoGates",
          target: "advancing",
          actions: enqueueActions(({ context, enqueue: queue }) =>
            queue.assign({ good: context.chain.length, bad: context.chain.length }),
          ),
        },
        {
          guard: "headIsSuspect",
          target: "gating",
          actions: enqueueActions(({ enqueue: queue }) => queue.assign({ testing: -1 })),
        },
        { guard: ({ context }) => context.good >= context.bad && context.good > 0, target: "advancing" },
        { guard: "isDecided", target: "evicting" },
        { target: "gating" },
      ],
    },
    gating: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, gate(context))),
      on: {
        "tip.gated": [
          {
            guard: ({ context }) => context.testing < 0,
            target: "evicting",
            actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(judge(context, event))),
          },
          {
            target: "deciding",
            actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(judge(context, event))),
          },
        ],
        "git.failed": {
          target: "retrying",
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event.reason))),
        },
      },
    },
    advancing: {
      entry: enqueueActions(({ context, enqueue: queue }) => {
        const landing = context.chain.slice(0, context.good);
        const to = landing.at(-1)?.commit ?? context.head;
        queue({ type: "advanceBranch", params: { from: context.head, to, tasks: landing.map(({ task }) => task) } });
      }),
      on: {
        "branch.advanced": {
          target: "evicting",
          actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, land(context, event.to))),
        },
        "branch.diverged": {
          target: "retrying",
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(diverge(context, event.found))),
        },
        // Perhaps the branch did move: the same is asked for again, so that nothing lands twice.
        "git.failed": {
          target: "advancingLater",
          actions: enqueueActions(({ context, enqueue: queue }) => queue.assign({ failures: context.failures + 1 })),
        },
      },
    },
    evicting: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, evict(context))),
      always: "idle",
    },
    advancingLater: {
      entry: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, retryLater(context, event.at))),
      always: { guard: "isHopeless", target: "broken" },
      on: { "timer.fired": "advancing" },
    },
    retrying: {
      entry: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, retryLater(context, event.at))),
      always: { guard: "isHopeless", target: "broken" },
      on: { "timer.fired": "idle" },
    },
    broken: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, breakDown(context))),
      on: {
        "merge.enqueue": {
          actions: enqueueActions(({ context, event, enqueue: queue }) => {
            const reason = `merging stopped: ${context.problem ?? "the branch keeps moving"}`;
            enact(queue, {
              context,
              effects: [tell(taskActor(event.task), { type: "merge.rejected", reason, report: null })],
            });
          }),
        },
      },
    },
  },
});
