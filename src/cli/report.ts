/**
 * How a run is told while it goes on: a line an event for people and pipes, a JSON line an event for programs, a
 * progress line now and then, and a closing summary.
 */
import { taskAt } from "../protocol/address.ts";
import type { RunEvent } from "../protocol/client.ts";
import { wordQueue } from "../protocol/queue-words.ts";
import { isTaskOver } from "../protocol/states.ts";
import type { StatusDocument } from "../protocol/status.ts";
import { readFact, tellEvent } from "../protocol/tell-event.ts";
import { duration } from "../protocol/words.ts";
import { summary, wordAccount, wordLeft } from "./print-status.ts";
import { wordSilence } from "./word-notices.ts";
import { factLine, line, pathFromRoot, safeDetail, timeSince } from "./words.ts";

export interface Reporter {
  /** Called once with the state that the run begins or goes on with. */
  begin(status: StatusDocument): void;
  event(event: RunEvent): void;
  /** Called now and then; reading the state costs time, so it is read only when it is told. */
  beat(read: () => StatusDocument): void;
  end(type: EndType, status: StatusDocument): void;
  /** What the run taught is being written. */
  learning?(): void;
}

export type EndType = "run.finished" | "run.waiting" | "run.interrupted";

/** Time without any line after which a person is told that work goes on, ms. */
const SILENCE_MS = 15_000;
/** Longest time without a progress line, ms. */
const PROGRESS_MS = 30_000;

/** Facts that the closing line stands for: it carries the status document, and is written by `end`. */
const END_TYPES: ReadonlySet<string> = new Set<EndType>(["run.finished", "run.waiting", "run.interrupted"]);

/** Says nothing: for a host that nobody looks at. */
export const silentReporter: Reporter = { begin: () => {}, event: () => {}, beat: () => {}, end: () => {} };

/** JSON lines on stdout; the last one holds the status document. */
export function jsonReporter(out: NodeJS.WritableStream): Reporter {
  return {
    ...silentReporter,
    event(event) {
      if (!END_TYPES.has(event.type)) out.write(`${JSON.stringify(event)}\n`);
    },
    end: (type, status) => writeEndLine(out, type, status),
  };
}

/** The last line of `run --json` and `resume --json`. */
export function writeEndLine(out: NodeJS.WritableStream, type: EndType, status: StatusDocument): void {
  const event: RunEvent = { seq: status.seq, time: new Date().toISOString(), actor: "run", type, data: { ...status } };
  out.write(`${JSON.stringify(event)}\n`);
}

/** Lines for people: events on stdout with how far the run is, progress on stderr. */
export function plainReporter(out: NodeJS.WritableStream, err: NodeJS.WritableStream): Reporter {
  let [saidAt, progressAt] = [Date.now(), Date.now()];
  let ended = new Set<string>();
  let known = new Set<string>();
  let run = "";
  return {
    begin(status) {
      run = status.run;
      ended = listEnded(status);
      known = listTasks(status);
    },
    event(event) {
      const task = endedTask(event);
      const fact = readFact(event);
      if (fact?.type === "plan.extended") for (const id of fact.data.tasks) known.add(id);
      if (task !== null) ended.add(task);
      const told = tellEvent(event);
      if (told?.audience !== "person") return;
      saidAt = Date.now();
      const place = task === null ? "" : `  [${ended.size}/${known.size}]`;
      out.write(`${event.time.slice(11, 19)} ${factLine(told)}${place}\n`);
      for (const detail of told.details) out.write(`           ${safeDetail(detail)}\n`);
      for (const path of told.logs) out.write(`           log: ${pathFromRoot(run, path)}\n`);
    },
    beat(read) {
      const now = Date.now();
      if (now - saidAt < SILENCE_MS && now - progressAt < PROGRESS_MS) return;
      [saidAt, progressAt] = [now, now];
      const status = read();
      ended = listEnded(status);
      known = listTasks(status);
      err.write(`${progressLine(status)}\n`);
    },
    end(_type, status) {
      out.write(summary(status));
    },
    learning: () => err.write("… learning from this run\n"),
  };
}

const listTasks = ({ tasks }: StatusDocument): Set<string> => new Set(tasks.map(({ id }) => id));

const listEnded = ({ tasks }: StatusDocument): Set<string> =>
  new Set(tasks.filter(({ status }) => isTaskOver(status)).map(({ id }) => id));

/** The task that this event ends, or null. */
function endedTask(event: RunEvent): string | null {
  const fact = readFact(event);
  if (fact?.type === "merge.landed") return taskAt(event.actor);
  return fact?.type === "task.finished" ? fact.data.task : null;
}

/** `… 7/12 tasks, 3 running (a, b, c), 40s so far, about 2m 10s left`. */
export function progressLine(status: StatusDocument): string {
  const [done, total] = [listEnded(status).size, status.tasks.length];
  const running = status.tasks.filter((task) => task.status === "running" || task.status === "gating");
  if (status.status === "cancelling") return `… is being cancelled: ${total - done} of ${total} tasks are ending`;
  const names = running.slice(0, 4).map(({ id }) => id);
  const more = running.length > names.length ? ", …" : "";
  const who = running.length > 0 ? ` (${names.join(", ")}${more})` : "";
  const wallMs = status.timing.wall_ms;
  const left = status.eta === undefined ? "" : `, ${wordLeft(status.eta)}`;
  const queue = status.queue === undefined ? null : wordQueue(status.queue, timeSince);
  const merging = queue === null ? "" : `, merge queue: ${line(queue)}`;
  const limits = (status.accounts ?? []).map((account) => `, ${wordAccount(account, status.tasks)}`).join("");
  return `… ${done}/${total} tasks, ${running.length} running${who}${merging}${limits}${wordSilence(status)}, ${duration(wallMs)} so far${left}`;
}
