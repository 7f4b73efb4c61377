/**
 * What tasks of a kind take: those of one stream and agent, attempts that failed included. One note for each such kind;
 * what it says is added up from its occurrences, so that a person may strike one out.
 */

import { signParts } from "../../patterns/signatures.ts";
import { isGood, type RememberedRun, type RememberedTask } from "../run-memory.ts";
import { type Evidence, type KnownPattern, type Observation, quantile } from "./observation.ts";

/** Before so many tasks are finished, a median is an anecdote. */
const MIN_TASKS = 5;
/** Values kept of one run; of more, so many that are spread evenly over them. */
const MAX_VALUES = 24;

/** The efforts that this run adds to, by kinds of task. */
export function observeEffort(
  now: RememberedRun,
  memory: readonly RememberedRun[],
  known: readonly KnownPattern[],
): Observation[] {
  const kinds = new Map<string, Pick<RememberedTask, "stream" | "agent">>();
  for (const { stream, agent } of now.tasks) kinds.set(signParts("effort", stream, agent), { stream, agent });
  return [...kinds].flatMap(([signature, kind]) => {
    const evidence = measure(now, kind);
    const earlier = memory.flatMap((run) => {
      const before = measure(run, kind);
      return before === null ? [] : [{ run: run.run, ended: run.ended, evidence: before }];
    });
    if (evidence === null) return [];
    const finished = [evidence, ...earlier.map((one) => one.evidence)].reduce((sum, { good }) => sum + good, 0);
    const isKnown = known.some(({ signatures }) => signatures.includes(signature));
    return isKnown || finished >= MIN_TASKS ? [describe(signature, kind, evidence, earlier)] : [];
  });
}

function measure(run: RememberedRun, { stream, agent }: Pick<RememberedTask, "stream" | "agent">): Evidence | null {
  const tasks = run.tasks.filter((task) => task.stream === stream && task.agent === agent);
  const good = tasks.filter(isGood);
  const bad = tasks.filter(({ outcome }) => outcome === "failed");
  if (good.length + bad.length === 0) return null;
  const seconds = good.map((task) => task.seconds).sort((a, b) => a - b);
  const usd = good.reduce((sum, task) => sum + task.costUsd, 0);
  return {
    seen: good.length + bad.length,
    good: good.length,
    bad: bad.length,
    about: `median ${quantile(seconds, 0.5).toFixed(1)} s`,
    details: [
      ...(seconds.length === 0 ? [] : [`seconds: ${spread(seconds).join(", ")}`]),
      ...(usd > 0
        ? [
            `usd: ${good
              .map((task) => task.costUsd.toFixed(4))
              .slice(0, MAX_VALUES)
              .join(", ")}`,
          ]
        : []),
    ],
  };
}

function spread(sorted: readonly number[]): string[] {
  const count = Math.min(sorted.length, MAX_VALUES);
  return Array.from({ length: count }, (_, at) => quantile(sorted, (at + 1) / count).toFixed(1));
}

function describe(
  signature: string,
  { stream, agent }: Pick<RememberedTask, "stream" | "agent">,
  evidence: Evidence,
  earlier: Observation["earlier"],
): Observation {
  const [inStream, by] = [toPlain(stream), toPlain(agent)];
  const who = by === "" ? inStream : `${inStream} with agent ${by}`;
  return {
    kind: "effort",
    signature,
    also: [],
    title: `Effort: what tasks of ${who} take`,
    fingerprint: { gate: "", test: "", lines: [], files: [] },
    head: `### What it says\n\nHow long tasks of stream ${stream}${agent === "" ? "" : ` with agent ${agent}`} take, all attempts together.`,
    advice: [],
    words: ["tried", "finished", "failed"],
    tasks: [],
    evidence,
    earlier,
    appliesWhen: [`stream ${inStream}`, ...(by === "" ? [] : [`agent ${by}`])],
    symptoms: [],
    scope: [],
    problemType: "performance_issue",
  };
}

/** Plain text of what `toInline` escaped. */
function toPlain(markdown: string): string {
  return markdown.replace(/\\(.)/g, "$1");
}
