/** What the vault learns from, projected from a run's log (`RunFacts`). */
import type { GateOutcome } from "../../machines/effects.ts";
import type { FailureFact, RunFacts, TaskFact } from "../../vault/index.ts";
import type { StatusDocument } from "../client.ts";
import type { LogRecord } from "../log/port.ts";
import type { PatternsShown, RunAbout } from "./run-view.ts";

interface Trail {
  attempt: number;
  failures: FailureFact[];
  /** Files of the newest commit that did not make it. */
  failedFiles: string[];
  files: string[];
  decided: string | null;
}

export interface FactSources {
  about: RunAbout;
  status: StatusDocument;
  /** Folder name of the repository. */
  repo: string;
  records: Iterable<LogRecord>;
  /** The end of a kept output, or "" when it is gone; the path is relative to the run's folder. */
  readTail: (path: string) => string;
  startedAt: number;
  endedAt: number;
}

/** Projects the facts. Deterministic for the same log and outputs. */
export function projectFacts({ about, status, repo, records, readTail, startedAt, endedAt }: FactSources): RunFacts {
  const streams = new Map(about.plan.tasks.map(({ id, stream }) => [id, stream]));
  const trails = new Map<string, Trail>();
  const shown: Record<string, string[]> = {};
  for (const record of records) {
    if (!record.actor.startsWith("task:")) continue;
    const task = record.actor.slice("task:".length);
    if (record.type === "patterns.shown") noteShown(shown, task, record.data as PatternsShown);
    const trail = trails.get(task) ?? { attempt: 1, failures: [], failedFiles: [], files: [], decided: null };
    trails.set(task, trail);
    follow(trail, record, { task, stream: streams.get(task) ?? "", readTail });
  }
  const tasks = about.plan.tasks.map((task): TaskFact => {
    const view = status.tasks.find(({ id }) => id === task.id);
    const trail = trails.get(task.id);
    const succeeded = view?.status === "merged" || view?.status === "done";
    const failures = trail?.failures ?? [];
    return {
      id: task.id,
      title: task.title,
      stream: task.stream,
      agent: view?.agent ?? null,
      outcome: outcomeOf(view?.status),
      attempts: view?.attempts ?? 0,
      workMs: view?.started && view.finished ? Date.parse(view.finished) - Date.parse(view.started) : 0,
      scope: task.scope ?? [],
      files: view?.files ?? [],
      needs: task.needs,
      failures,
      fixedBy: succeeded && failures.length > 0 ? fixOf(failures, trail?.decided ?? null) : null,
      fixFiles: succeeded && trail ? (view?.files ?? []).filter((file) => !trail.failedFiles.includes(file)) : [],
    };
  });
  const outcome = status.status === "running" ? "interrupted" : status.status;
  const { usd, tokens } = status.cost;
  return {
    run: about.run,
    goal: about.plan.goal,
    repo,
    branch: about.branch,
    outcome,
    startedAt,
    endedAt,
    costUsd: usd,
    costTokens: tokens,
    speedup: status.timing.speedup,
    tasks,
    conflicts: [
      ...status.conflicts.map(({ id, kind, task, files, choice }) => ({ id, kind, task, files, choice })),
      ...tasks.flatMap(({ id, failures }) => listReruns(id, failures, status)),
    ],
    // What was found at the begin counts for tasks whose agents were shown nothing: commands, and old logs.
    patternsUsed: { ...about.patterns, ...shown },
  };
}

/** Predictions only: what is shown for a failure that has come already foretells nothing, nor does what a reviewer is shown. */
function noteShown(shown: Record<string, string[]>, task: string, { role, patterns, failure }: PatternsShown): void {
  if (role !== "work") return;
  shown[task] = [...new Set([...(shown[task] ?? []), ...patterns.filter((id) => !failure.includes(id))])];
}

function follow(
  trail: Trail,
  { type, data }: LogRecord,
  where: { task: string; stream: string; readTail: FactSources["readTail"] },
): void {
  const facts = data as Record<string, unknown>;
  const fail = (kind: FailureFact["kind"], by: string, text: string, files: string[] = []): void => {
    const { task, stream } = where;
    trail.failures.push({ task, stream, attempt: trail.attempt++, kind, by, text: text.slice(-8192), files });
    trail.failedFiles = trail.files;
  };
  switch (type) {
    case "task.exited":
      if (facts.ok === true) return;
      fail(facts.timedOut === true ? "timeout" : "work", "work", String(facts.tail ?? facts.reason ?? ""));
      return;
    case "work.committed":
      trail.files = facts.files as string[];
      return;
    case "work.outOfScope":
      fail("scope", "scope", "changed files outside its scope", facts.files as string[]);
      return;
    case "gates.finished": {
      const red = (facts.results as GateOutcome[]).find(({ required, status }) => required && status !== "passed");
      if (red) fail("gate", red.name, (red.report && where.readTail(red.report)) || red.summary, trail.files);
      return;
    }
    case "merge.conflicted":
      fail("merge", "merge", `merge conflict in ${(facts.files as string[]).join(", ")}`, facts.files as string[]);
      return;
    case "merge.rejected":
      fail(
        "gate",
        "merge",
        typeof facts.report === "string" ? where.readTail(facts.report) || String(facts.reason) : String(facts.reason),
        trail.files,
      );
      return;
    case "conflict.decided":
      trail.decided = String(facts.choice);
      return;
    default:
  }
}

/** Merge conflicts that the runtime settled by itself, by running the task again. */
function listReruns(
  task: string,
  failures: readonly FailureFact[],
  { conflicts }: StatusDocument,
): RunFacts["conflicts"] {
  const asked = conflicts.filter((conflict) => conflict.task === task && conflict.kind === "merge").length;
  return failures
    .filter(({ kind }) => kind === "merge")
    .slice(asked)
    .map(({ files }, index) => ({ id: `${task}-rerun-${index + 1}`, kind: "merge", task, files, choice: "rerun" }));
}

function fixOf(failures: readonly FailureFact[], decided: string | null): string {
  if (decided !== null) return `decision: ${decided}`;
  return failures.at(-1)?.kind === "merge" ? "rerun on the new base" : "retry";
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
