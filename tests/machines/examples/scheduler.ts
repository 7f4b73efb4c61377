/**
 * The scheduler of a small plan: `b` needs `a`, `c` is of an agent; in worktrees, in the root with a hard budget, and with
 * an `a` that plans and a `c` that is reviewed.
 */

import { listMiscounts } from "../../../src/machines/scheduler/recount.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import {
  countSlots,
  type SchedulerContext,
  type SchedulerEvent,
  type TaskPhase,
} from "../../../src/machines/scheduler/state.ts";
import { rowsOf } from "../../../src/machines/table.ts";
import type { Example, Payload } from "../../../src/testing/machines/index.ts";
import { makeTask } from "../../helpers/make-task.ts";
import { from, type MachineCase, when } from "./machine-case.ts";

const AGENT = "claude";
/** The run in which a person steps in. */
const STEPPED_IN = "stepped-in";
const backoff = { baseMs: 1, factor: 1, maxMs: 1 };

function node(id: string, needs: number[], agent: string | null, isolation: "worktree" | "none") {
  const common = { isolation, gates: [], retries: 1, onConflict: "ask" as const, backoff, seed: 1 };
  return {
    input: { id, stream: "builders", agent, ...common },
    needs,
    prefers: [],
    min: needs.length,
    require: [],
    uses: { shears: 1 },
    continueOnError: false,
    reserve: { usd: 1, tokens: 0 },
    expectedMs: 1_000,
    pathMs: 1_000,
  };
}

/** The event for each task that stands like this. */
const ofTasks = (phases: readonly TaskPhase[], make: (id: string) => Payload | readonly Payload[]): Example =>
  from<SchedulerContext>(({ nodes, rows }) =>
    rowsOf(rows).flatMap(({ phase }, at) => (phases.includes(phase) ? make(nodes[at]?.input.id as string) : [])),
  );

/** What a task tells as long as its actor lives. */
const ofAlive = (rows: SchedulerContext["rows"], id: string, payload: Payload): readonly Payload[] =>
  rowsOf(rows)["abc".indexOf(id)]?.alive === true ? [payload] : [];

/** What `a` adds when it plans. */
const planned = makeTask("d", { needs: ["c"] });

const task = (id: string) => ({ task: id });
const end = (id: string, outcome: string, isOpen: boolean) => ({
  task: id,
  outcome,
  commit: null,
  head: "h1",
  reason: null,
  isOpen,
});

/** Every event of the scheduler; that all are here, the compiler sees to. */
const events: Record<SchedulerEvent["type"], Example> = {
  "branch.ready": { head: "h0" },
  "merge.broken": { reason: "git is locked" },
  "turn.given": ofTasks(["parked"], task),
  "slot.release": ofTasks(["running"], task),
  "slot.request": ofTasks(["running", "parked"], task),
  "review.request": ofTasks(["parked"], task),
  "review.ended": from<SchedulerContext>(({ nodes, rows }) =>
    rowsOf(rows).flatMap(({ phase }, at) => {
      const { id = "", candidateOf } = nodes[at]?.input ?? {};
      if (phase !== "parked") return [];
      return candidateOf === undefined
        ? [task(id)]
        : [
            { task: id, best: "b" },
            { task: id, best: null },
          ];
    }),
  ),
  "candidate.ready": ofTasks(["parked"], (id) => [
    { task: id, commit: "c1" },
    { task: id, commit: null },
  ]),
  "plan.extended": { by: "a", version: 1, tasks: [planned] },
  "resource.claim": ofTasks(["running"], (id) => ({
    claim: `claim of ${id}`,
    holder: `task:${id}`,
    task: id,
    actor: `task:${id}`,
    resource: "shears",
    units: 1,
    ttlMs: 1_000,
  })),
  "resource.renew": { claim: "claim of a" },
  "resource.release": { claim: "claim of a" },
  "resource.return": { holder: "task:c" },
  "task.waiting": ofTasks(["running", "parked"], (id) => ({ task: id, conflict: `conflict:${id}-1` })),
  "task.resumed": ofTasks(["waitingForHuman"], task),
  "task.finished": ofTasks(["running", "parked", "waitingForHuman"], (id) => [
    end(id, "merged", true),
    end(id, "failed", false),
  ]),
  "task.closed": from<SchedulerContext>(({ nodes, rows }) =>
    rowsOf(rows).flatMap(({ phase, alive }, at) =>
      alive && !["running", "parked", "waitingForHuman", "ready"].includes(phase)
        ? [task(nodes[at]?.input.id as string)]
        : [],
    ),
  ),
  "task.crashed": ofTasks(["running"], (id) => [
    { task: id, reason: "boom", again: true },
    { task: id, reason: "boom", again: false },
  ]),
  "cost.added": { task: "a", usd: 2, tokens: 0 },
  "account.used": { agent: AGENT, window: "five_hour", used: 0.98, until: null },
  "stream.started": { stream: "builders" },
  "child.lost": [
    { child: "stream:builders", reason: "boom" },
    { child: `breaker:${AGENT}`, reason: "boom" },
  ],
  "breaker.opened": [1, 4].map((openings) => ({ agent: AGENT, openings, until: 0 })),
  "breaker.halfOpened": { agent: AGENT },
  "breaker.closed": { agent: AGENT },
  "agent.refused": { agent: AGENT, reason: "no key" },
  "timer.fired": { timer: "soft a" },
  // In cases of their own: everywhere they would double the states of everything else.
  "task.paused": from<SchedulerContext>(({ run }) => (run === STEPPED_IN ? { tasks: ["c"] } : [])),
  "task.continued": from<SchedulerContext>(({ run }) => (run === STEPPED_IN ? { tasks: ["c"] } : [])),
  "task.retried": from<SchedulerContext>(({ run }) => (run === STEPPED_IN ? { tasks: ["c"], feedback: {} } : [])),
  "task.takenOver": from<SchedulerContext>(({ run, rows }) =>
    run === STEPPED_IN ? ofAlive(rows, "c", { task: "c", path: "/w" }) : [],
  ),
  "task.givenBack": from<SchedulerContext>(({ run, rows }) =>
    run === STEPPED_IN ? ofAlive(rows, "c", { task: "c" }) : [],
  ),
  "task.stopped": from<SchedulerContext>(({ run }) => (run === STEPPED_IN ? [task("a"), task("c")] : [])),
  "task.skipped": from<SchedulerContext>(({ run }) => (run === STEPPED_IN ? [task("b"), task("c")] : [])),
  "task.edited": from<SchedulerContext>(({ run }) =>
    run === STEPPED_IN
      ? [[], ["a", "c"], ["b"]].map((needs) => ({ task: "b", tasks: [makeTask("b", { needs })], changed: ["needs"] }))
      : [],
  ),
  "disk.low": { place: "/work", freeBytes: 1, needsBytes: 2, freeFiles: null, needsFiles: null },
  "memory.low": { availableBytes: 1, needsBytes: 2 },
  "machine.measured": { agents: 1, commands: 1, cores: 2, load: 0.5, availableBytes: 4e9 },
  "machine.eased": [{ what: "disk" }, { what: "memory" }],
  "run.cancel": {},
  "budget.raise": { usd: 50 },
  "conflict.decided": from<SchedulerContext>(({ budgetQuestion }) =>
    budgetQuestion === null ? [] : [{ choice: "raise 50" }, { choice: "stop" }],
  ),
  "child.crashed": from<SchedulerContext>(({ budgetQuestion }) =>
    budgetQuestion === null ? [] : [{ child: budgetQuestion, reason: "boom", event: { type: "decision.made" } }],
  ),
  "child.done": { child: "conflict:budget-1", output: null },
  "run.interrupted": { signal: "SIGINT" },
};

function schedulerCase(name: string, isolation: "worktree" | "none", grows = false): MachineCase {
  const nodes = [node("a", [], null, isolation), node("b", [0], null, isolation), node("c", [], AGENT, isolation)];
  const reviewer = { stream: "builders", agent: AGENT };
  const growing = nodes.map((each) =>
    each.input.id === "a" ? { ...each, planningDepth: 1 } : { ...each, input: { ...each.input, reviewer } },
  );
  const nodeDefaults = { isolation, backoff, seed: 1, unknownMs: 1_000, perTask: {}, reviewers: {} };
  return {
    name,
    machine: schedulerMachine,
    options: {
      input: {
        run: "r",
        nodes: grows ? growing : nodes,
        ...(grows ? { nodeDefaults } : {}),
        isolation,
        concurrency: 2,
        resources: { shears: 1 },
        streams: { builders: 2 },
        agents: {},
        budget: isolation === "none" ? { mode: "hard", usd: 5 } : { mode: "warn" },
      },
      events,
      stopWhen: when<SchedulerContext>(
        ({ rows, spent }) => spent.usd > 6 || rowsOf(rows).some(({ attempts }) => attempts > 1),
      ),
      maxStates: 100,
      invariants: {
        "its counters are what a recount gives (SCHED-4)": (_state, context: SchedulerContext) => {
          const wrong = listMiscounts(context);
          return wrong.length === 0 || wrong.join("; ");
        },
        "no resource goes over its capacity (SCHED-1)": (_state, { used, resources }: SchedulerContext) =>
          Object.entries(used).every(([name, units]) => units >= 0 && units <= (resources[name] ?? 0)),
        "it asks for more only while nothing that it could start is affordable (BUDGET-2)": (
          _state,
          { budgetQuestion, ready }: SchedulerContext,
        ) => budgetQuestion === null || Object.values(ready).flat(2).length > 0,
        "limits are kept": (_state, context: SchedulerContext) => countSlots(context) <= context.concurrency,
        "it is over once it has an outcome, and then nothing is left": (state, context: SchedulerContext) =>
          (state === "over") === (context.outcome !== null) &&
          (context.outcome === null || (context.unfinished === 0 && rowsOf(context.rows).every(({ alive }) => !alive))),
      },
    },
  };
}

/** Two tasks that cost, one after the other, and a budget that the first one uses up. */
function budgetCase(): MachineCase {
  const made = schedulerCase("with a budget that is soon spent", "none");
  const nodes = [node("a", [], AGENT, "none"), node("b", [0], AGENT, "none")];
  const budget = { mode: "soft", usd: 1 };
  const input = { ...(made.options.input as object), nodes, budget };
  const some = [
    "task.finished",
    "cost.added",
    "conflict.decided",
    "child.crashed",
    "budget.raise",
    "run.cancel",
  ] as const;
  const only = Object.fromEntries(some.map((type) => [type, events[type]]));
  return { ...made, options: { ...made.options, input, events: only } };
}

/** Two candidates for one task, of which a review chooses, and a task that needs one of them. */
function candidatesCase(): MachineCase {
  const made = schedulerCase("with candidates that are compared", "worktree");
  const reviewer = { stream: "builders", agent: AGENT };
  const candidate = (id: string) => {
    const { input, ...rest } = node(id, [], AGENT, "worktree");
    return { ...rest, uses: {}, choose: "review", input: { ...input, candidateOf: "t", reviewer } };
  };
  const needing = { ...node("c", [0, 1], null, "worktree"), min: 1 };
  const input = { ...(made.options.input as object), nodes: [candidate("a"), candidate("b"), needing] };
  const some = [
    ...(["branch.ready", "slot.release", "slot.request", "candidate.ready", "review.ended"] as const),
    ...(["task.finished", "task.closed", "task.crashed", "run.cancel"] as const),
  ];
  const only = Object.fromEntries(some.map((type) => [type, events[type]]));
  return { ...made, options: { ...made.options, input, events: only, maxStates: 400 } };
}

/** A person pauses, continues, stops and skips, while tasks start, are reviewed and end. */
function steppedInCase(): MachineCase {
  const made = schedulerCase("in which a person steps in", "worktree");
  const reviewer = { stream: "builders", agent: AGENT };
  const nodes = ["a", "b", "c"].map((id) => {
    const own = node(id, id === "b" ? [0] : [], id === "c" ? AGENT : null, "worktree");
    return id === "c" ? { ...own, input: { ...own.input, reviewer } } : own;
  });
  const input = { ...(made.options.input as object), nodes, run: STEPPED_IN };
  const some = [
    "branch.ready",
    "task.paused",
    "task.continued",
    "task.stopped",
    "task.skipped",
    "task.edited",
    "task.takenOver",
    "task.retried",
    "task.givenBack",
    "task.finished",
    "task.closed",
    "slot.request",
    "slot.release",
    "review.request",
    "review.ended",
    "run.cancel",
  ] as const;
  const only = Object.fromEntries(some.map((type) => [type, events[type]]));
  return { ...made, options: { ...made.options, input, events: only, maxStates: 400 } };
}

export const schedulerCases: MachineCase[] = [
  schedulerCase("in worktrees", "worktree"),
  schedulerCase("that grows, with reviews", "worktree", true),
  schedulerCase("in the root, with a hard budget", "none"),
  budgetCase(),
  candidatesCase(),
  steppedInCase(),
];
