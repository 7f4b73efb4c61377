/**
 * How a run is told while it goes on: a line an event for people and pipes, a JSON line an event for programs, a
 * heartbeat when nothing happens for a while, and a closing summary.
 */
import type { RunEvent, StatusDocument, TaskView } from "../actors/client.ts";
import { sanitizeLine } from "../actors/process/index.ts";

export interface Reporter {
  event(event: RunEvent): void;
  /** Called now and then with the state. */
  beat(status: StatusDocument): void;
  end(type: "run.finished" | "run.waiting" | "run.interrupted", status: StatusDocument): void;
}

/** Silence after which a person is told that work goes on, ms. */
const HEARTBEAT_MS = 15_000;

/** JSON lines on stdout; the last one holds the status document. */
export function jsonReporter(out: NodeJS.WritableStream): Reporter {
  const line = (event: RunEvent): void => void out.write(`${JSON.stringify(event)}\n`);
  return {
    event(event) {
      // The closing line carries the status document and is written by `end`.
      if (event.type !== "run.finished" && event.type !== "run.waiting" && event.type !== "run.interrupted") line(event);
    },
    beat: () => {},
    end(type, status) {
      line({ seq: status.seq, time: new Date().toISOString(), actor: "run", type, data: { ...status } });
    },
  };
}

/** Lines for people: events on stdout, heartbeats on stderr. */
export function plainReporter(out: NodeJS.WritableStream, err: NodeJS.WritableStream): Reporter {
  let lastAt = Date.now();
  return {
    event(event) {
      const text = describe(event);
      if (text === null) return;
      lastAt = Date.now();
      out.write(`${event.time.slice(11, 19)} ${text}\n`);
    },
    beat(status) {
      if (Date.now() - lastAt < HEARTBEAT_MS) return;
      lastAt = Date.now();
      err.write(`${progressLine(status)}\n`);
    },
    end(_type, status) {
      out.write(summary(status));
    },
  };
}

const ENDED = new Set(["merged", "done", "failed", "skipped", "cancelled"]);

/** `7/12 tasks, 3 running (a, b, c), about 2m 10s left`. */
export function progressLine(status: StatusDocument): string {
  const { tasks, timing } = status;
  const done = tasks.filter((task) => ENDED.has(task.status)).length;
  const running = tasks.filter((task) => task.status === "running" || task.status === "gating");
  const names = running.slice(0, 4).map(({ id }) => id);
  const more = running.length > names.length ? ", …" : "";
  const left = done > 0 ? `, about ${duration((timing.wall_ms / done) * (tasks.length - done))} left` : "";
  const who = running.length > 0 ? ` (${names.join(", ")}${more})` : "";
  return `… ${done}/${tasks.length} tasks, ${running.length} running${who}, ${duration(timing.wall_ms)} so far${left}`;
}

/** `1h 02m`, `2m 10s`, `4.2s`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

const text = (value: unknown): string => sanitizeLine(String(value ?? ""));
const list = (value: unknown): string => {
  const items = Array.isArray(value) ? value : [];
  return `${items.slice(0, 4).map(text).join(", ")}${items.length > 4 ? `, … (${items.length})` : ""}`;
};

/** One event in words, or null for one that says nothing to a person. */
export function describe({ actor, type, data }: RunEvent): string | null {
  const who = actor.replace(/^(task|stream|conflict|breaker):/, "").padEnd(14);
  const say = (words: string): string => `${who} ${words}`;
  switch (type) {
    case "epoch.started":
      return Number(data.epoch) > 1 ? say(`resumed (start ${text(data.epoch)})`) : null;
    case "run.started":
      return say(`started: ${text(data.goal)} (${text(data.tasks)} tasks)`);
    case "task.started":
      return say("started");
    case "workspace.prepared":
      return null;
    case "task.exited":
      return say(data.ok === true ? `work done in ${duration(Number(data.durationMs))}` : `work failed: ${text(data.reason ?? `exit ${text(data.code)}`)}`);
    case "work.committed":
      return say(`changed ${list(data.files)}`);
    case "work.outOfScope":
      return say(`changed files outside its scope: ${list(data.files)}`);
    case "gates.finished":
    case "tip.gated":
      return say(`gates: ${gates(data.results)}`);
    case "merge.landed":
      return say(`merged as ${text(data.commit).slice(0, 10)}`);
    case "merge.conflicted":
      return say(`conflicts in ${list(data.files)}`);
    case "merge.rejected":
      return say(`not merged: ${text(data.reason)}`);
    case "task.finished":
      return data.outcome === "merged" ? null : `${text(data.task).padEnd(14)} ${text(data.outcome)}${data.reason ? `: ${text(data.reason)}` : ""}`;
    case "branch.advanced":
    case "chain.built":
    case "branch.created":
    case "work.empty":
    case "cost.reported":
      return null;
    case "workspace.noted":
      return say(text(data.note));
    case "conflict.raised":
      return say("waits for a person: pleach decide");
    case "decision.made":
      return say(`decided: ${text(data.choice)}`);
    default:
      return say(`${type}${data.reason ? `: ${text(data.reason)}` : ""}`);
  }
}

function gates(results: unknown): string {
  const each = (Array.isArray(results) ? results : []) as { name: string; status: string; summary: string }[];
  return each.map(({ name, status, summary }) => `${text(name)} ${status === "passed" ? "passed" : `${status} (${text(summary)})`}`).join(", ");
}

/** The closing summary. */
export function summary(status: StatusDocument): string {
  const { tasks, timing, cost } = status;
  const count = (state: TaskView["status"]): number => tasks.filter((task) => task.status === state).length;
  const states = (["merged", "done", "failed", "skipped", "cancelled", "waiting"] as const)
    .map((state) => [state, count(state)] as const)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${number} ${state}`);
  const lines = [
    "",
    `run ${status.run} ${status.status}: ${states.join(", ") || "nothing finished"} of ${tasks.length} tasks`,
    `  time   ${duration(timing.wall_ms)}; one after the other ${duration(timing.work_ms)}${timing.speedup === null ? "" : ` (${timing.speedup.toFixed(1)}x as fast)`}`,
  ];
  if (cost.usd > 0 || cost.tokens > 0) lines.push(`  cost   $${cost.usd.toFixed(2)}, ${cost.tokens} tokens`);
  if (status.branch) lines.push(`  branch ${status.branch}${status.head ? ` at ${status.head.slice(0, 10)}` : ""}`);
  for (const { id, reason, status: state } of tasks) {
    if (state === "failed" || state === "waiting") lines.push(`  ${state === "failed" ? "✖" : "▲"} ${id}: ${text(reason ?? state)}`);
  }
  for (const { id, status: state, choices } of status.conflicts) {
    if (state === "open") lines.push(`  decide pleach decide ${status.run} ${id} ${choices.map(({ name }) => name).join("|")}`);
  }
  return `${lines.join("\n")}\n`;
}
