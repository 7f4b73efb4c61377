/** The dry run of a plan: what runs when, what the longest chain is, what parallel work gains, and which scopes collide. */

import { buildDag, type Edges, longestPaths, reachability, sortDag } from "../dag/dag.ts";
import { IssueList, quote } from "./issues.ts";
import type { Plan, PlanIssue } from "./model.ts";
import { findOverlaps, type Overlap } from "./overlaps.ts";
import { readDurations } from "./remaining-path.ts";
import { simulateSchedule } from "./simulate.ts";

/** Beyond this many, warnings of one kind are told as one. */
const MAX_SINGLE_WARNINGS = 5;
const MAX_SINGLE_OVERLAPS = 20;

export interface PlanAnalysis {
  /** Ids in the order of needs: all of one wave could run together, with the resources that there are. */
  waves: string[][];
  /** The chain of tasks that takes longest. */
  criticalPath: { ids: string[]; ms: number };
  /** Time one after the other, divided by time at the plan's limits. */
  speedup: number;
  overlaps: Overlap[];
  warnings: PlanIssue[];
}

export interface AnalysisFacts {
  /** Known or predicted durations by task id; others are guessed. */
  durationsMs?: Readonly<Record<string, number>>;
  /** Files that git tracks, relative to the repository. */
  files?: readonly string[];
}

/** Analyses a valid plan. Pure. */
export function analyzePlan(plan: Plan, facts: AnalysisFacts = {}): PlanAnalysis {
  const graph = buildDag(plan.tasks);
  const { order } = sortDag(graph.needs, graph.neededBy);
  const durations = readDurations(graph.ids, facts.durationsMs ?? {});
  const remaining = longestPaths(graph.neededBy, durations, graph.needs);
  const waves: string[][] = [];
  for (const [index, wave] of placeInWaves(plan, graph.needs, order)) {
    waves[wave] ??= [];
    waves[wave].push(graph.ids[index] ?? "");
  }
  const critical = followCritical(graph.neededBy, remaining, order, durations);
  const makespanMs = simulateSchedule(plan, graph, durations, remaining);
  const totalMs = durations.reduce((sum, ms) => sum + ms, 0);
  const reaches = reachability(graph.neededBy);
  const groupOf = (index: number): string | undefined => plan.tasks[index]?.candidateOf;
  // Of candidates one is merged: that they change the same is meant.
  const areRivals = (a: number, b: number): boolean => groupOf(a) !== undefined && groupOf(a) === groupOf(b);
  const isApart = (a: number, b: number): boolean => reaches(a, b) || reaches(b, a) || areRivals(a, b);
  const { overlaps, isComplete } = findOverlaps(plan, isApart, facts.files);
  return {
    waves,
    criticalPath: { ids: critical.map((index) => graph.ids[index] ?? ""), ms: remaining[critical[0] ?? -1] ?? 0 },
    speedup: makespanMs > 0 ? totalMs / makespanMs : 1,
    overlaps,
    warnings: warnAbout(plan, overlaps, isComplete),
  };
}

/** Each task, in this order, into the first wave after its needs that has the resources which it uses. */
function placeInWaves(plan: Plan, needs: Edges, order: readonly number[]): Map<number, number> {
  const waveOf = new Map<number, number>();
  const used = new Map<string, number>();
  /** Resource -> the first wave in which any of it is left. */
  const open = new Map<string, number>();
  for (const index of order) {
    const wanted = Object.entries(plan.tasks[index]?.uses ?? {}).filter(([name]) =>
      Object.hasOwn(plan.resources, name),
    );
    const isFree = ([name, units]: [string, number], wave: number): boolean => {
      const taken = used.get(`${wave} ${name}`) ?? 0;
      return taken === 0 || taken + units <= (plan.resources[name] ?? 0);
    };
    const after = (needs[index] ?? []).map((need) => (waveOf.get(need) ?? 0) + 1);
    let wave = Math.max(0, ...after, ...wanted.map(([name]) => open.get(name) ?? 0));
    while (!wanted.every((want) => isFree(want, wave))) wave += 1;
    waveOf.set(index, wave);
    for (const [name, units] of wanted) {
      const taken = (used.get(`${wave} ${name}`) ?? 0) + units;
      used.set(`${wave} ${name}`, taken);
      const isFirst = wave === (open.get(name) ?? 0);
      if (isFirst && taken >= (plan.resources[name] ?? 0)) open.set(name, wave + 1);
    }
  }
  return waveOf;
}

function followCritical(
  neededBy: Edges,
  remaining: readonly number[],
  order: readonly number[],
  durations: readonly number[],
): number[] {
  const longest = (best: number | undefined, index: number): number =>
    best === undefined || (remaining[index] ?? 0) > (remaining[best] ?? 0) ? index : best;
  const path: number[] = [];
  for (let at = order.reduce<number | undefined>(longest, undefined); at !== undefined; ) {
    path.push(at);
    const isEnd: boolean = (remaining[at] ?? 0) <= (durations[at] ?? 0) && (neededBy[at] ?? []).length === 0;
    at = isEnd ? undefined : (neededBy[at] ?? []).reduce<number | undefined>(longest, undefined);
  }
  return path;
}

function warnAbout(plan: Plan, overlaps: readonly Overlap[], isComplete: boolean): PlanIssue[] {
  const first = plan.tasks[0]?.at;
  const issues = new IssueList(first?.file ?? "");
  const taskOf = new Map(plan.tasks.map((task) => [task.id, task]));
  const unscoped = plan.isolation === "worktree" ? plan.tasks.filter((task) => task.scope === undefined) : [];
  const hint = "Add `scope:` with the globs that the task may change.";
  if (unscoped.length > MAX_SINGLE_WARNINGS) {
    const names = unscoped.slice(0, MAX_SINGLE_WARNINGS).map(({ id }) => id);
    const at = unscoped[0]?.at;
    const message = `${unscoped.length} tasks name no scope and may change any file: ${names.join(", ")} …`;
    issues.warn("plan.noScope", at?.line ?? 1, message, hint, at?.file);
  } else {
    for (const task of unscoped) {
      const message = `task ${quote(task.id)} names no scope and may change any file`;
      issues.warn("plan.noScope", task.at?.line ?? 1, message, hint, task.at?.file);
    }
  }
  for (const overlap of overlaps.slice(0, MAX_SINGLE_OVERLAPS)) {
    const at = taskOf.get(overlap.a)?.at;
    const shared = "files" in overlap ? overlap.files.join(", ") : [...new Set(overlap.globs)].join(" and ");
    const message = `tasks ${quote(overlap.a)} and ${quote(overlap.b)} may run together and change the same: ${shared}`;
    issues.warn("plan.overlap", at?.line ?? 1, message, "Let one need the other, or part their scopes.", at?.file);
  }
  const more = overlaps.length - MAX_SINGLE_OVERLAPS;
  if (more > 0 || !isComplete) {
    const message = isComplete
      ? `${more} more pairs of tasks have overlapping scopes`
      : `more pairs of tasks have overlapping scopes than were compared; ${overlaps.length} were found`;
    issues.warn("plan.overlap", first?.line ?? 1, message, "Narrow the scopes, or let tasks need each other.");
  }
  return issues.close().warnings;
}
