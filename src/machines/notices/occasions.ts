/**
 * What a person is to be told of, folded from the log: occasions, each with how often it was told by which channel. From
 * here follows what is to be told now, and what is unresolved.
 *
 * NOTICE-1 An occasion stays until it is resolved, whatever is told of it: none is lost over a crash of the host.
 * NOTICE-2 It is told again only once the log says that it was told, or could not be: at most one double for each kill.
 * NOTICE-3 A state (somebody is waited for, a limit, silence, a spent budget) is told again after an hour as long as it lasts;
 *    what happened (a task failed, the run is over) is told once.
 * NOTICE-4 What could not be told is tried again, after longer and longer; what happened is given up after some tries.
 */
import type { NoticeKind } from "../../plan/model.ts";
import { parseAddress, RUN, taskAt } from "../../protocol/address.ts";
import type { NoticeEvents } from "../../protocol/notices.ts";
import type { RunRecord } from "../../protocol/records.ts";
import { cut } from "../../protocol/words.ts";

/** Something to be told of. JSON. */
export interface Occasion {
  when: NoticeKind;
  /** The conflict, task or account that it is about; empty for the run. */
  about: string;
  /** Record with which it began: what tells it from others. */
  seq: number;
  since: number;
  /** What its record says of it; of a conflict nothing: its actor knows. */
  said: string;
  /** When it ends by itself, as far as is known. */
  until?: number;
  /** Of a task that is quiet: its longest silence before; null where there was none. */
  usualMs?: number | null;
  /** Of a run that is stuck. */
  waitsFor?: string[];
  /** Channel -> how it was told there. */
  tellings: Record<string, Telling>;
}

/** How an occasion was told by one channel. */
export interface Telling {
  /** Times that it was. */
  done: number;
  /** Times in a row that it could not be. */
  failures: number;
  lastAt: number;
  /** Why it could not be, the last time. */
  reason: string | null;
}

/** All that is to be told of, by kind and matter; and accounts that are held back, since when. JSON. */
export interface Occasions {
  open: Record<string, Occasion>;
  held: Record<string, { seq: number; since: number }>;
}

const MINUTE_MS = 60_000;
/** Before it is told again, as long as it lasts. */
const REMIND_MS = 60 * MINUTE_MS;
/** Before it is tried again, after so many failures. */
const RETRY_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, REMIND_MS];
/** Tries at telling what happened. */
const MAX_TRIES = 5;
/** Reminders that come soon are given with those that are due. */
const TOGETHER_MS = 5 * MINUTE_MS;
/** An outage is weather unless it lasts. */
const OUTAGE_MS = 10 * MINUTE_MS;
const MAX_SAID_CHARS = 300;

const LASTING: ReadonlySet<NoticeKind> = new Set<NoticeKind>(["needsYou", "limited", "stuck", "spent"]);
/** What is said of silence, and of telling, breaks no silence; nor is the run any further by it. */
const NO_NEWS: ReadonlySet<string> = new Set(["notice.sent", "task.quiet", "run.stuck", "run.warned", "host.closed"]);

/** Before the first record. */
export const emptyOccasions = (): Occasions => ({ open: {}, held: {} });

/** Whether a record is news of the run: what ends its silence. */
export const isNews = ({ type }: Pick<RunRecord, "type">): boolean => !NO_NEWS.has(type);

/** Folds one record; mutates `occasions`. */
export function noteOccasion(occasions: Occasions, record: RunRecord): void {
  const { open } = occasions;
  const { actor, type, data, seq, time } = record;
  if (isNews(record)) {
    delete open[keyOf("stuck", "")];
    const task = taskAt(actor);
    if (task !== null) delete open[keyOf("stuck", task)];
  }
  const begin = (when: NoticeKind, about: string, said: string, more: Partial<Occasion> = {}): void => {
    const key = keyOf(when, about);
    open[key] ??= { when, about, seq, since: time, said: "", tellings: {} };
    Object.assign(open[key], { said: cut(said, MAX_SAID_CHARS), ...more });
  };
  switch (type) {
    case "epoch.started":
      // Whoever was silent is gone with its host.
      if (data.purpose === undefined) drop(open, ({ when }) => when === "stuck");
      break;
    case "actor.started": {
      const { kind, id } = parseAddress(actor);
      if (kind === "conflict") {
        delete open[keyOf("needsYou", id)];
        begin("needsYou", id, "");
      } else if (kind === "task") delete open[keyOf("failed", id)];
      // A run that is opened again is not over.
      else if (actor === RUN) drop(open, ({ when }) => when === "finished");
      break;
    }
    case "decision.made":
    case "actor.stopped":
      if (parseAddress(actor).kind === "conflict") delete open[keyOf("needsYou", parseAddress(actor).id)];
      break;
    case "task.finished":
      delete open[keyOf("stuck", data.task)];
      if (data.outcome === "failed") begin("failed", data.task, data.reason ?? "");
      break;
    case "run.finished":
      drop(open, ({ when }) => LASTING.has(when));
      begin("finished", "", `${data.outcome}${data.reason === null ? "" : `: ${data.reason}`}`);
      break;
    case "budget.exhausted":
      begin("spent", "", data.mode);
      break;
    case "budget.raised":
      delete open[keyOf("spent", "")];
      break;
    case "account.held": {
      const held = occasions.held[data.account] ?? { seq, since: time };
      occasions.held[data.account] = held;
      if (data.what === "limit" || data.until - held.since >= OUTAGE_MS)
        begin("limited", data.account, data.what, { seq: held.seq, since: held.since, until: data.until });
      break;
    }
    case "agent.unlimited":
      delete open[keyOf("limited", data.account)];
      delete occasions.held[data.account];
      break;
    case "task.quiet":
      begin("stuck", taskAt(actor) ?? "", "", { since: data.since, usualMs: data.usualMs });
      break;
    case "run.stuck":
      begin("stuck", "", "", { since: data.since, waitsFor: data.waitsFor });
      break;
    case "notice.sent":
      noteTelling(open, data, time);
      break;
    default:
      break;
  }
}

function drop(open: Occasions["open"], isOver: (occasion: Occasion) => boolean): void {
  for (const [key, occasion] of Object.entries(open)) if (isOver(occasion)) delete open[key];
}

function noteTelling(open: Occasions["open"], { channel, notices, reason }: NoticeEvents["notice.sent"], at: number) {
  const told = new Set(notices.map(seqOf));
  for (const occasion of Object.values(open)) {
    if (!told.has(occasion.seq)) continue;
    const { done = 0, failures = 0 } = occasion.tellings[channel] ?? {};
    const counts = reason === null ? { done: done + 1, failures: 0 } : { done, failures: failures + 1 };
    occasion.tellings[channel] = { ...counts, lastAt: at, reason };
  }
}

const keyOf = (when: NoticeKind, about: string): string => `${when} ${about}`;

/** What is open of this matter, if anything is. */
export function occasionOf({ open }: Occasions, when: NoticeKind, about: string): Occasion | undefined {
  return open[keyOf(when, about)];
}

/** Of a run's occasion, for each time that it is told. */
export function noticeId(run: string, { seq }: Occasion, told: number): string {
  return `${run}/${seq}.${told + 1}`;
}

/** Of the record with which the matter of a notice began. */
const seqOf = (id: string): number => Number(id.slice(id.lastIndexOf("/") + 1, id.lastIndexOf(".")));

/** Whether it goes on until somebody does something, or something happens. */
export const isLasting = ({ when }: Occasion): boolean => LASTING.has(when);

/** When an occasion is to be told by a channel, next; null when it is not. */
export function dueAt(occasion: Occasion, channel: string): number | null {
  const telling = occasion.tellings[channel];
  if (telling === undefined) return occasion.since;
  const { done, failures, lastAt } = telling;
  if (failures > 0) {
    if (!isLasting(occasion) && failures >= MAX_TRIES) return null;
    return lastAt + (RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? REMIND_MS);
  }
  return done === 0 ? occasion.since : isLasting(occasion) ? lastAt + REMIND_MS : null;
}

interface Asked {
  channel: string;
  when: readonly NoticeKind[];
  at: number;
}

/** What matters most first, then the oldest. */
const ORDER: readonly NoticeKind[] = ["needsYou", "finished", "stuck", "spent", "limited", "failed"];
const byWeight = (a: Occasion, b: Occasion): number => ORDER.indexOf(a.when) - ORDER.indexOf(b.when) || a.seq - b.seq;

/** What a channel that tells of these kinds is to tell now, what matters most first; reminders that would come soon with it. */
export function listDue({ open }: Occasions, { channel, when, at }: Asked): Occasion[] {
  const wanted = Object.values(open)
    .filter((occasion) => when.includes(occasion.when))
    .sort(byWeight)
    .map((occasion) => ({ occasion, due: dueAt(occasion, channel) ?? Number.POSITIVE_INFINITY }));
  if (!wanted.some(({ due }) => due <= at)) return [];
  return wanted.flatMap(({ occasion, due }) => (due <= at + TOGETHER_MS ? [occasion] : []));
}

/** What a channel never told, though it was tried perhaps: what it tells before nobody is there any more to do so. */
export function listUntold({ open }: Occasions, { channel, when }: Omit<Asked, "at">): Occasion[] {
  const isUntold = (occasion: Occasion): boolean => {
    const { done = 0, failures = 0 } = occasion.tellings[channel] ?? {};
    return done === 0 && failures < MAX_TRIES && when.includes(occasion.when);
  };
  return Object.values(open).filter(isUntold).sort(byWeight);
}

/** When this channel has something to tell, the next time; null when nothing is known of. */
export function nextDue({ open }: Occasions, { channel, when }: Omit<Asked, "at">): number | null {
  const times = Object.values(open).flatMap((occasion) => {
    const due = when.includes(occasion.when) ? dueAt(occasion, channel) : null;
    return due === null ? [] : [due];
  });
  return times.length === 0 ? null : Math.min(...times);
}
