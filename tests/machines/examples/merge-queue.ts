/** The merge queue with two tasks, with and without required gates. */
import type { MergeContext } from "../../../src/machines/merge/merge-decisions.ts";
import { mergeQueueMachine } from "../../../src/machines/merge/merge-queue.ts";
import type { Inbox } from "../../../src/protocol/mail.ts";
import type { Example } from "../../../src/testing/machines/index.ts";
import { from, type MachineCase, when } from "./machine-case.ts";

const TASKS = ["a", "b"];

/** States in which there is a chain under way. */
const BUSY = ["gating", "advancing", "advancingLater"];

const gate = (status: string) => ({
  name: "test",
  required: true,
  status,
  durationMs: 0,
  summary: status,
  report: null,
  sha256: null,
});

/** What git may make of a batch: all on a chain; the first conflicts with the head; the last with those before it. */
function chains({ batch }: MergeContext) {
  const link = ({ task, commit }: { task: string; commit: string }) => ({ task, commit: `m ${commit}` });
  const clash = ({ task }: { task: string }) => ({ task, files: ["f"] });
  return [
    { links: batch.map(link), conflicts: [] },
    { links: batch.slice(1).map(link), conflicts: batch.slice(0, 1).map(clash) },
    { links: batch.slice(0, -1).map(link), conflicts: batch.slice(-1).map(clash) },
  ];
}

const tipOf = ({ chain, good, head }: MergeContext): string => chain[good - 1]?.commit ?? head;

/** Every event of the queue; that all are here, the compiler sees to. */
const events: Record<Inbox["merge"]["type"], Example> = {
  "branch.created": { commit: "h0" },
  "merge.enqueue": TASKS.map((task) => ({ task, commit: task, files: ["f"] })),
  "merge.withdraw": TASKS.map((task) => ({ task })),
  "merge.stop": {},
  "turn.end": from<MergeContext>(({ turns }) => turns.map(({ task }) => ({ task }))),
  "chain.built": from<MergeContext>(chains),
  "base.gated": ["passed", "failed"].map((status) => ({ results: [gate(status)] })),
  "tip.gated": [
    ...["passed", "failed"].map((status) => ({ results: [gate(status)] })),
    { results: [{ ...gate("failed"), doubt: { known: ["a test"], touched: [] } }] },
  ],
  "branch.advanced": from<MergeContext>((context) => ({ to: tipOf(context) })),
  "branch.diverged": [{ found: "h9" }, { found: null }],
  "git.failed": [{ reason: "git is locked" }, { reason: "the commit is gone", lost: true }],
  "timer.fired": { timer: "retry" },
};

/** Of a run that was over when something had been merged. */
const PROGRESS = { head: "h5", headIsGreen: true, standing: {}, gateRuns: 1, landed: { z: "h5" } };

function mergeCase(name: string, hasGates: boolean, tasks: readonly string[], more: object = {}): MachineCase {
  const of = (type: "merge.enqueue" | "merge.withdraw"): Example =>
    (events[type] as { task: string }[]).filter(({ task }) => tasks.includes(task));
  return {
    name,
    machine: mergeQueueMachine,
    options: {
      input: { base: "h0", hasGates, longest: 2, seed: 1, ...more },
      events: { ...events, "merge.enqueue": of("merge.enqueue"), "merge.withdraw": of("merge.withdraw") },
      // Failures of git are followed to the end with one task; with two, what they do to a chain is seen early.
      stopWhen: when<MergeContext>(({ gateRuns, failures, leaving }) =>
        tasks.length === 1 ? gateRuns > 2 || leaving.length > 1 : gateRuns > 3 || failures > 1 || leaving.length > 1,
      ),
      maxStates: 1_600,
      invariants: {
        "a task is in the queue once, and in the batch once": (_state, { queue, batch }: MergeContext) =>
          [queue, batch].every((items) => new Set(items.map(({ task }) => task)).size === items.length),
        "a chain is of tasks of the batch": (state, { chain, batch }: MergeContext) =>
          !BUSY.includes(String(state)) || chain.every(({ task }) => batch.some((item) => item.task === task)),
        "what is good, and what is bad, are links of the chain": (state, { good, bad, chain }: MergeContext) =>
          !BUSY.includes(String(state)) || (good <= chain.length && bad <= chain.length),
        "nothing lands but what was gated (MERGE-1)": (_state, { landed, gateRuns, hasGates: gated }: MergeContext) =>
          !gated || Object.keys(landed).length === 0 || gateRuns > 0,
      },
    },
  };
}

export const mergeQueueCases: MachineCase[] = [
  mergeCase("with required gates, two tasks", true, TASKS),
  mergeCase("with required gates, one task and a git that fails", true, ["a"]),
  mergeCase("without gates", false, TASKS),
  mergeCase("opened again", false, ["a"], { progress: PROGRESS }),
];
