/**
 * The merge queue: chains candidate commits onto the integration branch, runs the required gates once at the tip,
 * and moves the branch; red is bisected, the first culprit evicted, the rest built anew.
 *
 * MERGE-1 The branch only ever moves to a commit on which no required gate is redder than where the branch was, nor than on
 *    the base: it passes, or it is excused.
 * MERGE-2 A task lands at most once: one that is enqueued again, or asked back, after landing is answered with where it landed.
 * MERGE-3 Every enqueued commit is answered exactly once: landed, conflicted, rejected or withdrawn. One that is enqueued
 *    before the answer (its task crashed and tried again) takes the place of the one before, unless that lands first.
 * MERGE-4 A red tip whose first link is the culprit on a head nobody has tested yet makes the head itself suspect: it is
 *    gated, and if it is red, no task is blamed.
 * MERGE-5 What landed stays on the branch: the queue goes on from a commit of others only if that holds its head. Whoever
 *    performs `advanceBranch` sees to it, and puts the branch back where it does not.
 * MERGE-6 Failures of git and moves by others are counted until something lands. After too many the queue stops for good, and
 *    says why. A chain that was gated is not gated again because its branch could not be moved.
 * MERGE-7 Once the queue is stopped no gate goes on or begins, and no chain is built; a branch that is moving already is let
 *    move. What waits can be withdrawn at once.
 * Who is sent back goes next: see `turns.ts`. A red gate that may mean nothing is run once more: see `doubts.ts`.
 */
import { and, assign, enqueueActions, setup } from "xstate";
import { taskActor } from "../../protocol/address.ts";
import type { Inbox } from "../../protocol/mail.ts";
import { enact, internalEffectsOf, mergeEffects, tellAs, timerEffects } from "../effects.ts";
import {
  abandon,
  advance,
  breakDown,
  build,
  diverge,
  endTurn,
  enqueue,
  evict,
  failGit,
  gate,
  hasWork,
  isLastToLeave,
  judge,
  land,
  type MergeContext,
  type MergeInput,
  mayMeanNothing,
  noteBase,
  noteChain,
  retryLater,
  stop,
  whyBroken,
  withdraw,
} from "./merge-decisions.ts";

const tell = tellAs<"merge">();

/** Failures of git, and moves of the branch by others, since something landed, after which the queue gives up. */
const MAX_FAILURES = 6;

/** creating -> gatingBase -> idle -> building -> gating (bisecting) -> advancing -> idle; `broken` after git failed too often. */
export const mergeQueueMachine = setup({
  types: { input: {} as MergeInput, context: {} as MergeContext, events: {} as Inbox["merge"] },
  actions: { ...internalEffectsOf<"merge">(), ...timerEffects, ...mergeEffects },
  guards: {
    /** Something was put on the branch since the base. */
    hasBegun: ({ context }) => context.head !== context.base,
    isStopped: ({ context }) => context.isStopped,
    hasWork: ({ context }) => hasWork(context),
    hasNoBatch: ({ context }) => context.batch.length === 0,
    hasNoChain: ({ context }) => context.chain.length === 0,
    needsNoGates: ({ context }) => !context.hasGates,
    /** Bisection has met: everything before `good` is green, the link at `bad` is the culprit. */
    isDecided: ({ context }) => context.good >= context.bad,
    headIsSuspect: ({ context }) =>
      context.testing >= 0 && context.bad === 0 && !context.headIsGreen && context.verdict !== null,
    mayMeanNothing: ({ context, event }) => event.type === "tip.gated" && mayMeanNothing(context, event),
    headWasTested: ({ context }) => context.testing < 0,
    canAdvance: ({ context }) => context.good > 0,
    /** Nobody waits for the chain under way. */
    isAbandoned: ({ context }) => context.batch.every(({ task }) => context.leaving.includes(task)),
    isLastToLeave: ({ context, event }) => event.type === "merge.withdraw" && isLastToLeave(context, event.task),
    isHopeless: ({ context }) => context.failures >= MAX_FAILURES,
  },
}).createMachine({
  id: "merge",
  context: ({ input: { progress, ...input } }) => ({
    ...input,
    head: input.base,
    headIsGreen: false,
    standing: {},
    goodResults: null,
    queue: [],
    batch: [],
    turns: [],
    chain: [],
    good: 0,
    bad: 0,
    testing: 0,
    gateRuns: 0,
    landed: {},
    leaving: [],
    failures: 0,
    problem: null,
    problemLog: null,
    verdict: null,
    isStopped: false,
    ...progress,
  }),
  initial: "opening",
  on: {
    "merge.enqueue": {
      actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, enqueue(context, event))),
    },
    "merge.withdraw": {
      actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, withdraw(context, event.task))),
    },
    "merge.stop": { actions: assign({ isStopped: true }) },
    "turn.end": { actions: assign(({ context, event }) => endTurn(context, event.task)) },
  },
  states: {
    opening: { always: [{ guard: "hasBegun", target: "reopened" }, { target: "creating" }] },
    /** The branch of a run that was over is there, and so is the verdict on its base. */
    reopened: {
      entry: {
        type: "tell",
        params: ({ context }) => ({ to: "scheduler", event: { type: "branch.ready", head: context.head } }),
      },
      always: "idle",
    },
    creating: {
      entry: { type: "createBranch", params: ({ context }) => ({ base: context.base }) },
      on: {
        "branch.created": {
          target: "gatingBase",
          actions: enqueueActions(({ context, event, enqueue: queue }) =>
            enact(queue, {
              context: { ...context, head: event.commit },
              effects: [tell({ to: "scheduler", event: { type: "branch.ready", head: event.commit } })],
            }),
          ),
        },
        "git.failed": {
          target: "broken",
          actions: assign({ problem: ({ event }) => event.reason }),
        },
      },
    },
    /** Beside the first tasks; what they bring waits. */
    gatingBase: {
      entry: enqueueActions(({ context, enqueue: queue }) => {
        if (context.hasGates && !context.isStopped) queue({ type: "gateBase", params: { commit: context.head } });
      }),
      always: [
        { guard: "isStopped", target: "stopped" },
        { guard: "needsNoGates", target: "idle" },
      ],
      on: {
        "merge.stop": "stopped",
        "base.gated": {
          target: "idle",
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(noteBase(context, event))),
        },
        // Then the first red tip has the head gated (MERGE-4).
        "git.failed": "idle",
      },
    },
    idle: { always: { guard: "hasWork", target: "building" }, on: { "merge.stop": "stopped" } },
    building: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, build(context))),
      always: { guard: "hasNoBatch", target: "idle" },
      on: {
        "merge.stop": "stopped",
        "chain.built": {
          target: "deciding",
          actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, noteChain(context, event))),
        },
        "git.failed": {
          target: "retrying",
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event))),
        },
      },
    },
    /** Routes: nothing to land, no gates to run, everything known, or one more gate run. */
    deciding: {
      always: [
        { guard: "hasNoChain", target: "idle" },
        { guard: "isAbandoned", target: "idle" },
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
        { guard: and(["isDecided", "canAdvance"]), target: "advancing" },
        { guard: "isDecided", target: "evicting" },
        { target: "gating" },
      ],
    },
    gating: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, gate(context))),
      on: {
        "merge.stop": "stopped",
        "merge.withdraw": {
          guard: "isLastToLeave",
          target: "idle",
          actions: enqueueActions(({ context, event, enqueue: queue }) =>
            enact(queue, abandon(context, event.task, "gateTip")),
          ),
        },
        "tip.gated": [
          {
            guard: "mayMeanNothing",
            target: "gating",
            reenter: true,
            actions: enqueueActions(({ event, enqueue: queue }) => queue.assign({ doubted: event.results })),
          },
          {
            guard: "headWasTested",
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
          actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event))),
        },
      },
    },
    advancing: {
      entry: enqueueActions(({ context, enqueue: queue }) =>
        queue({ type: "advanceBranch", params: advance(context) }),
      ),
      on: {
        "merge.stop": "stopping",
        "branch.advanced": {
          target: "evicting",
          actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, land(context, event.to))),
        },
        "branch.diverged": [
          {
            guard: ({ event }) => event.found === null,
            target: "advancingLater",
            actions: enqueueActions(({ context, enqueue: queue }) => queue.assign(diverge(context, null))),
          },
          {
            target: "retrying",
            actions: enqueueActions(({ context, event, enqueue: queue }) =>
              queue.assign(diverge(context, event.found)),
            ),
          },
        ],
        "git.failed": [
          // No branch can hold it: a chain is built anew.
          {
            guard: ({ event }) => event.lost === true,
            target: "retrying",
            actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event))),
          },
          // Perhaps the branch did move: the same is asked for again, so that nothing lands twice.
          {
            target: "advancingLater",
            actions: enqueueActions(({ context, event, enqueue: queue }) => queue.assign(failGit(context, event))),
          },
        ],
      },
    },
    evicting: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, evict(context))),
      always: "idle",
    },
    advancingLater: {
      entry: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, retryLater(context, event.at))),
      always: { guard: "isHopeless", target: "broken" },
      on: { "timer.fired": "advancing", "merge.stop": "stopping" },
    },
    retrying: {
      entry: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, retryLater(context, event.at))),
      always: { guard: "isHopeless", target: "broken" },
      on: {
        "timer.fired": "idle",
        "merge.stop": "stopped",
        "merge.withdraw": {
          guard: "isLastToLeave",
          target: "idle",
          actions: enqueueActions(({ context, event, enqueue: queue }) =>
            enact(queue, abandon(context, event.task, "setTimer")),
          ),
        },
      },
    },
    /** The branch may be moving, or has moved: once more, and without waiting for anybody (MERGE-7). */
    stopping: {
      entry: enqueueActions(({ context, enqueue: queue }) => {
        queue({ type: "withdraw", params: { name: "advanceBranch" } });
        queue({ type: "withdraw", params: { name: "setTimer" } });
        queue({ type: "advanceBranch", params: { ...advance(context), atOnce: true } });
      }),
      on: {
        "branch.advanced": {
          target: "stopped",
          actions: enqueueActions(({ context, event, enqueue: queue }) => enact(queue, land(context, event.to))),
        },
        "branch.diverged": "stopped",
        "git.failed": "stopped",
      },
    },
    stopped: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, stop(context))),
    },
    broken: {
      entry: enqueueActions(({ context, enqueue: queue }) => enact(queue, breakDown(context))),
      on: {
        "merge.enqueue": {
          actions: enqueueActions(({ context, event, enqueue: queue }) => {
            const reason = `merging stopped: ${whyBroken(context)}`;
            const rejected = { type: "merge.rejected", reason, report: context.problemLog } as const;
            enact(queue, {
              context,
              effects: [tell({ to: taskActor(event.task), event: rejected })],
            });
          }),
        },
      },
    },
  },
});
