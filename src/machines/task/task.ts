/**
 * One task: prepared, worked on, committed, checked, queued for the merge, landed; tried again when that is worth it,
 * waiting for a person when it is theirs to decide. The slot it works in is granted by the scheduler and given back
 * as soon as no worker of it runs.
 *
 * TASK-1 What an agent says of itself decides nothing: only its exit, the commit that the runtime made, and gates do.
 * TASK-2 What an attempt that failed counts as, and whether another may follow, is decided by `failure-policy.ts` (FAIL-1,
 *    FAIL-3). An attempt that was lost with its host counts nothing.
 * TASK-3 A re-run keeps the old base as `since`, so that it can be seen whether it removes what was merged meanwhile.
 * TASK-4 An actor that stands in for one that crashed first takes back what that one may have queued for the merge; if it has
 *    landed, the task is merged, and nothing is done again. It takes no slot for that where the other had given its own back.
 * TASK-6 An attempt that is cut short in the midst of its agent's work counts nothing and goes on in its workspace as it was left,
 *    with the agent's session; only what was not begun, or was lost with its host, begins anew. So does one whose account or
 *    service refuses to serve it, once that serves it again.
 * TASK-7 An agent that changed nothing although its task names files to change is asked once more, in its session, and costs no
 *    retry; after that the task is done, and it is told that nothing was changed.
 * TASK-8 A task that a person has taken over keeps its worktree, and its slot where it had one; nothing moves it but that it is
 *    given back, or stopped. What is given back is committed and judged like any work; what cannot be committed stays with
 *    the person.
 * TASK-5 Work that somebody has to review goes to the merge queue only when that one approved of it, or a person took it. It
 *    is sent back with the findings so many times, beginning with what it had; then a person decides.
 * TASK-9 Of candidates for one task none is reviewed or queued before it was chosen; a review that compares them only chooses.
 */
import { and, assign, enqueueActions, not } from "xstate";
import { backoffMs } from "../backoff.ts";
import { enact, tellAs } from "../effects.ts";
import { candidateState, comparingState } from "./candidate-states.ts";
import { policyOf } from "./failure-policy.ts";
import { resettingState, takenOverState, takingOverState } from "./person-states.ts";
import { taskSetup } from "./task-setup.ts";
import { beginTask, lastConflict } from "./task-state.ts";

const tell = tellAs<"task">();

/** Nothing of it is queued any more: it begins, or asks for a slot first where it has none. */
const AFTER_WITHDRAWAL = [
  { guard: "isStopping", target: "closing" },
  { guard: "hasNoSlot", target: "awaitingSlot" },
  { target: "preparing" },
] as const;

/** See the file's head; effects are answered by the events of `TaskEvent`. */
export const taskMachine = taskSetup.createMachine({
  id: "task",
  context: ({ input }) => beginTask(input),
  initial: "starting",
  on: {
    "candidate.decided": { actions: "noteDecided" },
    "task.told": { actions: "keepTold" },
    "task.heard": { actions: "noteHeard" },
    "account.used": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { at: _at, ...letter } = event;
        enact(enqueue, { context, effects: [tell({ to: "scheduler", event: letter })] });
      }),
    },
    "cost.reported": {
      actions: enqueueActions(({ context, event, enqueue }) => {
        const { usd = 0, tokens = 0, estimatedUsd } = event;
        const estimate = estimatedUsd === undefined ? {} : { estimatedUsd };
        enact(enqueue, {
          context,
          effects: [
            tell({ to: "scheduler", event: { type: "cost.added", task: context.id, usd, tokens, ...estimate } }),
          ],
        });
      }),
    },
  },
  states: {
    starting: {
      always: [
        { guard: "mayHaveQueued", target: "withdrawingMerge" },
        { guard: "isIsolated", target: "preparing" },
        { target: "running" },
      ],
    },
    /** See TASK-4. */
    withdrawingMerge: {
      entry: {
        type: "tell",
        params: ({ context }) => ({ to: "merge", event: { type: "merge.withdraw", task: context.id } }),
      },
      exit: assign({ isReplacement: false }),
      on: {
        "merge.landed": { target: "closing", actions: "noteLanding" },
        "merge.withdrawn": AFTER_WITHDRAWAL,
        "merge.conflicted": AFTER_WITHDRAWAL,
        "merge.rejected": AFTER_WITHDRAWAL,
        "attempt.suspend": { actions: assign({ isSuspended: true }) },
        "task.stop": { actions: "noteStop" },
      },
    },
    preparing: {
      entry: "prepare",
      on: {
        "workspace.prepared": [
          {
            guard: "wantsOver",
            target: "takingOver",
            actions: assign({ workspace: ({ event }) => event.workspace }),
          },
          {
            guard: "isSuspended",
            target: "suspended",
            actions: assign({ workspace: ({ event }) => event.workspace }),
          },
          { target: "running", actions: assign({ workspace: ({ event }) => event.workspace }) },
        ],
        "workspace.failed": { target: "attemptFailed", actions: "countFailure" },
        "task.takeOver": { actions: "noteTakeOver" },
        "attempt.suspend": { actions: assign({ isSuspended: true }) },
        "task.stop": {
          target: "closing",
          actions: ["noteStop", { type: "withdraw", params: { name: "prepareWorkspace" } }],
        },
      },
    },
    running: {
      entry: "startWork",
      exit: ["withdrawQuestions", "forgetTold"],
      on: {
        "question.asked": { guard: "mayAsk", actions: "raiseQuestion" },
        "conflict.decided": { guard: "answersQuestion", actions: "applyAnswer" },
        "agent.exited": [
          { guard: "isStopping", target: "closing", actions: "noteExit" },
          { guard: "takesOver", target: "takingOver", actions: "noteExit" },
          { guard: and(["isOk", "isIsolated"]), target: "committing", actions: "noteExit" },
          { guard: "isOk", target: "checking", actions: "noteExit" },
          { guard: "isRefused", target: "suspended", actions: "noteRefusal" },
          { target: "attemptFailed", actions: ["noteExit", "countFailure"] },
        ],
        "task.takeOver": { guard: "hasWorkspace", actions: "stopForPerson" },
        "agent.notStarted": { target: "attemptFailed", actions: "countFailure" },
        "attempt.suspend": { actions: "suspend" },
        "agent.suspended": [
          { guard: "isStopping", target: "closing", actions: "noteSuspension" },
          { guard: "takesOver", target: "takingOver", actions: "noteSuspension" },
          { target: "suspended", actions: "noteSuspension" },
        ],
        "agent.lost": [
          { guard: "isStopping", target: "closing" },
          { guard: "takesOver", target: "takingOver" },
          { guard: and(["isSuspended", "wasNotBegun"]), target: "suspended" },
          { guard: "isSuspended", target: "awaitingSlot", actions: "releaseSlot" },
          { target: "starting", actions: assign({ lost: ({ context }) => context.lost + 1 }) },
        ],
        "task.stop": {
          actions: [
            "noteStop",
            { type: "stopAgent", params: ({ context, event }) => ({ task: context.id, reason: event.reason }) },
          ],
        },
      },
    },
    /** Waits for a slot for the rest of its attempt (TASK-6). */
    suspended: {
      entry: "requestRest",
      on: {
        "attempt.start": { target: "running", actions: "goOn" },
        "task.takeOver": { guard: "hasWorkspace", target: "takingOver" },
        "task.stop": { target: "closing", actions: "noteStop" },
      },
    },
    takingOver: takingOverState,
    takenOver: takenOverState,
    resetting: resettingState,
    committing: {
      entry: "commit",
      on: {
        "work.committed": [
          {
            guard: "takesOver",
            target: "takingOver",
            actions: assign({ commit: ({ event }) => event.commit, files: ({ event }) => event.files, carry: null }),
          },
          {
            guard: "removesMerged",
            target: "waiting",
            actions: [
              assign({ commit: ({ event }) => event.commit, files: ({ event }) => event.files, carry: null }),
              "raiseConflict",
            ],
          },
          {
            target: "checking",
            actions: assign({ commit: ({ event }) => event.commit, files: ({ event }) => event.files, carry: null }),
          },
        ],
        "work.empty": [
          { guard: "isPersons", target: "takenOver" },
          { guard: "takesOver", target: "takingOver", actions: "noteEmpty" },
          { guard: and(["mayAskAgain", "isSuspended"]), target: "suspended", actions: "askAgain" },
          { guard: "mayAskAgain", target: "running", actions: ["askAgain", "goOn"] },
          { target: "checking", actions: "noteEmpty" },
        ],
        "attempt.suspend": { actions: assign({ isSuspended: true }) },
        "task.takeOver": { guard: "hasWorkspace", actions: "noteTakeOver" },
        "work.outOfScope": [
          { guard: "isPersons", target: "takenOver" },
          { target: "attemptFailed", actions: "countFailure" },
        ],
        "work.failed": [
          { guard: "isPersons", target: "takenOver" },
          { target: "attemptFailed", actions: "countFailure" },
        ],
        "task.stop": {
          target: "closing",
          actions: ["noteStop", { type: "withdraw", params: { name: "commitWork" } }],
        },
      },
    },
    checking: {
      always: [
        { guard: "hasGates", target: "gating" },
        { guard: "mustBeChosen", target: "candidate" },
        { guard: "hasCommit", target: "routing" },
        { target: "closing", actions: assign({ outcome: "done" }) },
      ],
    },
    gating: {
      entry: "check",
      on: {
        "task.takeOver": {
          guard: "hasWorkspace",
          target: "takingOver",
          actions: { type: "withdraw", params: { name: "runGates" } },
        },
        "gates.finished": [
          { guard: and(["isGreen", "mustBeChosen"]), target: "candidate", actions: "noteGates" },
          { guard: and(["isGreen", "hasCommit"]), target: "routing", actions: "noteGates" },
          { guard: "isGreen", target: "closing", actions: ["noteGates", assign({ outcome: "done" })] },
          { target: "attemptFailed", actions: ["noteGates", "countFailure"] },
        ],
        "task.stop": {
          target: "closing",
          actions: ["noteStop", { type: "withdraw", params: { name: "runGates" } }],
        },
      },
    },
    candidate: candidateState,
    comparing: comparingState,
    routing: { always: [{ guard: "needsReview", target: "awaitingReview" }, { target: "queued" }] },
    awaitingReview: {
      entry: "wantReview",
      on: {
        "review.start": "reviewing",
        "task.stop": { target: "closing", actions: "noteStop" },
      },
    },
    reviewing: {
      entry: "review",
      exit: "endReview",
      on: {
        "review.finished": [
          { guard: "isStopping", target: "closing" },
          { guard: "isApproved", target: "queued" },
          { guard: "mayRevise", target: "awaitingSlot", actions: "countRejection" },
          { target: "waiting", actions: ["countRejection", "raiseConflict"] },
        ],
        "attempt.suspend": { actions: "suspend" },
        "agent.suspended": [{ guard: "isStopping", target: "closing" }, { target: "awaitingReview" }],
        "review.failed": [
          { guard: "isStopping", target: "closing" },
          { guard: "isRefused", target: "awaitingReview" },
          { guard: "mayReviewAgain", target: "awaitingReview", actions: "countReviewFault" },
          { target: "waiting", actions: ["countReviewFault", "raiseConflict"] },
        ],
        "task.stop": {
          actions: [
            "noteStop",
            { type: "stopAgent", params: ({ context, event }) => ({ task: context.id, reason: event.reason }) },
          ],
        },
      },
    },
    queued: {
      entry: "enqueueMerge",
      on: {
        "merge.landed": { target: "closing", actions: "noteLanding" },
        "merge.conflicted": [
          { guard: "isStopping", target: "closing" },
          { guard: "mayRerun", target: "awaitingSlot", actions: "countRerun" },
          { target: "waiting", actions: "raiseConflict" },
        ],
        "merge.rejected": [
          { guard: "isStopping", target: "closing" },
          { target: "attemptFailed", actions: "countFailure" },
        ],
        "merge.withdrawn": { guard: "isStopping", target: "closing" },
        "task.stop": {
          actions: [
            "noteStop",
            {
              type: "tell",
              params: ({ context }) => ({ to: "merge", event: { type: "merge.withdraw", task: context.id } }),
            },
          ],
        },
      },
    },
    attemptFailed: {
      entry: "releaseSlot",
      always: [
        { guard: "takesOver", target: "takingOver" },
        { guard: "mayRetry", target: "backingOff" },
        { target: "closing" },
      ],
    },
    backingOff: {
      entry: {
        type: "setTimer",
        params: ({ context, event }) => {
          // An attempt that counted nothing is a first repeat, too.
          const repeat = Math.max(1, context.tries + context.faults);
          const backoffEnd = event.at + backoffMs(context.backoff, repeat, context.seed, context.id);
          return { timer: "backoff", dueAt: Math.max(backoffEnd, policyOf(event).waitUntil ?? 0) };
        },
      },
      on: {
        "timer.fired": "awaitingSlot",
        "task.takeOver": {
          guard: "hasWorkspace",
          target: "takingOver",
          actions: { type: "withdraw", params: { name: "setTimer" } },
        },
        "task.stop": {
          target: "closing",
          actions: ["noteStop", { type: "withdraw", params: { name: "setTimer" } }],
        },
      },
    },
    awaitingSlot: {
      entry: {
        type: "tell",
        params: ({ context }) => ({ to: "scheduler", event: { type: "slot.request", task: context.id } }),
      },
      on: {
        "attempt.start": { target: "starting", actions: "startOver" },
        "task.takeOver": { guard: "hasWorkspace", target: "takingOver" },
        "task.stop": { target: "closing", actions: "noteStop" },
      },
    },
    waiting: {
      on: {
        "conflict.decided": [
          // Back in the queue it gets its turn: many that are to run again do not run beside each other.
          { guard: and(["choosesRerun", "conflictsWithMerged"]), target: "resumed", actions: "applyDecision" },
          { guard: "choosesRerun", target: "awaitingSlot", actions: ["applyDecision", "countRerun"] },
          { guard: "choosesAccept", target: "resumed", actions: "applyDecision" },
          { target: "closing", actions: "applyDecision" },
        ],
        "child.crashed": { target: "attemptFailed", actions: "countFailure" },
        "task.stop": {
          target: "closing",
          actions: [
            "noteStop",
            {
              type: "stopActor",
              params: ({ context }) => ({ id: lastConflict(context), reason: "its task was stopped" }),
            },
          ],
        },
      },
    },
    /** What a person takes as it is has its gates run at once, outside any slot. */
    resumed: {
      entry: {
        type: "tell",
        params: ({ context }) => ({ to: "scheduler", event: { type: "task.resumed", task: context.id } }),
      },
      always: [{ guard: "mayRunAgain", target: "queued" }, { target: "checking" }],
    },
    closing: {
      entry: "finish",
      on: { "workspace.released": { guard: "isOwnWorkspace", target: "closed" } },
      always: { guard: not("hasWorktree"), target: "closed" },
    },
    closed: { type: "final" },
  },
  output: ({ context }) => ({ outcome: context.outcome }),
});
