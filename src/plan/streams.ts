/**
 * The streams of a plan: those of pleach.yaml and of the frontmatter, those that tasks name, and those that must be there
 * for what may come: whoever reviews, and the known ones when the plan may grow. And who reviews whom.
 */
import { agentsOf, choiceOf } from "./agent-choice.ts";
import { explainUnfit } from "./agent-kinds.ts";
import { streamOf } from "./complete-task.ts";
import { DEFAULT_RESTART, KNOWN_STREAMS } from "./defaults.ts";
import { type IssueList, quote } from "./issues.ts";
import type { AgentSpec, Isolation, ProjectConfig, StreamSpec } from "./model.ts";
import { isPlanning } from "./planning.ts";
import type { RawPlan } from "./raw.ts";

/** A stream with the lines of a plan that it was written on; null: in pleach.yaml, or nowhere. */
export interface LocatedStream {
  spec: StreamSpec;
  line: number | null;
  reviewedByLine: number | null;
}

/** All streams of a plan; their agents are only those that they were given. */
export function declareStreams(
  raw: RawPlan,
  config: ProjectConfig,
  concurrency: number,
  issues: IssueList,
): LocatedStream[] {
  const declared = new Map<string, LocatedStream>();
  const fresh = (name: string): StreamSpec => ({ name, concurrency, restart: DEFAULT_RESTART });
  const addKnown = (name: string): void => {
    if (!declared.has(name)) declared.set(name, { spec: fresh(name), line: null, reviewedByLine: null });
  };
  for (const spec of config.defaults.streams ?? []) {
    declared.set(spec.name, { spec, line: null, reviewedByLine: null });
  }
  for (const { name, line, agent, reviewedBy, ...given } of raw.header.streams ?? []) {
    const before = declared.get(name);
    const { agent: _agent, fallback: _fallback, ...others } = before?.spec ?? fresh(name);
    const spec = {
      ...(agent === undefined ? (before?.spec ?? others) : { ...others, ...choiceOf(agent) }),
      ...given,
      ...(reviewedBy === undefined ? {} : { reviewedBy: reviewedBy.text }),
    };
    declared.set(name, { spec, line, reviewedByLine: reviewedBy?.line ?? null });
  }
  const known = [...declared.keys(), ...KNOWN_STREAMS];
  for (const task of raw.tasks) {
    const name = streamOf(task);
    if (declared.has(name)) continue;
    addKnown(name);
    if (known.includes(name)) continue;
    const hint = `${issues.suggest(name, known)}Declare it under \`streams\` if it is meant.`;
    const message = `task ${quote(task.id.text)} names the stream ${quote(name)}, which is not declared`;
    issues.warn("plan.unknownStream", task.stream?.line ?? task.line, message, hint, task.file);
  }
  if (raw.tasks.some(isPlanning)) for (const name of KNOWN_STREAMS) addKnown(name);
  for (const { spec } of [...declared.values()]) {
    if (spec.reviewedBy !== undefined && KNOWN_STREAMS.includes(spec.reviewedBy)) addKnown(spec.reviewedBy);
  }
  return [...declared.values()].map((stream) => ({
    ...stream,
    spec: { ...stream.spec, concurrency: Math.min(stream.spec.concurrency, concurrency) },
  }));
}

interface ReviewFacts {
  file: string;
  isolation: Isolation;
  agents: ReadonlyMap<string, AgentSpec>;
  /** Streams that have tasks. */
  used: ReadonlySet<string>;
}

/**
 * Files what is wrong with `reviewedBy` of completed streams. A review needs a commit to look at, another stream than the
 * one that wrote it, and an agent that can read: a script cannot.
 */
export function checkReviews(streams: readonly LocatedStream[], facts: ReviewFacts, issues: IssueList): void {
  const specs = new Map(streams.map(({ spec }) => [spec.name, spec]));
  for (const { spec, line, reviewedByLine } of streams) {
    const { name, reviewedBy } = spec;
    if (reviewedBy === undefined || (line === null && !facts.used.has(name))) continue;
    const at = reviewedByLine ?? line ?? 1;
    const label = `the stream ${quote(name)} is reviewed by ${quote(reviewedBy)}`;
    const fail = (code: string, message: string, hint: string): void =>
      issues.fail(code, at, message, hint, facts.file);
    if (facts.isolation === "none") {
      const hint = "Remove `reviewedBy`, or use `isolation: worktree`.";
      fail("plan.badValue", `${label}, but \`isolation: none\` makes no commits to review`, hint);
      continue;
    }
    const reviewer = specs.get(reviewedBy);
    if (reviewer === undefined) {
      const hint = `${issues.suggest(reviewedBy, specs.keys())}Declare it under \`streams\`.`;
      fail("plan.unknownStream", `${label}, which is not declared`, hint);
      continue;
    }
    if (reviewer.agent === undefined) {
      const hint = `Give it one: streams: {${reviewedBy}: {agent: claude}}.`;
      fail("plan.noReviewer", `${label}, which has no agent`, hint);
      continue;
    }
    for (const each of agentsOf({ ...reviewer, agent: reviewer.agent })) {
      const agent = facts.agents.get(each);
      if (agent === undefined || explainUnfit(agent) === null) continue;
      const hint = "Name an agent that reads and judges, such as claude or a program of yours.";
      fail("plan.noReviewer", `${label}, whose agent ${quote(agent.name)} cannot review`, hint);
    }
  }
}
