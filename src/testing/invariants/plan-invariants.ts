/** Promises of a plan's run (`src/machines`: H1, H2, Q1, Q2). A log that is of no plan keeps them all. */
import type { LogRecord } from "../../actors/log/port.ts";
import type { Node } from "../../machines/scheduler/state.ts";
import type { GateOutcome } from "../../protocol/values.ts";
import type { RunInvariant } from "./invariant.ts";
import { type Moment, type PlanTrail, readTrail } from "./plan-trail.ts";

type Found = { seq: number; why: string };

/** An invariant that is asked of each moment in turn; `judge` says what is wrong with it, if anything. */
function ofMoments(name: string, begin: (trail: PlanTrail) => (moment: Moment) => string[]): RunInvariant {
  return {
    name,
    find: (records) => {
      const trail = readTrail(records);
      if (trail === null) return [];
      const judge = begin(trail);
      return trail.moments.flatMap((moment): Found[] => judge(moment).map((why) => ({ seq: moment.seq, why })));
    },
  };
}

const leased = ofMoments("a task holds one slot at a time", () => {
  const holding = new Set<string>();
  return ({ kind, ...moment }) => {
    if (!("task" in moment)) return [];
    if (kind === "released") holding.delete(moment.task);
    if (kind !== "granted") return [];
    const isTwice = holding.has(moment.task);
    holding.add(moment.task);
    return isTwice ? [`${moment.task} is granted a second slot`] : [];
  };
});

const limited = ofMoments("nothing goes over its capacity: the run, streams, agents, resources", (trail) => {
  const { concurrency, streams, agents, resources } = trail.scheduler;
  const holding = new Map<string, Node>();
  return (moment) => {
    if (moment.kind === "released") holding.delete(moment.task);
    const node = moment.kind === "granted" ? trail.nodes.get(moment.task) : undefined;
    if (moment.kind !== "granted" || node === undefined) return [];
    holding.set(moment.task, node);
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
      .map(([what, used, limit]) => `with ${moment.task}, ${what} is at ${used} of ${limit}`);
  };
});

const needed = ofMoments("no task starts before its needs are met", (trail) => {
  const outcomes = new Map<string, string>();
  const ids = trail.scheduler.nodes.map(({ input }) => input.id);
  const isMet = (index: number): boolean => {
    const outcome = outcomes.get(ids[index] ?? "");
    const tolerated = outcome === "failed" && trail.scheduler.nodes[index]?.continueOnError === true;
    return outcome === "merged" || outcome === "done" || tolerated;
  };
  return (moment) => {
    if (moment.kind === "ended" && !outcomes.has(moment.task)) outcomes.set(moment.task, moment.outcome);
    const node = moment.kind === "granted" ? trail.nodes.get(moment.task) : undefined;
    if (node === undefined) return [];
    const missing = node.require.filter((need) => !isMet(need)).map((need) => `it requires ${ids[need]}`);
    const met = node.needs.filter(isMet).length;
    return met < node.min ? [...missing, `${met} of its needs are met, ${node.min} have to be`] : missing;
  };
});

const ended = ofMoments("a task has one outcome, and is not started again after it", () => {
  const ends = new Map<string, number>();
  return (moment) => {
    if (moment.kind !== "granted" && moment.kind !== "ended") return [];
    const { task } = moment;
    const before = ends.get(task);
    if (moment.kind === "granted") return before === undefined ? [] : [`${task} had ended at record ${before}`];
    // What a crash means for a task that has its outcome is nothing.
    if (before === undefined) ends.set(task, moment.seq);
    else if (moment.outcome !== "failed") return [`${task} ends as ${moment.outcome}, and had ended at ${before}`];
    return [];
  };
});

const merged = ofMoments("no task is merged twice, and none counts as merged that did not land", () => {
  const landed = new Map<string, string>();
  return (moment) => {
    if (moment.kind === "ended") {
      const isClaim = moment.outcome === "merged" && !landed.has(moment.task);
      return isClaim ? [`${moment.task} never landed`] : [];
    }
    if (moment.kind !== "landed") return [];
    const { task, commit } = moment;
    const before = landed.get(task);
    landed.set(task, commit);
    // One that is enqueued again after landing is answered with where it landed.
    return before === undefined || before === commit ? [] : [`${task} landed as ${before}, and again as ${commit}`];
  };
});

const over = ofMoments("nothing starts once the run is over", () => {
  let end: number | null = null;
  return (moment) => {
    if (moment.kind === "over") end ??= moment.seq;
    return moment.kind === "granted" && end !== null ? [`the run was over at record ${end}`] : [];
  };
});

const green: RunInvariant = {
  name: "the integration branch moves only after its required gates passed",
  find: (records) => {
    if (readTrail(records)?.hasGates !== true) return [];
    let isGreen = false;
    return records.flatMap(({ actor, type, seq, data }: LogRecord) => {
      if (actor !== "merge") return [];
      if (type === "chain.built") isGreen = false;
      if (type === "tip.gated") isGreen ||= passes((data as { results: GateOutcome[] }).results);
      return type === "branch.advanced" && !isGreen ? [{ seq, why: "no gate run of this chain was green" }] : [];
    });
  },
};

const passes = (results: readonly GateOutcome[]): boolean =>
  results.every(({ required, status }) => !required || status === "passed");

/** See the file's head. */
export const planInvariants: readonly RunInvariant[] = [leased, limited, needed, ended, merged, green, over];
