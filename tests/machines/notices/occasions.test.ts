/** What a person is to be told of, as it follows from the log. */
import { describe, expect, it } from "vitest";
import {
  emptyOccasions,
  listDue,
  listUntold,
  nextDue,
  noteOccasion,
  noticeId,
  type Occasions,
} from "../../../src/machines/notices/occasions.ts";
import type { NoticeKind } from "../../../src/plan/model.ts";
import type { Events, EventType } from "../../../src/protocol/events.ts";
import type { RunRecord } from "../../../src/protocol/records.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ALL: NoticeKind[] = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];
const CHANNEL = "command 1";

/** A log that grows by a record a minute, and what follows from it. */
function makeLog() {
  const occasions: Occasions = emptyOccasions();
  let seq = 0;
  let at = 0;
  const add = <Type extends EventType>(actor: string, type: Type, data: Events[Type]): void => {
    seq += 1;
    at += MINUTE;
    noteOccasion(occasions, { seq, time: at, actor, type, data, cause: null } as unknown as RunRecord);
  };
  const asked = (channel: string) => ({ channel, when: ALL, at });
  return {
    occasions,
    add,
    wait: (ms: number): void => {
      at += ms;
    },
    due: (channel = CHANNEL) => listDue(occasions, asked(channel)).map(({ when, about }) => `${when} ${about}`.trim()),
    untold: () => listUntold(occasions, asked(CHANNEL)).map(({ when }) => when),
    next: () => nextDue(occasions, asked(CHANNEL)),
    tell: (reason: string | null = null, channel = CHANNEL): void => {
      const due = listDue(occasions, asked(channel));
      const notices = due.map((each) => noticeId("r-1", each, each.tellings[channel]?.done ?? 0));
      add("host", "notice.sent", { channel, notices, reason });
    },
    ids: () => listDue(occasions, asked(CHANNEL)).map((each) => noticeId("r", each, each.tellings[CHANNEL]?.done ?? 0)),
    get now() {
      return at;
    },
  };
}

type Log = ReturnType<typeof makeLog>;
const ended = (task: string, outcome: Events["task.finished"]["outcome"]): Events["task.finished"] => ({
  task,
  outcome,
  commit: null,
  head: null,
  reason: "because",
  isOpen: false,
});
const held = (until: number, what: "limit" | "outage" = "limit"): Events["account.held"] => ({
  account: "claude",
  what,
  until,
  waitMs: 1,
  named: true,
  source: "it",
});
const startOf = (kind: string): Events["actor.started"] => ({ kind, parent: "run", incarnation: 1 });
const epoch = (purpose?: "ship") =>
  ({ epoch: 2, ...(purpose ? { purpose } : {}) }) as unknown as Events["epoch.started"];

/** Kind -> what begins it, and everything that resolves it. */
const LASTING: Record<string, [begin: (log: Log) => void, ends: ((log: Log) => void)[]]> = {
  "needsYou a-1": [
    (log) => log.add("conflict:a-1", "actor.started", startOf("conflict")),
    [
      (log) => log.add("conflict:a-1", "decision.made", { choice: "drop", by: "me" }),
      (log) => log.add("conflict:a-1", "actor.stopped", { reason: "x" }),
    ],
  ],
  "limited claude": [
    (log) => log.add("run", "account.held", held(log.now + HOUR)),
    [(log) => log.add("run", "agent.unlimited", { account: "claude", what: "limit", forMs: 1 })],
  ],
  spent: [
    (log) => log.add("run", "budget.exhausted", { mode: "hard", usd: 1, tokens: 1 }),
    [(log) => log.add("run", "budget.raised", { usd: 2, tokens: null })],
  ],
  "stuck a": [
    (log) => log.add("task:a", "task.quiet", { since: 1, usualMs: null }),
    [
      (log) => log.add("task:a", "task.spoke", { silentMs: 1 }),
      (log) => log.add("task:a", "cost.reported", { usd: 1 }),
      (log) => log.add("scheduler", "task.finished", ended("a", "merged")),
      (log) => log.add("host", "epoch.started", epoch()),
    ],
  ],
  stuck: [
    (log) => log.add("run", "run.stuck", { since: 1, waitsFor: ["a"] }),
    [
      (log) => log.add("task:b", "progress.reported", { text: "on", percent: null }),
      (log) => log.add("host", "epoch.started", epoch()),
    ],
  ],
};

describe.each(Object.entries(LASTING))("%s", (name, [begin, ends]) => {
  it("is told, and again each hour as long as it lasts, by other ids", () => {
    const log = makeLog();
    begin(log);
    const ids = log.ids();
    for (let times = 0; times < 3; times += 1) {
      expect(log.due()).toEqual([name]);
      log.tell();
      expect(log.due()).toEqual([]);
      log.wait(HOUR - MINUTE);
      expect(log.due()).toEqual([]);
      log.wait(MINUTE);
      ids.push(...log.ids());
    }
    expect(new Set(ids).size).toBe(4);
  });

  it.each(ends.map((end, index) => [index, end] as const))("is resolved, told or not (%i)", (_index, end) => {
    for (const isTold of [true, false]) {
      const log = makeLog();
      begin(log);
      if (isTold) log.tell();
      end(log);
      log.wait(2 * HOUR);
      expect(log.due()).toEqual([]);
      expect(log.next()).toBeNull();
    }
  });

  it("begins anew under another id when it comes again", () => {
    const log = makeLog();
    begin(log);
    const before = log.ids();
    log.tell();
    ends[0]?.(log);
    begin(log);
    expect(log.due()).toEqual([name]);
    expect(log.ids()).not.toEqual(before);
  });

  it("is over with the run", () => {
    const log = makeLog();
    begin(log);
    log.add("run", "run.finished", { outcome: "cancelled", reason: null });
    expect(log.due()).toEqual(["finished"]);
  });
});

describe("what happened", () => {
  it("is told once: a task that failed, and the end", () => {
    const log = makeLog();
    log.add("scheduler", "task.finished", ended("a", "failed"));
    log.add("scheduler", "task.finished", ended("b", "merged"));
    log.add("run", "run.finished", { outcome: "partial", reason: null });
    expect(log.due()).toEqual(["finished", "failed a"]);
    log.tell();
    log.wait(24 * HOUR);
    expect(log.due()).toEqual([]);
    expect(log.untold()).toEqual([]);
  });

  it("is as if it had not, once the run is opened again for it", () => {
    const log = makeLog();
    log.add("scheduler", "task.finished", ended("a", "failed"));
    log.add("run", "run.finished", { outcome: "failed", reason: null });
    log.add("run", "actor.started", startOf("supervisor"));
    log.add("task:a", "actor.started", startOf("task"));
    expect(log.due()).toEqual([]);
    log.add("scheduler", "task.finished", ended("a", "failed"));
    expect(log.due()).toEqual(["failed a"]);
  });
});

describe("a notice that could not be given", () => {
  it("is tried again under its id, after longer and longer, and given up if it only happened", () => {
    const log = makeLog();
    log.add("scheduler", "task.finished", ended("a", "failed"));
    const waits: number[] = [];
    const ids: string[] = [];
    for (let next = log.next(); next !== null; next = log.next()) {
      log.wait(Math.max(0, next - log.now));
      ids.push(...log.ids());
      log.tell("exited with code 1");
      waits.push((log.next() ?? log.now) - log.now);
    }
    expect(waits).toEqual([MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 0]);
    expect(new Set(ids).size).toBe(1);
    expect(log.untold()).toEqual([]);
  });

  it("is tried each hour as long as it lasts", () => {
    const log = makeLog();
    log.add("run", "budget.exhausted", { mode: "soft", usd: 1, tokens: 1 });
    for (let tries = 0; tries < 20; tries += 1) {
      log.tell("exited with code 1");
      log.wait(HOUR);
    }
    expect(log.due()).toEqual(["spent"]);
  });

  it("by one channel is told by another all the same", () => {
    const log = makeLog();
    log.add("run", "budget.exhausted", { mode: "soft", usd: 1, tokens: 1 });
    log.tell("exited with code 1");
    expect(log.due("desktop")).toEqual(["spent"]);
    log.tell(null, "desktop");
    expect(log.due("desktop")).toEqual([]);
  });
});

it("reminders that come soon are given with the first that is due", () => {
  const log = makeLog();
  log.add("conflict:a-1", "actor.started", startOf("conflict"));
  log.tell();
  log.add("conflict:b-1", "actor.started", startOf("conflict"));
  log.tell();
  log.wait(HOUR - 2 * MINUTE);
  expect(log.due()).toEqual(["needsYou a-1", "needsYou b-1"]);
});

describe("an outage", () => {
  it("is told of only when it lasts: it comes and goes", () => {
    const log = makeLog();
    const start = log.now + MINUTE;
    log.add("run", "account.held", held(start + MINUTE, "outage"));
    expect(log.due()).toEqual([]);
    log.add("run", "account.held", held(start + 10 * MINUTE, "outage"));
    expect(log.due()).toEqual(["limited claude"]);
  });

  it("that ends does not count for the next", () => {
    const log = makeLog();
    log.add("run", "account.held", held(log.now + 2 * MINUTE, "outage"));
    log.add("run", "agent.unlimited", { account: "claude", what: "outage", forMs: 1 });
    log.wait(HOUR);
    log.add("run", "account.held", held(log.now + 2 * MINUTE, "outage"));
    expect(log.due()).toEqual([]);
  });
});

it("opening the log to ship it resolves no silence", () => {
  const log = makeLog();
  log.add("task:a", "task.quiet", { since: 1, usualMs: null });
  log.add("host", "epoch.started", epoch("ship"));
  expect(log.due()).toEqual(["stuck a"]);
});
