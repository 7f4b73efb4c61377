/** What the vault learns from, projected from a run's log (`RunFacts`). */

import type { Task } from "../../../plan/model.ts";
import { taskAt } from "../../../protocol/address.ts";
import { type RunRecord, readRecord } from "../../../protocol/records.ts";
import type { RunStatus } from "../../../protocol/states.ts";
import type { StatusDocument, TaskView } from "../../../protocol/status.ts";
import type { RunManifest } from "../../../protocol/values.ts";
import type { ConflictFact, FailureFact, RunFacts, TaskFact } from "../../../vault/index.ts";
import type { LogRecord } from "../../log/port.ts";
import { RunFactsProjector } from "./run-facts-projector.ts";
import { failuresOf, type ReadTail, type TaskFactsProjector } from "./task-facts-projector.ts";

/** What the runtime does by itself about a merge conflict, as facts name it. */
const RERUN = "rerun on the new base";

export interface FactSources {
  manifest: RunManifest;
  status: StatusDocument;
  /** Folder name of the repository. */
  repo: string;
  /** The run's log, in batches. */
  records: AsyncIterable<readonly LogRecord[]>;
  readTail: ReadTail;
  startedAt: number;
  endedAt: number;
}

/** Projects the facts. Deterministic for the same log and outputs. Rejects as reading the log does. */
export async function projectFacts(sources: FactSources): Promise<RunFacts> {
  const { manifest, status, repo, records, readTail, startedAt, endedAt } = sources;
  const trail = new RunFactsProjector(manifest.plan, readTail);
  const shown: Record<string, string[]> = {};
  for await (const batch of records) {
    for (const record of batch) {
      trail.follow(record);
      noteShown(shown, readRecord(record));
    }
  }
  const views = new Map(status.tasks.map((view) => [view.id, view]));
  const tasks = manifest.plan.tasks.map((task) =>
    describeTask(task, views.get(task.id), trail.taskOf(task.id), trail.queuedMs(task.id)),
  );
  const { usd, tokens, estimatedUsd = 0 } = status.cost;
  const { budget } = manifest.plan;
  return {
    run: manifest.run,
    goal: manifest.plan.goal,
    repo,
    branch: manifest.branch,
    outcome: outcomeOfRun(status.status),
    startedAt,
    endedAt,
    costUsd: usd,
    estimatedUsd,
    costTokens: tokens,
    budget: {
      usd: budget.usd ?? null,
      tokens: budget.tokens ?? null,
      mode: budget.mode,
      isExhausted: trail.isExhausted,
    },
    speedup: status.timing.speedup,
    tasks,
    conflicts: [
      ...listConflicts(status, trail),
      ...tasks.flatMap(({ id, failures }) => listReruns(id, failures, status, trail)),
    ],
    gates: trail.gates,
    reviews: trail.reviews,
    insights: trail.insights,
    growth: trail.growth,
    // What was found at the begin counts for tasks whose agents were shown nothing: commands, and those of old logs.
    patternsUsed: { ...manifest.patterns, ...shown },
  };
}

/** Predictions only: what is shown for a failure that has happened already predicts nothing, nor does what a reviewer is shown. */
function noteShown(shown: Record<string, string[]>, { actor, type, data }: RunRecord): void {
  const task = taskAt(actor);
  if (type !== "advice.shown" || data.role !== "work" || task === null) return;
  const { patterns, failure } = data;
  shown[task] = [...new Set([...(shown[task] ?? []), ...patterns.filter((id) => !failure.includes(id))])];
}

function describeTask(
  task: Task,
  view: TaskView | undefined,
  trail: TaskFactsProjector | undefined,
  queuedMs: number,
): TaskFact {
  const tries = trail?.attempts ?? [];
  const failures = failuresOf(tries);
  const succeeded = view?.status === "merged" || view?.status === "done";
  const failedFiles = tries.findLast(({ failure }) => failure !== null)?.files ?? [];
  const files = view?.files ?? [];
  return {
    id: task.id,
    title: task.title,
    stream: task.stream,
    agent: view?.agent ?? null,
    outcome: outcomeOf(view?.status),
    attempts: view?.attempts ?? 0,
    workMs: view?.started && view.finished ? Date.parse(view.finished) - Date.parse(view.started) : 0,
    queuedMs,
    costUsd: sum(tries.map(({ costUsd }) => costUsd)),
    // Of the run's own sums: estimates that were taken back leave nothing of them.
    estimatedUsd: view?.cost?.estimatedUsd ?? 0,
    tokens: sum(tries.map(({ tokens }) => tokens)),
    expectedMs: null,
    timeoutMs: task.timeoutMs,
    budgetUsd: task.budget?.usd ?? null,
    budgetTokens: task.budget?.tokens ?? null,
    scope: task.scope ?? [],
    files,
    needs: task.needs,
    tries,
    failures,
    fixedBy: succeeded && failures.length > 0 ? fixOf(failures, trail?.decided ?? null) : null,
    fixFiles: succeeded && trail ? files.filter((file) => !failedFiles.includes(file)) : [],
  };
}

/** Those that waited for a person, or still do. */
function listConflicts({ conflicts }: StatusDocument, trail: RunFactsProjector): ConflictFact[] {
  const seen = new Map<string, number>();
  return conflicts.map(({ id, kind, task, why, files, choice }) => {
    if (kind !== "merge") return { id, kind, task, why, files, others: [], choice };
    const at = seen.get(task) ?? 0;
    seen.set(task, at + 1);
    // A task asks only once re-runs are used up, or with a re-run that removes what others merged.
    return { id, kind, task, why, files, others: trail.othersOf(task).at(-1) ?? [], choice };
  });
}

/** Merge conflicts that the runtime settled by itself, by running the task again. */
function listReruns(
  task: string,
  failures: readonly FailureFact[],
  { conflicts }: StatusDocument,
  trail: RunFactsProjector,
): ConflictFact[] {
  const asked = conflicts.filter((conflict) => conflict.task === task && conflict.kind === "merge").length;
  const others = trail.othersOf(task);
  return failures
    .filter(({ kind }) => kind === "merge")
    .flatMap(({ files }, index) => {
      const id = `${task}-rerun-${index + 1}`;
      const why = `${task} conflicts with what is merged already`;
      const fact = {
        id,
        kind: "merge" as const,
        task,
        why,
        files,
        others: [...(others[index] ?? [])],
        choice: RERUN,
      };
      return index < asked ? [] : [fact];
    });
}

function fixOf(failures: readonly FailureFact[], decided: string | null): string {
  if (decided !== null) return `decision: ${decided}`;
  const last = failures.at(-1)?.kind;
  if (last === "merge") return RERUN;
  return last === "review" ? "another round after its review" : "retry";
}

/** A run of which only a part was merged has failed; one that stopped on the way was interrupted. */
function outcomeOfRun(status: RunStatus): RunFacts["outcome"] {
  switch (status) {
    case "succeeded":
    case "failed":
    case "cancelled":
    case "waiting":
      return status;
    case "partial":
      return "failed";
    default:
      return "interrupted";
  }
}

function outcomeOf(status: string | undefined): TaskFact["outcome"] {
  switch (status) {
    case "merged":
    case "done":
    case "failed":
    case "skipped":
    case "cancelled":
      return status;
    default:
      return "unfinished";
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
