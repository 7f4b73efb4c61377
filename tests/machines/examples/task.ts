/** Tasks: in a worktree with and without gates, in the root, asking and running again after merge conflicts. */
import { taskMachine } from "../../../src/machines/task/task.ts";
import {
  lastConflict,
  type TaskContext,
  type TaskEvent,
  type TaskStart,
} from "../../../src/machines/task/task-state.ts";
import type { Example } from "../../../src/testing/machines/index.ts";
import { from, type MachineCase, when } from "./machine-case.ts";

const gate = (status: string) => ({
  name: "test",
  required: true,
  status,
  durationMs: 0,
  summary: status,
  report: "out/test.log",
  sha256: "0",
});

const exit = (ok: boolean, faultOf: string) => ({
  ok,
  code: ok ? 0 : 1,
  signal: null,
  reason: null,
  faultOf,
  durationMs: 0,
  timedOut: false,
  transcript: { path: "out/t.1.log", bytes: 0, sha256: "0", truncated: false },
});

const workspaceOf = ({ attempt, lost }: TaskContext) => ({
  id: `t.${attempt}-${lost}`,
  path: `/w/${attempt}-${lost}`,
  branch: "b",
  port: 1,
});

/** The seed of those whose attempts may be cut short. */
const CUT_SHORT = 2;

/** The seed of one that a person may take over. */
const TAKEN_OVER = 3;

const LIMITED = { kind: "rateLimit", hint: "Wait.", isFinal: false, retryAfterMs: 60_000 };

/** Every event of a task; that all are here, the compiler sees to. */
const events: Record<TaskEvent["type"], Example> = {
  "workspace.prepared": from<TaskContext>((context) => ({ workspace: workspaceOf(context) })),
  "workspace.failed": { reason: "no space" },
  "agent.exited": from<TaskContext>(({ seed }) => [
    { ...exit(true, "work"), said: "Done: all of it." },
    exit(false, "work"),
    exit(false, "agent"),
    {
      ...exit(false, "agent"),
      failure: { kind: "auth", hint: "Log in once.", isFinal: true, retryAfterMs: null },
    },
    ...(seed === CUT_SHORT ? [{ ...exit(false, "agent"), failure: LIMITED }] : []),
  ]),
  // In cases of their own: everywhere they would double the states of everything else.
  "attempt.suspend": from<TaskContext>(({ seed }) => (seed === CUT_SHORT ? { reason: "spent" } : [])),
  "agent.suspended": from<TaskContext>(({ seed }) =>
    seed === CUT_SHORT || seed === TAKEN_OVER ? { reason: "spent", durationMs: 0 } : [],
  ),
  "agent.notStarted": { reason: "no such program" },
  "agent.lost": from<TaskContext>(({ seed }) => [
    { killed: 1 },
    ...(seed === CUT_SHORT ? [{ killed: 0, stopped: true }] : []),
  ]),
  "cost.reported": { usd: 1 },
  "account.used": { agent: "x", window: "five_hour", used: 0.98, until: null },
  "work.committed": [
    { commit: "c1", files: ["f"], removesMerged: [] },
    { commit: "c1", files: ["f"], removesMerged: ["f"] },
  ],
  "work.empty": from<TaskContext>(({ seed }) => [
    {},
    ...(seed === CUT_SHORT ? [{ agent: "claude", hears: true }] : []),
  ]),
  "work.outOfScope": { files: ["g"] },
  "work.failed": { reason: "git failed" },
  "gates.finished": ["passed", "failed"].map((status) => ({ results: [gate(status)], durationMs: 0 })),
  "review.start": from<TaskContext>(({ candidateOf, decided }) =>
    candidateOf === undefined || decided === "t" ? {} : { candidates: [{ task: "t", commit: "c1" }] },
  ),
  "review.finished": [true, false].map((approved) => ({
    approved,
    summary: "f:1: wrong",
    findings: "out/t.1.review1.json",
    durationMs: 0,
  })),
  "review.compared": from<TaskContext>(({ candidateOf }) =>
    candidateOf === undefined ? [] : { best: "t", summary: "shorter", findings: "out/t.1.review1.json", durationMs: 0 },
  ),
  "candidate.decided": from<TaskContext>(({ candidateOf }) =>
    candidateOf === undefined ? [] : [{ chosen: "t" }, { chosen: "another" }],
  ),
  "review.failed": from<TaskContext>(({ seed }) => [
    { reason: "it died", faultOf: "agent" },
    ...(seed === CUT_SHORT ? [{ reason: "it may not", faultOf: "agent", failure: LIMITED }] : []),
  ]),
  "merge.landed": { commit: "m1", head: "m1" },
  "merge.conflicted": { files: ["f"], head: "m1" },
  "merge.rejected": { reason: "gate test: failed", report: null },
  "merge.withdrawn": {},
  // In one small case: in each it would double the states of everything else.
  "task.told": from<TaskContext>(({ isolation, gates, told }) =>
    isolation === "none" && gates.length === 0 && told === undefined ? { text: "use tabs" } : [],
  ),
  "task.heard": { count: 1 },
  "task.takeOver": from<TaskContext>(({ seed }) => (seed === TAKEN_OVER ? {} : [])),
  "work.marked": from<TaskContext>(({ seed }) => (seed === TAKEN_OVER ? { taken: { commit: "t1", tip: "h0" } } : [])),
  "work.reset": from<TaskContext>(({ seed }) => (seed === TAKEN_OVER ? { saved: null } : [])),
  "task.giveBack": from<TaskContext>(({ seed }) =>
    seed === TAKEN_OVER ? [{}, { discards: true }, { discards: true, gone: true }] : [],
  ),
  "attempt.start": from<TaskContext>(({ tries, faults, reruns }) => ({
    attempt: String(tries + faults + reruns + 1),
    base: "m1",
  })),
  "conflict.decided": [
    { choice: "rerun" },
    { choice: "accept" },
    { choice: "drop" },
    { choice: "allow", ask: "question" },
  ],
  "question.asked": {
    ask: "question",
    kind: "approach",
    why: "may I?",
    choices: [{ name: "allow", does: "lets it" }],
    widens: ["docs/**"],
  },
  "child.crashed": from<TaskContext>((context) => ({ child: lastConflict(context), reason: "boom" })),
  "timer.fired": { timer: "backoff" },
  "task.stop": { reason: "cancelled" },
  "workspace.released": from<TaskContext>(({ workspace }) => [
    { id: workspace?.id ?? "" },
    { id: "that of an attempt before" },
  ]),
};

function taskCase(name: string, input: Partial<TaskStart>): MachineCase {
  const isolation = input.isolation ?? "worktree";
  return {
    name,
    machine: taskMachine,
    options: {
      input: {
        id: "t",
        stream: "builders",
        agent: "claude",
        isolation,
        gates: ["test"],
        retries: 1,
        onConflict: "rerun",
        backoff: { baseMs: 1, factor: 1, maxMs: 1 },
        seed: 1,
        attempt: "1",
        base: isolation === "worktree" ? "h0" : null,
        ...input,
      },
      events,
      // One of each kind of bad luck shows every transition; all of their mixtures show nothing more.
      stopWhen: when<TaskContext>(
        ({ tries, faults, reruns, lost, conflicts, rejections, reviewFaults }) =>
          tries + faults + reruns + lost > 2 || conflicts > 1 || rejections + reviewFaults > 3,
      ),
      maxStates: 4_000,
      invariants: {
        "it holds no slot where nothing of it runs": (state, { hasSlot }: TaskContext) =>
          !hasSlot ||
          [
            "starting",
            "withdrawingMerge",
            "preparing",
            "running",
            "committing",
            "gating",
            "takingOver",
            "takenOver",
            "resetting",
          ].includes(String(state)),
        "what landed is merged, and nothing else is": (_state, { outcome, landed }: TaskContext) =>
          (outcome === "merged") === (landed !== null),
        "it has an outcome exactly when it closes": (state, { outcome }: TaskContext) =>
          (state === "closing" || state === "closed") === (outcome !== null),
        "what is reviewed is merged only when that was approved, or a person took it": (state, context: TaskContext) =>
          context.reviewer === undefined || state !== "queued" || context.findings !== null || context.isAccepted,
        "no candidate is queued or reviewed that was not chosen": (state, { candidateOf, decided }: TaskContext) =>
          candidateOf === undefined ||
          decided === "t" ||
          !["queued", "awaitingReview", "reviewing", "routing"].includes(String(state)),
        "failures that count stay within the retries": (_state, { tries, retries }: TaskContext) =>
          tries <= retries + 1,
      },
    },
  };
}

const judged: Partial<TaskStart> = {
  gates: [],
  retries: 0,
  onConflict: "ask",
  reviewer: { stream: "reviewers", agent: "judge" },
};

export const taskCases: MachineCase[] = [
  taskCase("in a worktree, with a gate", {}),
  taskCase("in a worktree, without gates, asking about conflicts", { gates: [], onConflict: "ask", retries: 0 }),
  taskCase("reviewed before it is merged", judged),
  taskCase("as a candidate with a gate that is compared", { ...judged, gates: ["test"], candidateOf: "of" }),
  taskCase("as a candidate", { gates: [], retries: 0, onConflict: "ask", candidateOf: "of" }),
  taskCase("as a candidate that is compared, and may be cut short", { ...judged, seed: CUT_SHORT, candidateOf: "of" }),
  taskCase("cut short in the midst of its work, or of its review", { ...judged, seed: CUT_SHORT }),
  taskCase("cut short in the place of an actor that crashed", { attempt: "2", ...judged, seed: CUT_SHORT }),
  taskCase("in the place of an actor that crashed", { attempt: "2", gates: [], retries: 0 }),
  taskCase("in the place of one that crashed without a slot", { attempt: "2", hasNoSlot: true, gates: [], retries: 0 }),
  taskCase("taken over by a person, and given back", { retries: 0, seed: TAKEN_OVER }),
  taskCase("in the root, with a gate", { isolation: "none", agent: null }),
  taskCase("in the root, without gates", { isolation: "none", gates: [] }),
];
