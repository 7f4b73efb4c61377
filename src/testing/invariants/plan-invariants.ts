/** Promises of a plan's run (SCHED-1, SCHED-2, MERGE-1, MERGE-2). A log that is of no plan keeps them all. */

import type { Node } from "../../machines/scheduler/state.ts";
import { firstRed, type GateOutcome } from "../../protocol/gate-values.ts";
import { readRecord } from "../../protocol/records.ts";
import type { RunInvariant } from "./run-invariant.ts";
import { readTaskHistory, type TaskEvent, type TaskHistory } from "./task-history.ts";

type Found = { seq: number; why: string };

/** An invariant that is asked of each moment in turn; `judge` says what is wrong with it, if anything. */
function planInvariant(name: string, begin: (history: TaskHistory) => (event: TaskEvent) => string[]): RunInvariant {
  return {
    name,
    find: (records) => {
      const history = readTaskHistory(records);
      if (history === null) return [];
      const judge = begin(history);
      return history.events.flatMap((event): Found[] => judge(event).map((why) => ({ seq: event.seq, why })));
    },
  };
}

const oneSlotAtATime = planInvariant("a task holds one slot at a time", () => {
  const holding = new Set<string>();
  return ({ kind, ...event }) => {
    if (!("task" in event)) return [];
    if (kind === "released") holding.delete(event.task);
    if (kind !== "granted") return [];
    const isTwice = holding.has(event.task);
    holding.add(event.task);
    return isTwice ? [`${event.task} is granted a second slot`] : [];
  };
});

const withinCapacity = planInvariant(
  "nothing goes over its capacity: the run, streams, agents, resources",
  (history) => {
    const { concurrency, streams, agents, resources } = history.scheduler;
    const holding = new Map<string, Node>();
    const nodes = new Map(history.nodes);
    return (event) => {
      if (event.kind === "edited") nodes.set(event.task, event.node);
      if (event.kind === "released") holding.delete(event.task);
      const node = event.kind === "granted" ? nodes.get(event.task) : undefined;
      if (event.kind !== "granted" || node === undefined) return [];
      holding.set(event.task, node);
      const { stream, agent } = node.input;
      const sum = (units: (other: Node) => number): number =>
        [...holding.values()].reduce((total, other) => total + units(other), 0);
      const limits: [string, number, number][] = [
        ["the run", sum(() => 1), concurrency],
        [`stream ${stream}`, sum(({ input }) => Number(input.stream === stream)), streams[stream] ?? 1],
        ...Object.keys(node.uses).map((name): [string, number, number] => [
          `resource ${name}`,
          sum(({ uses }) => uses[name] ?? 0),
          resources[name] ?? 0,
        ]),
      ];
      const agentLimit = agent === null ? undefined : agents[agent];
      if (agentLimit !== undefined) {
        limits.push([`agent ${agent}`, sum(({ input }) => Number(input.agent === agent)), agentLimit]);
      }
      return limits
        .filter(([, used, limit]) => used > limit)
        .map(([what, used, limit]) => `with ${event.task}, ${what} is at ${used} of ${limit}`);
    };
  },
);

const needsFirst = planInvariant("no task starts before its needs are met", (history) => {
  const outcomes = new Map<string, string>();
  const ids = history.scheduler.nodes.map(({ input }) => input.id);
  const nodes = new Map(history.nodes);
  const failedBefore = new Set<string>();
  const isMet = (index: number): boolean => {
    const outcome = outcomes.get(ids[index] ?? "");
    // Whoever went on without it goes on while it is tried again.
    const hasFailed = outcome === "failed" || failedBefore.has(ids[index] ?? "");
    const tolerated = hasFailed && nodes.get(ids[index] ?? "")?.continueOnError === true;
    return outcome === "merged" || outcome === "done" || tolerated;
  };
  return (event) => {
    if (event.kind === "retried") {
      for (const task of event.tasks) {
        if (outcomes.get(task) === "failed") failedBefore.add(task);
        outcomes.delete(task);
      }
    }
    if (event.kind === "ended" && !outcomes.has(event.task)) outcomes.set(event.task, event.outcome);
    if (event.kind === "edited") nodes.set(event.task, event.node);
    const node = event.kind === "granted" ? nodes.get(event.task) : undefined;
    if (node === undefined) return [];
    const missing = node.require.filter((need) => !isMet(need)).map((need) => `it requires ${ids[need]}`);
    const met = node.needs.filter(isMet).length;
    return met < node.min ? [...missing, `${met} of its needs are met, ${node.min} have to be`] : missing;
  };
});

const oneOutcome = planInvariant(
  "a task has one outcome, and is not started again after it unless it is retried",
  () => {
    const ends = new Map<string, number>();
    return (event) => {
      if (event.kind === "retried") for (const task of event.tasks) ends.delete(task);
      if (event.kind !== "granted" && event.kind !== "ended") return [];
      const { task } = event;
      const before = ends.get(task);
      if (event.kind === "granted") return before === undefined ? [] : [`${task} had ended at record ${before}`];
      // What a crash means for a task that has its outcome is nothing.
      if (before === undefined) ends.set(task, event.seq);
      else if (event.outcome !== "failed") return [`${task} ends as ${event.outcome}, and had ended at ${before}`];
      return [];
    };
  },
);

const mergedOnce = planInvariant("no task is merged twice, and none counts as merged that did not land", () => {
  const landed = new Map<string, string>();
  return (event) => {
    if (event.kind === "ended") {
      const isClaim = event.outcome === "merged" && !landed.has(event.task);
      return isClaim ? [`${event.task} never landed`] : [];
    }
    if (event.kind !== "landed") return [];
    const { task, commit } = event;
    const before = landed.get(task);
    landed.set(task, commit);
    // One that is enqueued again after landing is answered with where it landed.
    return before === undefined || before === commit ? [] : [`${task} landed as ${before}, and again as ${commit}`];
  };
});

const nothingAfterTheEnd = planInvariant("nothing starts once the run is over", () => {
  let end: number | null = null;
  return (event) => {
    if (event.kind === "over") end ??= event.seq;
    if (event.kind === "retried") end = null;
    return event.kind === "granted" && end !== null ? [`the run was over at record ${end}`] : [];
  };
});

const isPassed = (results: readonly GateOutcome[], gate: string): boolean =>
  results.some(({ name, status }) => name === gate && status === "passed");

const neverRed: RunInvariant = {
  name: "the integration branch moves only after its required gates passed",
  find: (records) => {
    if (readTaskHistory(records)?.hasGates !== true) return [];
    let isGreen = false;
    let red = new Set<string>();
    return records.map(readRecord).flatMap(({ actor, type, seq, data }) => {
      if (actor !== "merge") return [];
      if (type === "chain.built") isGreen = false;
      if (type === "tip.gated") {
        // A gate that is run again counts as it ended; the others of that tree count as they were.
        const before = data.again === true ? [...red].filter((name) => !isPassed(data.results, name)) : [];
        const now = data.results.flatMap((result) => (firstRed([result]) === undefined ? [] : [result.name]));
        red = new Set([...before, ...now]);
        isGreen ||= red.size === 0;
      }
      return type === "branch.advanced" && !isGreen ? [{ seq, why: "no gate run of this chain was green" }] : [];
    });
  },
};

/** See the file's head. */
export const planInvariants: readonly RunInvariant[] = [
  oneSlotAtATime,
  withinCapacity,
  needsFirst,
  oneOutcome,
  mergedOnce,
  neverRed,
  nothingAfterTheEnd,
];
