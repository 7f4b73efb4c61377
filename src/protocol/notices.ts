/**
 * What a person is told who does not look: the events of it, their words, and the document that a command of theirs is
 * given. What is worth a notice is decided in `src/machines/notices/`.
 */
import type { NoticeKind } from "../plan/model.ts";
import type { Wording } from "./wording.ts";
import { cut, duration, few, whole } from "./words.ts";

/** Silence, and what was said of it. Times are milliseconds since the Unix epoch. */
export interface NoticeEvents {
  /** Nothing is heard of a task at work since then; `usualMs`: its longest silence before, null where there was none. */
  "task.quiet": { since: number; usualMs: number | null };
  /** It is heard again, after so long. */
  "task.spoke": { silentMs: number };
  /** Nothing happens since then though not all is done, and no time or person is known that it waits for. */
  "run.stuck": { since: number; waitsFor: string[] };
  /**
   * The person was told, or could not be: `reason` says why, null when they were. `notices` are the ids of what was said, each
   * the same when it is said again after a crash; `channel` names the entry of their configuration without what it holds.
   */
  "notice.sent": { channel: string; notices: string[]; reason: string | null };
}

/** How they are told of. */
export const NOTICE_FACTS: { readonly [Type in keyof NoticeEvents]: Wording<NoticeEvents[Type]> } = {
  "task.quiet": {
    audience: "person",
    tone: () => "warn",
    words: ({ usualMs }) => `is quiet: ${wordUsual(usualMs)}`,
  },
  "task.spoke": {
    audience: "watcher",
    tone: () => "good",
    words: ({ silentMs }) => `is heard again after ${duration(silentMs)}`,
  },
  "run.stuck": {
    audience: "person",
    tone: () => "warn",
    words: ({ waitsFor }) => `nothing happens any more; it waits for: ${few(waitsFor)}`,
  },
  "notice.sent": {
    audience: ({ reason }) => (reason === null ? "watcher" : "person"),
    tone: ({ reason }) => (reason === null ? "plain" : "warn"),
    words: ({ channel, notices, reason }) =>
      `${notices.length === 1 ? "a notice" : `${notices.length} notices`} ${reason === null ? "given to" : "could not be given to"} ${cut(channel)}${reason === null ? "" : `: ${whole(reason)}`}`,
    about: () => "run",
    warning: ({ channel, reason }) => (reason === null ? null : `a notice could not be given to ${channel}: ${reason}`),
  },
};

/** `it was never silent for longer than 40s before`. */
export const wordUsual = (usualMs: number | null): string =>
  usualMs === null ? "nothing was heard of it yet" : `it was never silent for longer than ${duration(usualMs)} before`;

/** One thing that a person is told. */
export interface NoticeItem {
  /** Unique in the repository; the same when it is told again after a crash, another one when the person is reminded of it. */
  id: string;
  when: NoticeKind;
  /** The task that it is about; null where it is about the run or an account. */
  task: string | null;
  /** What `pleach decide` answers; null where there is nothing to decide. */
  conflict: string | null;
  /** The account that is not served; null elsewhere. */
  account: string | null;
  /** @format date-time */
  since: string;
  /**
   * How often the person was told before.
   * @asType integer
   * @minimum 0
   */
  told: number;
  /** One line. */
  text: string;
}

/** What a command of `notify` reads on its standard input. */
export interface NoticeDocument {
  /** Version of this document. */
  schema: 1;
  /** Of what is told together: the same for the same notices. */
  id: string;
  run: string;
  goal: string;
  /** Its folder. */
  repository: string;
  /** What PLEACH_MESSAGE holds: one line. */
  message: string;
  notices: NoticeItem[];
}
