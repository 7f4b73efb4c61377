/** A status document in words: the table of tasks, and the summary that closes a run. */
import { isLeftWork } from "../protocol/left-words.ts";
import { wordQueue } from "../protocol/queue-words.ts";
import { isRunOver, isTaskDone, isTaskOver, type TaskStatus } from "../protocol/states.ts";
import type { LostTime, LostWhy, StatusDocument, TaskView } from "../protocol/status.ts";
import { DROP, EXHAUSTED, UNATTENDED } from "../protocol/values.ts";
import { dollars, duration, few, plural, shortCommit, wordChoice } from "../protocol/words.ts";
import { wordNotices } from "./word-notices.ts";
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

/** Tasks whose evidence is shown; tasks often fail for one reason. */
const MAX_EXPLAINED = 5;
/** Of what closes a run. */
const MAX_LINES = 12;
const MAX_STEPS = 3;
const MAX_LOST = 3;
const MIN_LOST_MS = 1_000;

/** A line a task, warnings, and the summary. */
export function printStatus(out: NodeJS.WritableStream, status: StatusDocument): void {
  const width = Math.max(4, ...status.tasks.map(({ id }) => Math.min(40, id.length)));
  out.write(`${brief(status.goal)}\n`);
  let explained = 0;
  for (const task of status.tasks) {
    const { id, stream, status: state, attempts, reason, waitsFor, stale, unchanged, quiet, candidateOf } = task;
    const again = attempts > 1 ? `  attempt ${attempts}` : "";
    const cut = stale === true && !status.host.alive ? "was cut off: its host is gone" : null;
    const silent = quiet === undefined ? null : `is quiet for ${duration(timeSince(quiet.since))}`;
    // One that is tried again has a reason, and waits for something else.
    const rival = candidateOf === undefined ? null : `candidate for ${candidateOf}`;
    const said = [rival, cut ?? reason, unchanged === true ? "changed nothing" : null, waitsFor?.text, silent]
      .filter((text) => text != null && text !== "")
      .join("; ");
    const why = said === "" ? "" : `  ${line(said)}`;
    // A state of another program is shown as it is.
    out.write(
      `  ${Object.hasOwn(GLYPHS, state) ? GLYPHS[state] : "◌"} ${id.padEnd(width)}  ${line(state).padEnd(9)} ${stream}${again}${why}\n`,
    );
    if ((state === "failed" || state === "waiting") && explained++ < MAX_EXPLAINED) explain(out, status.run, task);
  }
  out.write(summary(status));
}

/** Why a task does not go on, in a few lines, and where more is kept. */
function explain(out: NodeJS.WritableStream, run: string, task: TaskView): void {
  for (const said of task.evidence ?? []) out.write(`      | ${safeDetail(said)}\n`);
  const kept = keptOf(task);
  if (kept !== null) out.write(`      log: ${pathFromRoot(run, kept)}\n`);
}

/** Where it is kept why a task does not go on. */
const keptOf = ({ log, status, transcript }: TaskView): string | null =>
  log ?? (status === "failed" ? transcript : null);

/** What closes a run, and stands below its tasks: at most a dozen lines. What does not fit, `pleach status` and `evidence` say. */
export function summary(status: StatusDocument): string {
  const head = describeRun(status);
  const steps = nextSteps(status).slice(0, MAX_LINES - 1 - head.length);
  const needs = listNeeds(status);
  const room = Math.max(1, MAX_LINES - head.length - steps.length);
  const shown = needs.length > room ? [...needs.slice(0, room - 1), `  ! and ${needs.length - room + 1} more`] : needs;
  const lines = ["", ...head, ...shown, ...steps.map((step) => `  next   ${step}`)];
  return `${lines.join("\n")}\n`;
}

/** What landed, how long it took, what of that brought nothing, what it cost, where it is. */
function describeRun(status: StatusDocument): string[] {
  const { run, tasks, timing, cost, branch, head, shipped = null } = status;
  const count = (state: TaskStatus): number => tasks.filter((task) => task.status === state).length;
  const unchanged = tasks.filter((task) => task.unchanged === true).length;
  const idle = unchanged === 0 ? "" : ` (${unchanged} changed nothing)`;
  const states = (["merged", "done", "failed", "skipped", "cancelled", "waiting", "running"] as const)
    .map((state) => `${count(state)} ${state}${state === "done" ? idle : ""}`)
    .filter((words) => !words.startsWith("0 "));
  const noun = tasks.length === 1 ? "task" : "tasks";
  const queue = status.queue === undefined || !status.host.alive ? null : wordQueue(status.queue, timeSince);
  const lost = wordLost(timing.lost ?? []);
  const accounts = (status.accounts ?? []).map((account) => wordAccount(account, tasks));
  const ship = shipped === null ? "" : `; shipped into ${line(shipped.into)} at ${shortCommit(shipped.commit)}`;
  return [
    `run ${run} ${sayStatus(status)}: ${states.join(", ") || "nothing done yet"} of ${tasks.length} ${noun}`,
    `  time   ${timeWords(timing)}`,
    ...(lost === null ? [] : [`  lost   ${lost}`]),
    ...(queue === null ? [] : [`  merge  ${line(queue)}`]),
    ...(status.eta === undefined ? [] : [`  left   ${wordLeft(status.eta)}, by ${line(status.eta.ground)}`]),
    ...(accounts.length === 0 ? [] : [`  limit  ${accounts.join("; ")}`]),
    ...(cost.usd > 0 || cost.tokens > 0
      ? [`  cost   ${dollars(cost.usd, cost.estimatedUsd)}, ${cost.tokens} tokens`]
      : []),
    ...(branch ? [`  branch ${branch}${head ? ` at ${shortCommit(head)}` : ""}${ship}`] : []),
  ];
}

const LOST: Record<LostWhy, (times: number) => string> = {
  limit: () => "until accounts were served again",
  outage: () => "until services worked again",
  credit: () => "until accounts had credit again",
  agent: () => "while agents that kept failing were paused",
  backoff: (times) => `in ${plural(times, "pause")} before another try`,
  retry: (times) => `in ${times} ${times === 1 ? "try" : "tries"} that came to nothing`,
  person: () => "waiting for a person",
  host: (times) => (times === 1 ? "while nobody drove it" : `while nobody drove it, ${times} times`),
};

/** `2h 14m until accounts were served again, 40s in 3 pauses before another try`; null where it is not worth a word. */
function wordLost(lost: readonly LostTime[]): string | null {
  const parts = lost
    .filter(({ ms, why }) => ms >= MIN_LOST_MS && Object.hasOwn(LOST, why))
    .map(({ why, ms, times }) => `${duration(ms)} ${LOST[why](times)}`);
  return parts.length === 0 ? null : parts.slice(0, MAX_LOST).join(", ");
}

/** What a person has to look at, the riskiest first: what waits, what failed, what passed and says less, the rest. */
function listNeeds(status: StatusDocument): string[] {
  const { run, tasks, warnings, conflicts } = status;
  const ofState = (state: TaskStatus, mark: string): string[] =>
    tasks
      .filter((task) => task.status === state)
      .map((task) => {
        const kept = keptOf(task);
        const log = kept === null ? "" : ` (log: ${pathFromRoot(run, kept)})`;
        return `  ${mark} ${task.id}: ${line(task.reason ?? state)}${log}`;
      });
  // What a run as a whole asks is no task's.
  const asked = conflicts.filter((conflict) => conflict.status === "open" && conflict.task === "");
  const unchanged = tasks.filter((task) => task.unchanged === true).map(({ id }) => line(id));
  const unpaid = tasks.filter(({ reason, waitsFor }) => reason === EXHAUSTED || waitsFor?.kind === "budget");
  const held = [
    { what: "not started", those: unpaid.filter(({ attempts }) => attempts === 0) },
    { what: "cannot go on", those: unpaid.filter(({ attempts }) => attempts > 0) },
  ].filter(({ those }) => those.length > 0);
  return [
    ...asked.map(({ why }) => `  ▲ ${line(why)}`),
    ...ofState("waiting", "▲"),
    ...ofState("failed", "✖"),
    ...wordNotices(status),
    ...held.map(({ what, those }) => `  ${what} for want of budget: ${few(those.map(({ id }) => line(id)))}`),
    ...warnings.map((warning) => `  ! ${line(warning)}`),
    ...(unchanged.length > 0 ? [`  ! done, but changed nothing: ${few(unchanged)}`] : []),
  ];
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

function nextSteps(document: StatusDocument): string[] {
  const { run, status, branch, conflicts, tasks, host, warnings, shipped = null } = document;
  const asked = conflicts
    .filter((conflict) => conflict.status === "open")
    .map(({ id, choices }) => `pleach decide ${run} ${id} ${choices.map(wordChoice).join("|")}`);
  const steps: string[] = [];
  const paused = tasks.filter((task) => task.status === "paused").map(({ id }) => id);
  const [first] = paused;
  if (first !== undefined)
    steps.push(`pleach continue ${paused.length === 1 ? `${run}/${first}` : `--all --run ${run}`}`);
  if (status === "interrupted") steps.push(`pleach resume ${run}`);
  if (status === "waiting" && !host.alive && asked.length > 0) steps.push(`pleach resume ${run}`);
  if ((status === "failed" || status === "partial") && hasRetryable(tasks, conflicts))
    steps.push(`pleach retry --run ${run}${tasks.some(({ reason }) => reason === EXHAUSTED) ? " --budget usd=N" : ""}`);
  const isShippable = status === "succeeded" || status === "partial";
  const hasMerged = tasks.some((task) => task.status === "merged");
  if (isRunOver(status) && hasMerged && shipped === null) steps.push(`pleach evidence ${run}`);
  if (isShippable && hasMerged && branch !== null && shipped === null) steps.push(`pleach ship ${run}`);
  if (isRunOver(status) && warnings.some(isLeftWork)) steps.push("pleach recover");
  const room = Math.max(1, MAX_STEPS - steps.length);
  const more = `pleach decide ${run}: ${asked.length - room + 1} questions more`;
  return [...(asked.length > room ? [...asked.slice(0, room - 1), more] : asked), ...steps];
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
