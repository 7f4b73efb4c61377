/** The actions and guards of a task's machine, by name; `task.ts` says when which is taken. */
import { assign, enqueueActions, setup } from "xstate";
import { breakerActor } from "../../protocol/address.ts";
import { firstRed } from "../../protocol/gate-values.ts";
import type { TaskOutcome } from "../../protocol/values.ts";
import { type Effect, enact, internalEffectsOf, taskEffects, tellAs, timerEffects } from "../effects.ts";
import { mayReviewAgain, mustBeChosen, offer } from "./candidate.ts";
import { endReview } from "./end-review.ts";
import { countFailure, mayRetry, policyOf, refusalOf } from "./failure-policy.ts";
import { giveBackSlot } from "./give-back-slot.ts";
import {
  forgetTold,
  giveBack,
  goesOnAfter,
  keepTold,
  markWork,
  noteHeard,
  resetWork,
  stopForPerson,
  tellTakenOver,
} from "./task-person.ts";
import { closeQuestion, raiseQuestion, refuseQuestion, takeAnswer, withdrawQuestions } from "./task-questions.ts";
import {
  attemptLabel,
  attemptNumber,
  chosenBy,
  demand,
  lastConflict,
  reviewerOf,
  type TaskContext,
  type TaskEvent,
  type TaskStart,
  workerOf,
} from "./task-state.ts";
import { ACCEPT, describeConflict, feedbackOf, RERUN, reasonOf } from "./task-words.ts";

/** Reviews that turn a task's work down, after which a person is asked. */
const MAX_REJECTIONS = 3;
/** Re-runs after merge conflicts, after which a person is asked. */
const MAX_RERUNS = 4;

const tell = tellAs<"task">();

function choosesRerun(event: TaskEvent): boolean {
  return event.type === "conflict.decided" && event.choice === RERUN.name;
}

function choosesAccept(event: TaskEvent): boolean {
  return event.type === "conflict.decided" && event.choice === ACCEPT.name;
}

/** How its agent did: null for well, else why not. */
function tellBreaker(context: TaskContext, failed: string | null): Effect<"task">[] {
  const agent = workerOf(context);
  if (agent === null) return [];
  const to = breakerActor(agent);
  return [
    failed === null
      ? tell({ to, event: { type: "agent.succeeded" } })
      : tell({ to, event: { type: "agent.failed", reason: failed } }),
  ];
}

const needsReview = ({ reviewer, isAccepted }: TaskContext): boolean => reviewer !== undefined && !isAccepted;

/** The scheduler hears of a final failure before it gets the slot back, so that it starts nothing more with the agent. */
function reportFailure(context: TaskContext, event: Extract<TaskEvent, { type: "agent.exited" }>): Effect<"task">[] {
  const reason = event.reason ?? "failed";
  const agent = workerOf(context);
  const refused =
    policyOf(event).isFinal && agent !== null
      ? [tell({ to: "scheduler", event: { type: "agent.refused", agent, reason } })]
      : [];
  return [...refused, ...tellBreaker(context, reason)];
}

/** XState's `setup` of the task machine. */
export const taskSetup = setup({
  types: {
    input: {} as TaskStart,
    context: {} as TaskContext,
    events: {} as TaskEvent,
    output: {} as { outcome: TaskOutcome | null },
  },
  actions: {
    ...internalEffectsOf<"task">(),
    ...timerEffects,
    ...taskEffects,
    prepare: enqueueActions(({ context, enqueue }) => {
      const { id: task, workspace, carry } = context;
      const base = demand(context.base, "base");
      const params = { task, attempt: attemptLabel(context), base, ...(carry === null ? {} : { carry }) };
      const effects: Effect<"task">[] = [{ type: "prepareWorkspace", params }];
      if (workspace !== null)
        effects.push({ type: "releaseWorkspace", params: { task, workspace, disposition: "superseded" } });
      const anew = { workspace: null, commit: null, gateResults: [], goesOn: null };
      enact(enqueue, { context: { ...context, ...anew }, effects });
    }),
    startWork: enqueueActions(({ context, event, enqueue }) => {
      const workspace = context.workspace ?? { id: "", path: "", branch: null, port: 0 };
      const { id: task, feedback, goesOn, chosen, told = [] } = context;
      const params = {
        task,
        attempt: attemptLabel(context),
        number: attemptNumber(context),
        workspace,
        feedback,
        ...(goesOn === null ? {} : { goesOn }),
        ...(chosen === undefined ? {} : { agent: chosen }),
        ...(told.length === 0 ? {} : { told }),
        ...(context.fresh === true && goesOn === null && attemptNumber(context) === 1 ? { fresh: true as const } : {}),
      };
      const startedAt = context.startedAt ?? event.at ?? context.at;
      // What a person granted holds for the whole attempt.
      const widened = goesOn === null ? [] : context.widened;
      enact(enqueue, {
        context: { ...context, workspace, startedAt, widened, ...(told.length === 0 ? {} : { telling: told.length }) },
        effects: [{ type: "startAgent", params }],
      });
    }),
    keepTold: assign(({ context, event }) => keepTold(context, event)),
    noteHeard: assign(({ context, event }) => noteHeard(context, event)),
    forgetTold: assign(({ context, event }) => forgetTold(context, event)),
    noteTakeOver: assign({ takesOver: true as const }),
    stopForPerson: enqueueActions(({ context, enqueue }) => enact(enqueue, stopForPerson(context))),
    mark: enqueueActions(({ context, enqueue }) => enact(enqueue, markWork(context))),
    tellTakenOver: enqueueActions(({ context, event, enqueue }) => enact(enqueue, tellTakenOver(context, event))),
    noteTaken: assign(({ event }) => (event.type === "work.marked" ? { taken: event.taken } : {})),
    /** It was granted a slot while it was being taken over. */
    noteSlot: assign({ hasSlot: true }),
    giveBack: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === "task.giveBack") enact(enqueue, giveBack(context, event));
    }),
    reset: enqueueActions(({ context, enqueue }) => enact(enqueue, resetWork(context))),
    noteStop: assign(({ event }) =>
      event.type === "task.stop"
        ? { stop: event.reason, ...(event.saves === true ? { savesWork: true as const } : {}) }
        : {},
    ),
    /** Whoever works is stopped by the protocol of the agent, which keeps its session. */
    suspend: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "attempt.suspend") return;
      enqueue.assign({ isSuspended: true });
      enqueue({ type: "stopAgent", params: { task: context.id, reason: event.reason, suspends: true } });
    }),
    noteSuspension: assign(({ context, event }) =>
      event.type === "agent.suspended"
        ? {
            workMs: context.workMs + event.durationMs,
            transcript: event.transcript?.path ?? context.transcript,
            goesOn: goesOnAfter(event.reason),
          }
        : {},
    ),
    askAgain: assign({ goesOn: "unchanged" as const, isAskedAgain: true }),
    noteEmpty: assign(({ event }) => ({
      commit: null,
      files: [],
      isUnchanged: event.type === "work.empty" && event.agent !== undefined,
    })),
    /** Nobody did anything wrong: the rest of the attempt waits until its account is served again (FAIL-6). */
    noteRefusal: enqueueActions(({ context, event, enqueue }) => {
      const refusal = refusalOf(event);
      if (event.type !== "agent.exited" || refusal === null) return;
      const workMs = context.workMs + event.durationMs;
      enqueue.assign({ workMs, transcript: event.transcript.path, refusal, goesOn: "limit" as const });
    }),
    requestRest: enqueueActions(({ context, enqueue }) => {
      const refused = context.refusal === null ? {} : { refused: context.refusal };
      enact(enqueue, {
        context: { ...context, hasSlot: false, refusal: null },
        effects: [
          tell({ to: "scheduler", event: { type: "slot.request", task: context.id, goesOn: true, ...refused } }),
        ],
      });
    }),
    goOn: assign(({ context, event }) => ({
      ...chosenBy(event),
      hasSlot: true,
      isSuspended: false,
      // What its agent says goes into a transcript of its own.
      lost: context.goesOn === null ? context.lost : context.lost + 1,
    })),
    noteExit: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "agent.exited") return;
      const effects = event.ok
        ? tellBreaker(context, null)
        : policyOf(event).isAgents
          ? reportFailure(context, event)
          : [];
      const workMs = context.workMs + event.durationMs;
      // Of a run in which nobody says anything the state is what it was before agents were asked to.
      const said = event.said === undefined && context.said === undefined ? {} : { said: event.said ?? null };
      enact(enqueue, { context: { ...context, workMs, transcript: event.transcript.path, ...said }, effects });
    }),
    commit: enqueueActions(({ context, enqueue }) => {
      const { id: task, since, widened } = context;
      const workspace = demand(context.workspace, "workspace");
      const params = { task, workspace, base: demand(context.base, "base"), since };
      enqueue({ type: "commitWork", params: widened.length === 0 ? params : { ...params, widened } });
    }),
    check: enqueueActions(({ context, enqueue }) => {
      const { id: task, gates } = context;
      const workspace = demand(context.workspace, "workspace");
      enqueue({ type: "runGates", params: { task, attempt: attemptLabel(context), workspace, gates } });
    }),
    countFailure: assign(({ context, event }) => ({
      ...countFailure(context, event),
      // What a person did is where the next attempt begins.
      ...(context.isPersons === true && context.commit !== null ? { carry: context.commit } : {}),
      feedback: feedbackOf(event) ?? context.feedback,
      reason: reasonOf(event),
    })),
    wantReview: enqueueActions(({ context, enqueue }) =>
      enact(enqueue, {
        context: { ...context, hasSlot: false },
        effects: [
          ...giveBackSlot(context),
          tell({ to: "scheduler", event: { type: "review.request", task: context.id } }),
        ],
      }),
    ),
    offer: enqueueActions(({ context, enqueue }) => enact(enqueue, offer(context))),
    noteDecided: assign(({ context, event }) =>
      event.type === "candidate.decided" ? { decided: context.decided ?? event.chosen } : {},
    ),
    review: enqueueActions(({ context, event, enqueue }) => {
      const { id: task, findings } = context;
      const round = context.reviews + 1;
      const params = {
        task,
        attempt: attemptLabel(context),
        round,
        reviewer: reviewerOf(context, event),
        commit: demand(context.commit, "commit"),
        workspace: demand(context.workspace, "workspace"),
        findings,
        ...(event.type === "review.start" && event.candidates !== undefined ? { candidates: event.candidates } : {}),
      };
      const { chosen } = event.type === "review.start" ? event : {};
      enqueue.assign({ reviews: round, ...(chosen === undefined ? {} : { chosenReviewer: chosen }) });
      enqueue({ type: "startReview", params });
    }),
    endReview: enqueueActions(({ context, event, enqueue }) => enact(enqueue, endReview(context, event))),
    countRejection: assign(({ context, event }) => ({
      rejections: context.rejections + 1,
      reviewFaults: 0,
      carry: context.commit,
      feedback: feedbackOf(event) ?? context.feedback,
      reason: reasonOf(event),
    })),
    countReviewFault: assign(({ context }) => ({ reviewFaults: context.reviewFaults + 1 })),
    noteGates: assign(({ context, event }) =>
      event.type === "gates.finished" ? { gateResults: event.results, workMs: context.workMs + event.durationMs } : {},
    ),
    noteLanding: assign(({ event }) =>
      event.type === "merge.landed" ? { outcome: "merged" as const, landed: event.commit, head: event.head } : {},
    ),
    startOver: assign(({ context, event }) =>
      event.type === "attempt.start"
        ? {
            attempt: event.attempt,
            base: event.base,
            ...chosenBy(event),
            lost: 0,
            isSuspended: false,
            goesOn: null,
            hasSlot: true,
            isAccepted: false,
            mayRunAgain: false,
            ...(context.isPersons === undefined ? {} : { isPersons: undefined }),
          }
        : {},
    ),
    countRerun: assign(({ context }) => ({
      reruns: context.reruns + 1,
      since: context.since ?? context.base,
      reason: "runs again on the new base after a merge conflict",
    })),
    raiseConflict: enqueueActions(({ context, event, enqueue }) => {
      const conflicts = context.conflicts + 1;
      const input = describeConflict(context, event);
      const next = { ...context, conflicts, conflict: input, hasSlot: false, reason: input.why };
      const conflict = lastConflict(next);
      enact(enqueue, {
        context: next,
        effects: [
          { type: "spawnActor", params: { id: conflict, kind: "conflict", input } },
          ...giveBackSlot(context),
          tell({ to: "scheduler", event: { type: "task.waiting", task: context.id, conflict } }),
        ],
      });
    }),
    applyDecision: enqueueActions(({ context, event, enqueue }) =>
      enact(enqueue, {
        context: { ...context, conflict: null, isAccepted: choosesAccept(event), mayRunAgain: choosesRerun(event) },
        effects: [tell({ to: lastConflict(context), event: { type: "decision.applied" } })],
      }),
    ),
    raiseQuestion: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === "question.asked") enact(enqueue, raiseQuestion(context, event));
    }),
    applyAnswer: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "conflict.decided" || event.ask === undefined) return;
      const { ask, choice } = event;
      enact(enqueue, { context: takeAnswer(context, { ask, choice }), effects: closeQuestion(context, ask) });
    }),
    withdrawQuestions: enqueueActions(({ context, enqueue }) => enact(enqueue, withdrawQuestions(context))),
    releaseSlot: enqueueActions(({ context, enqueue }) =>
      enact(enqueue, { context: { ...context, hasSlot: false }, effects: giveBackSlot(context) }),
    ),
    enqueueMerge: enqueueActions(({ context, enqueue }) => {
      const { id: task, files } = context;
      const commit = demand(context.commit, "commit");
      enact(enqueue, {
        context: { ...context, hasSlot: false },
        effects: [
          tell({ to: "merge", event: { type: "merge.enqueue", task, commit, files } }),
          ...giveBackSlot(context),
        ],
      });
    }),
    finish: enqueueActions(({ context, event, enqueue }) => {
      const { id: task, landed: commit, head, reason, workspace } = context;
      const outcome = context.outcome ?? (context.stop === null ? "failed" : "cancelled");
      const isOpen = workspace !== null && workspace.branch !== null;
      const isFailure = outcome === "failed" || outcome === "cancelled";
      const why = outcome === "cancelled" ? context.stop : isFailure ? reason : null;
      const effects: Effect<"task">[] = [
        tell({ to: "scheduler", event: { type: "task.finished", task, outcome, commit, head, reason: why, isOpen } }),
      ];
      if (workspace && isOpen) {
        effects.push({
          type: "releaseWorkspace",
          params: { task, workspace, disposition: isFailure ? (context.savesWork ? "superseded" : "kept") : "landed" },
        });
      }
      enact(enqueue, { context: { ...context, outcome, reason: why, finishedAt: event.at, hasSlot: false }, effects });
    }),
  },
  guards: {
    isIsolated: ({ context }) => context.isolation === "worktree",
    mayHaveQueued: ({ context }) => context.isReplacement && context.isolation === "worktree",
    hasNoSlot: ({ context }) => !context.hasSlot,
    hasGates: ({ context }) => context.gates.length > 0,
    hasCommit: ({ context }) => context.commit !== null,
    hasWorktree: ({ context }) => context.workspace?.branch != null,
    isStopping: ({ context }) => context.stop !== null,
    isSuspended: ({ context }) => context.isSuspended,
    takesOver: ({ context }) => context.takesOver === true && context.workspace !== null && context.stop === null,
    wantsOver: ({ context }) => context.takesOver === true,
    hasWorkspace: ({ context }) => context.workspace !== null && context.workspace.branch !== null,
    isPersons: ({ context }) => context.isPersons === true,
    isGone: ({ context, event }) =>
      event.type === "task.giveBack" &&
      (event.gone === true || (event.discards === true && context.taken === undefined)),
    discards: ({ event }) => event.type === "task.giveBack" && event.discards === true,
    mayAskAgain: ({ context, event }) =>
      event.type === "work.empty" && event.hears === true && !context.isAskedAgain && context.stop === null,
    wasNotBegun: ({ event }) => event.type === "agent.lost" && event.stopped === true,
    isRefused: ({ event }) => refusalOf(event) !== null,
    isOk: ({ event }) => event.type === "agent.exited" && event.ok,
    needsReview: ({ context }) => needsReview(context),
    isApproved: ({ event }) => event.type === "review.finished" && event.approved,
    mayRevise: ({ context }) => context.rejections + 1 < MAX_REJECTIONS,
    mayReviewAgain: ({ context }) => mayReviewAgain(context),
    mustBeChosen: ({ context }) => mustBeChosen(context),
    isChosen: ({ context: { id, decided }, event }) =>
      event.type === "candidate.decided" && event.chosen === id && (decided ?? id) === id,
    mayBeCompared: ({ context, event }) =>
      event.type === "review.start" &&
      event.candidates !== undefined &&
      context.commit !== null &&
      needsReview(context),
    isGreen: ({ event }) => event.type === "gates.finished" && firstRed(event.results) === undefined,
    mayRetry: ({ context, event }) => mayRetry(context, event),
    // What a person did is not done again without them.
    mayRerun: ({ context }) =>
      context.mayRunAgain ||
      (context.isPersons !== true && context.onConflict === "rerun" && context.reruns < MAX_RERUNS),
    removesMerged: ({ context, event }) =>
      event.type === "work.committed" && context.since !== null && event.removesMerged.length > 0,
    /** Not that of an attempt before. */
    isOwnWorkspace: ({ context, event }) => event.type === "workspace.released" && event.id === context.workspace?.id,
    mayAsk: ({ context }) => refuseQuestion(context) === null,
    answersQuestion: ({ context, event }) =>
      event.type === "conflict.decided" && context.questions.some(({ ask }) => ask === event.ask),
    choosesRerun: ({ event }) => choosesRerun(event),
    conflictsWithMerged: ({ context }) => context.conflict?.question === "mergeConflict",
    mayRunAgain: ({ context }) => context.mayRunAgain,
    choosesAccept: ({ event }) => choosesAccept(event),
  },
});
