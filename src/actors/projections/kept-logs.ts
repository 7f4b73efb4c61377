/**
 * Which outputs a run has kept, of whom, and how what they are of ended: folded from its log, beside the actors. What is
 * still being written is among them. Whether a file is still there, only who reads it finds out.
 */
import type { MergeContext } from "../../machines/merge/merge-decisions.ts";
import { taskActor, taskAt } from "../../protocol/address.ts";
import type { Params } from "../../protocol/effects.ts";
import { firstRed, type GateOutcome } from "../../protocol/gate-values.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import type { LogRecord } from "../log/port.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { transcriptPath } from "./status.ts";

/** `setup` prepared a worktree, `gate` judged one, `review` is what a reviewer answered. */
export type LogKind = "work" | "setup" | "gate" | "review";

export interface KeptLog {
  kind: LogKind;
  /** Tasks that it is of: one, or those whose work was in the merged tree; none for the base. */
  tasks: string[];
  /** Label of the task's attempt; null where it is not one attempt's. */
  attempt: string | null;
  /** Name of the gate; else null. */
  gate: string | null;
  /** Where it was run: by the task itself, on the merged tree, on the base. */
  at: "task" | "merge" | "base";
  status: "running" | "passed" | "failed" | "error" | "skipped";
  /** One line; null while it runs. */
  summary: string | null;
  /** Relative to the run's folder. */
  path: string;
}

/** Attempts kept of all tasks together; the oldest are forgotten. */
const MAX_LOGS = 50_000;

/** Folds records; `follow` is called with each of them before it is applied to the system. */
export class KeptLogs {
  readonly #byPath = new Map<string, KeptLog>();
  /** Task -> what its newest failure was told in. */
  readonly #reasons = new Map<string, string>();

  /** Oldest first. */
  list(): KeptLog[] {
    return [...this.#byPath.values()];
  }

  /** The log that says why the task's newest attempt failed; null when nothing has gone wrong since. */
  reasonOf(task: string): KeptLog | null {
    return this.#byPath.get(this.#reasons.get(task) ?? "") ?? null;
  }

  follow(system: ActorSystem, logged: LogRecord): void {
    const record = readRecord(logged);
    const task = taskAt(record.actor);
    if (task !== null) this.#followTask(system, task, record);
    else if (record.actor === "merge") this.#followMerge(system, record);
    else if (record.type === "epoch.started") this.#interrupt();
  }

  /** Takes in what is under way and has no record of its own yet. */
  take(system: ActorSystem): void {
    for (const { name, params } of system.open.values()) {
      if (name !== "startAgent") continue;
      const { task, attempt } = params as Params<"startAgent">;
      this.#keep({
        ...ofTask("work", task, attempt),
        status: "running",
        summary: null,
        path: transcriptPath(task, attempt),
      });
    }
  }

  #followTask(system: ActorSystem, task: string, { type, data }: RunRecord): void {
    switch (type) {
      case "agent.exited": {
        const { ok, reason, transcript, feedback } = data;
        const attempt = attemptOf(task, transcript.path);
        const end = { status: ok ? "passed" : "failed", summary: ok ? "done" : (reason ?? "failed") } as const;
        this.#keep({ ...ofTask("work", task, attempt), ...end, path: transcript.path });
        if (feedback !== undefined) this.#keep({ ...ofTask("work", task, attempt), ...end, path: feedback });
        if (ok) this.#reasons.delete(task);
        else this.#reasons.set(task, feedback ?? transcript.path);
        return;
      }
      case "agent.suspended": {
        const { path } = data.transcript ?? {};
        if (path !== undefined)
          this.#keep({
            ...ofTask("work", task, attemptOf(task, path)),
            status: "skipped",
            summary: "was stopped",
            path,
          });
        return;
      }
      case "workspace.failed": {
        const { log, reason } = data;
        if (log === undefined) return;
        this.#keep({ ...ofTask("setup", task, attemptOf(task, log)), status: "failed", summary: reason, path: log });
        this.#reasons.set(task, log);
        return;
      }
      case "gate.started": {
        const { gate, log } = data;
        const kept = { ...ofTask("gate", task, attemptOf(task, log)), gate };
        this.#keep({ ...kept, status: "running", summary: null, path: log });
        return;
      }
      case "gates.finished": {
        for (const result of data.results) {
          const { name: gate, report } = result;
          if (report === null) continue;
          const kept = { ...ofTask("gate", task, attemptOf(task, report)), gate };
          this.#keep({ ...kept, ...endOf(result), path: report });
        }
        const red = firstRed(data.results)?.report;
        if (typeof red === "string") this.#reasons.set(task, red);
        return;
      }
      case "review.finished": {
        const { approved, summary, findings } = data;
        this.#keep({
          ...ofTask("review", task, null),
          status: approved ? "passed" : "failed",
          summary,
          path: findings,
        });
        if (!approved) this.#reasons.set(task, findings);
        return;
      }
      case "merge.rejected":
        if (data.report !== null) this.#reasons.set(task, data.report);
        return;
      case "attempt.start":
        this.#reasons.delete(task);
        return;
      case "merge.landed":
        this.#reasons.delete(task);
        return;
      default:
        // The attempt that was under way is over, and nobody has heard how.
        if (type === "agent.lost") this.#cutOff(system, task);
    }
  }

  #followMerge(system: ActorSystem, { type, data }: RunRecord): void {
    if (type !== "gate.started" && type !== "tip.gated" && type !== "base.gated" && type !== "git.failed") return;
    const queue = system.actors.get("merge")?.snapshot;
    const at = queue?.value === "gatingBase" ? "base" : "merge";
    const { chain = [], testing = -1 } = (queue?.context as MergeContext | undefined) ?? {};
    const tasks = at === "base" ? [] : chain.slice(0, testing + 1).map(({ task }) => task);
    const kept = { kind: "gate", tasks, attempt: null, at } as const;
    if (type === "gate.started") {
      this.#keep({ ...kept, gate: data.gate, status: "running", summary: null, path: data.log });
    } else if (type === "git.failed") {
      const { log, reason } = data;
      if (log !== undefined)
        this.#keep({ ...kept, kind: "setup", gate: null, status: "failed", summary: reason, path: log });
    } else {
      for (const result of data.results) {
        if (result.report === null) continue;
        this.#keep({ ...kept, gate: result.name, ...endOf(result), path: result.report });
      }
    }
  }

  #keep(log: KeptLog): void {
    // The newest last, also one that is written again.
    this.#byPath.delete(log.path);
    this.#byPath.set(log.path, log);
    const [oldest] = this.#byPath.keys();
    if (this.#byPath.size > MAX_LOGS && oldest !== undefined) this.#byPath.delete(oldest);
  }

  #cutOff(system: ActorSystem, task: string): void {
    const open = system.open.of(taskActor(task)).find(({ name }) => name === "startAgent");
    if (open === undefined) return;
    const { attempt } = open.params as Params<"startAgent">;
    const path = transcriptPath(task, attempt);
    this.#keep({ ...ofTask("work", task, attempt), status: "error", summary: "was cut off with its host", path });
  }

  /** What ran when a host died has no end of its own. */
  #interrupt(): void {
    for (const log of this.#byPath.values()) {
      if (log.status === "running") Object.assign(log, { status: "skipped", summary: "was stopped" });
    }
  }
}

const ofTask = (kind: LogKind, task: string, attempt: string | null) =>
  ({ kind, tasks: [task], attempt, gate: null, at: "task" }) satisfies Partial<KeptLog>;

const endOf = ({ status, summary }: GateOutcome): Pick<KeptLog, "status" | "summary"> => ({ status, summary });

/** The label between the task's id and what follows in the name of a file of it; null when it is none. */
function attemptOf(task: string, path: string): string | null {
  const start = `out/${task}.`;
  if (!path.startsWith(start)) return null;
  return path.slice(start.length).split(".", 1)[0] ?? null;
}
