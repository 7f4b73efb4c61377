/** A status document in words: the table of tasks, and the summary that closes a run. */
import { wordQueue } from "../protocol/queue-words.ts";
import { isTaskDone, isTaskOver, type StatusDocument, type TaskStatus } from "../protocol/status.ts";
import { DROP, EXHAUSTED, UNATTENDED } from "../protocol/values.ts";
import { dollars, duration, few, plural, shortCommit, wordChoice } from "../protocol/words.ts";
import { brief, clockTime, line, pathFromRoot, safeDetail, timeSince } from "./words.ts";

const GLYPHS: Record<TaskStatus, string> = {
  pending: "◌",
  ready: "◌",
  running: "●",
  gating: "●",
  queued: "●",
  merged: "✔",
  done: "✔",
  failed: "✖",
  skipped: "✖",
  waiting: "▲",
  cancelled: "✖",
  paused: "▲",
  takenOver: "▲",
};

/** Tasks that are listed one by one in the summary. */
const MAX_LISTED = 20;
/** Of them, those whose evidence is shown; tasks often fail for one reason. */
const MAX_EXPLAINED = 5;
const MAX_WARNINGS = 5;

/** A line a task, warnings, and the summary. */
export function printStatus(out: NodeJS.WritableStream, status: StatusDocument): void {
  const width = Math.max(4, ...status.tasks.map(({ id }) => Math.min(40, id.length)));
  out.write(`${brief(status.goal)}\n`);
  for (const { id, stream, status: state, attempts, reason, waitsFor, stale, unchanged } of status.tasks) {
    const again = attempts > 1 ? `  attempt ${attempts}` : "";
    const cut = stale === true && !status.host.alive ? "was cut off: its host is gone" : null;
    // One that is tried again has a reason, and waits for something else.
    const said = [cut ?? reason, unchanged === true ? "changed nothing" : null, waitsFor?.text]
      .filter((text) => text != null && text !== "")
      .join("; ");
    const why = said === "" ? "" : `  ${line(said)}`;
    // A state of another program is shown as it is.
    out.write(
      `  ${Object.hasOwn(GLYPHS, state) ? GLYPHS[state] : "◌"} ${id.padEnd(width)}  ${line(state).padEnd(9)} ${stream}${again}${why}\n`,
    );
  }
  out.write(summary(status));
}

/** How a run stands or ended: counts, time, cost, branch, what went wrong, and what to type next. */
export function summary(status: StatusDocument): string {
  const { run, tasks, timing, cost, branch, head, warnings, shipped = null } = status;
  const count = (state: TaskStatus): number => tasks.filter((task) => task.status === state).length;
  const unchanged = tasks.filter((task) => task.unchanged === true).map(({ id }) => line(id));
  const idle = unchanged.length === 0 ? "" : ` (${unchanged.length} changed nothing)`;
  const states = (["merged", "done", "failed", "skipped", "cancelled", "waiting", "running"] as const)
    .map((state) => `${count(state)} ${state}${state === "done" ? idle : ""}`)
    .filter((words) => !words.startsWith("0 "));
  const noun = tasks.length === 1 ? "task" : "tasks";
  const lines = [
    "",
    `run ${run} ${sayStatus(status)}: ${states.join(", ") || "nothing done yet"} of ${tasks.length} ${noun}`,
    `  time   ${timeWords(timing)}`,
  ];
  const queue = status.queue === undefined || !status.host.alive ? null : wordQueue(status.queue, timeSince);
  if (queue !== null) lines.push(`  merge  ${line(queue)}`);
  if (status.eta !== undefined) lines.push(`  left   ${wordLeft(status.eta)}, by ${line(status.eta.ground)}`);
  for (const account of status.accounts ?? []) lines.push(`  limit  ${wordAccount(account, tasks)}`);
  if (cost.usd > 0 || cost.tokens > 0)
    lines.push(`  cost   ${dollars(cost.usd, cost.estimatedUsd)}, ${cost.tokens} tokens`);
  if (branch) lines.push(`  branch ${branch}${head ? ` at ${shortCommit(head)}` : ""}`);
  if (shipped !== null) lines.push(`  shipped into ${line(shipped.into)} at ${shortCommit(shipped.commit)}`);
  const unhappy = tasks.filter(({ status: state }) => state === "failed" || state === "waiting");
  for (const [index, task] of unhappy.slice(0, MAX_LISTED).entries()) {
    const { id, reason, status: state, evidence = [] } = task;
    lines.push(`  ${state === "failed" ? "✖" : "▲"} ${id}: ${line(reason ?? state)}`);
    if (index < MAX_EXPLAINED) lines.push(...evidence.map((said) => `      | ${safeDetail(said)}`));
    const log = task.log ?? (state === "failed" ? task.transcript : null);
    if (log !== null) lines.push(`      log: ${pathFromRoot(run, log)}`);
  }
  if (unchanged.length > 0) lines.push(`  ! done, but changed nothing: ${few(unchanged)}`);
  const unpaid = tasks.filter(({ reason, waitsFor }) => reason === EXHAUSTED || waitsFor?.kind === "budget");
  for (const [what, isSo] of [
    ["not started", (begun: boolean) => !begun],
    ["cannot go on", (begun: boolean) => begun],
  ] as const) {
    const those = unpaid.filter(({ attempts }) => isSo(attempts > 0));
    if (those.length > 0) lines.push(`  ${what} for want of budget: ${few(those.map(({ id }) => line(id)))}`);
  }
  if (unhappy.length > MAX_LISTED) lines.push(`  and ${unhappy.length - MAX_LISTED} more`);
  for (const warning of warnings.slice(0, MAX_WARNINGS)) lines.push(`  ! ${line(warning)}`);
  if (warnings.length > MAX_WARNINGS)
    lines.push(`  ! and ${warnings.length - MAX_WARNINGS} more: pleach status --json`);
  for (const next of nextSteps(status)) lines.push(`  next   ${next}`);
  return `${lines.join("\n")}\n`;
}

/** `claude is not served until 03:10 (2h 14m); 6 tasks wait for it`, or how near it is to that. */
export function wordAccount(
  { name, limitedUntil: until, used, standIns = {} }: NonNullable<StatusDocument["accounts"]>[number],
  tasks: StatusDocument["tasks"],
): string {
  const waiting = tasks.filter(({ waitsFor }) => waitsFor?.on.includes(name) && isOfAccount(waitsFor.kind)).length;
  const others = Object.entries(standIns).map(
    ([agent, count]) => `${count} ${count === 1 ? "goes" : "go"} on with ${line(agent)}`,
  );
  const waits = waiting === 0 ? [] : [`${plural(waiting, "task")} ${waiting === 1 ? "waits" : "wait"} for it`];
  const wait = [...waits, ...others].map((words, index) => `${index === 0 ? "; " : ", "}${words}`).join("");
  if (until === null) return `${line(name)} has used ${Math.floor((used ?? 0) * 100)} % of its usage limit${wait}`;
  return `${line(name)} is not served until ${clockTime(until)} (${duration(Math.max(0, -timeSince(until)))})${wait}`;
}

const isOfAccount = (kind: string): boolean => kind === "limit" || kind === "outage";

function sayStatus({ status, host }: StatusDocument): string {
  if (status === "running") return host.pid === null ? "is running" : `is running (process ${host.pid})`;
  if (status === "waiting") return "waits for a person";
  if (status === "cancelling") return "is being cancelled";
  return status === "partial" ? "failed in part" : line(status);
}

/** `about 2m 10s to 4m left`, `up to 4m left`. */
export function wordLeft({ lo, hi }: NonNullable<StatusDocument["eta"]>): string {
  const [soonest, latest] = [-timeSince(lo), -timeSince(hi)];
  // What took longer than such tasks do has no time left that could be told.
  if (latest < 1_000) return "longer than expected";
  const [least, most] = [soonest, latest].map(duration);
  if (soonest < 1_000) return `up to ${most} left`;
  return least === most ? `about ${least} left` : `about ${least} to ${most} left`;
}

export function timeWords({ wall_ms, work_ms, speedup, parts }: StatusDocument["timing"]): string {
  const gain = speedup === null ? "" : ` (${describeGain(speedup)})`;
  if (work_ms === 0) return duration(wall_ms);
  const { gates_ms = 0, merge_gates_ms = 0, queue_ms = 0, git_ms = 0 } = parts ?? {};
  const split = gates_ms > 0 ? `: work ${duration(work_ms - gates_ms)}, tasks' gates ${duration(gates_ms)}` : "";
  const beside = [
    ...(merge_gates_ms > 0 ? [`gates of merges ${duration(merge_gates_ms)}`] : []),
    ...(queue_ms > 0 ? [`waiting to be merged ${duration(queue_ms)}`] : []),
    ...(git_ms > 0 ? [`git and set-up ${duration(git_ms)}`] : []),
  ];
  const more = beside.length > 0 ? `; besides ${beside.join(", ")}` : "";
  return `${duration(wall_ms)}; one after the other ${duration(work_ms)}${gain}${split}${more}`;
}

/** Below 1 also in words: `0.6x as fast` is read as if something were gained. */
function describeGain(speedup: number): string {
  if (speedup < 0.05) return "slower";
  return `${speedup.toFixed(1)}x as fast${speedup < 0.95 ? ": slower" : ""}`;
}

function nextSteps({ run, status, branch, conflicts, tasks, host, shipped = null }: StatusDocument): string[] {
  const steps = conflicts
    .filter((conflict) => conflict.status === "open")
    .map(({ id, choices }) => `pleach decide ${run} ${id} ${choices.map(wordChoice).join("|")}`);
  if (status === "interrupted") steps.push(`pleach resume ${run}`);
  if (status === "waiting" && !host.alive && steps.length > 0) steps.push(`pleach resume ${run}`);
  if ((status === "failed" || status === "partial") && hasRetryable(tasks, conflicts))
    steps.push(`pleach retry --run ${run}${tasks.some(({ reason }) => reason === EXHAUSTED) ? " --budget usd=N" : ""}`);
  const isShippable = status === "succeeded" || status === "partial";
  const hasMerged = tasks.some((task) => task.status === "merged");
  if (isShippable && hasMerged && branch !== null && shipped === null) steps.push(`pleach ship ${run}`);
  return steps;
}

/** Whether something came to no good end that no person gave up, and that may end otherwise. */
function hasRetryable(tasks: StatusDocument["tasks"], conflicts: StatusDocument["conflicts"]): boolean {
  const dropped = conflicts.filter(({ choice, by }) => choice === DROP && by !== UNATTENDED).map(({ task }) => task);
  const refused = new Set(tasks.filter((task) => task.refused === true).map(({ id }) => id));
  // Nor may what waits for one of these.
  for (let before = -1; before !== refused.size; ) {
    before = refused.size;
    for (const { id, status, needs } of tasks)
      if (status === "skipped" && needs.some((need) => refused.has(need))) refused.add(id);
  }
  return tasks.some(
    ({ id, status }) => isTaskOver(status) && !isTaskDone(status) && !dropped.includes(id) && !refused.has(id),
  );
}
