/** What every recorded run promises: it holds for a real run, and each promise is seen to be broken when it is. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { LogRecord } from "../../../src/actors/log/index.ts";
import { checkInvariants, openLogFixture, runInvariants } from "../../../src/testing/machines/index.ts";

const { records } = await openLogFixture(
  fileURLToPath(new URL("../../fixtures/logs/v1-plan-run/log", import.meta.url)),
);

/** The recorded run after one record was changed: the `nth` (from 1) of this actor and type. */
function changed(actor: string, type: string, change: (record: LogRecord) => LogRecord[], nth = 1): LogRecord[] {
  let seen = 0;
  const result = records.flatMap((record) => {
    if (record.actor !== actor || record.type !== type || ++seen !== nth) return [record];
    return change(record);
  });
  expect(seen, `${actor} ${type}`).toBeGreaterThanOrEqual(nth);
  return result;
}

const withData =
  (data: object) =>
  (record: LogRecord): LogRecord[] => [{ ...record, data: { ...(record.data as object), ...data } }];

/** Changes the scheduler's input, which is in the record that starts the root. */
const withScheduler = (change: (input: Record<string, unknown>) => object): LogRecord[] =>
  changed("run", "actor.started", (record) => {
    const copy = structuredClone(record) as { data: { input: { children: { id: string; input: object }[] } } };
    for (const child of copy.data.input.children) {
      if (child.id === "scheduler") Object.assign(child.input, change(child.input as Record<string, unknown>));
    }
    return [copy as unknown as LogRecord];
  });

const twice = (record: LogRecord): LogRecord[] => [record, record];
const nothing = (): LogRecord[] => [];
const task = (id: string) => ({ input: { id, stream: "builders", agent: null } });

/** Promise, what breaks it, and how that is told. */
const BREACHES: [promise: string, broken: () => LogRecord[], why: RegExp][] = [
  ["numbered", () => changed("task:parse", "agent.exited", nothing), /it follows record \d+/],
  ["never goes back", () => changed("task:parse", "agent.exited", (r) => [{ ...r, time: 5 }]), /older than/],
  ["identity of its own", () => changed("task:parse", "agent.exited", twice), /was asked for at record \d+ already/],
  ["only what was asked for", () => changed("scheduler", "slot.release", twice), /was answered at record \d+ already/],
  ["only what was asked for", () => changed("merge", "chain.built", (r) => [{ ...r, cause: "x/1/2/3" }]), /nobody had/],
  ["next incarnation", () => changed("task:build", "actor.started", withData({ incarnation: 3 })), /3 after 0/],
  ["hears nothing before", () => changed("task:build", "actor.started", nothing), /task:build hears/],
  ["one slot at a time", () => changed("stream:builders", "task.start", twice), /parse is granted a second slot/],
  ["over its capacity", () => withScheduler(() => ({ concurrency: 1 })), /the run is at 2 of 1/],
  ["over its capacity", () => withScheduler(() => ({ streams: { builders: 1 } })), /stream builders is at 2 of 1/],
  ["over its capacity", () => withScheduler(() => ({ resources: {} })), /resource shears is at 1 of 0/],
  ["before its needs", () => changed("scheduler", "task.finished", withData({ outcome: "failed" })), /0 of its needs/],
  ["one outcome", () => changed("stream:builders", "task.start", withData(task("parse")), 3), /had ended at record/],
  ["one outcome", () => changed("scheduler", "task.finished", withData({ task: "parse" }), 2), /ends as merged/],
  [
    "merged twice",
    () => changed("task:parse", "merge.landed", (r) => [r, ...withData({ commit: "x" })(r)]),
    /again as x/,
  ],
  ["did not land", () => changed("task:parse", "merge.landed", nothing), /parse never landed/],
  ["required gates", () => changed("merge", "tip.gated", nothing), /no gate run of this chain was green/],
  ["run is over", () => [...records, ...changed("stream:builders", "task.start", twice)], /the run was over/],
];

describe("the promises of a recorded run", () => {
  it("are kept by a real one", () => {
    expect(checkInvariants(records)).toEqual([]);
  });

  it.each(BREACHES)("%s: a breach is found, with the record and the reason", (promise, broken, why) => {
    const breaches = checkInvariants(broken()).filter(({ invariant }) => invariant.includes(promise));
    expect(breaches.map((breach) => breach.why)).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
    for (const { seq } of breaches) expect(seq).toBeGreaterThan(0);
  });

  it("are each shown to be breakable", () => {
    const shown = runInvariants.filter(({ name }) => BREACHES.some(([promise]) => name.includes(promise)));
    expect(shown.map(({ name }) => name)).toEqual(runInvariants.map(({ name }) => name));
  });

  it("may be more: one's own are asked too", () => {
    const short = {
      name: "it is short",
      find: (all: readonly LogRecord[]) => all.slice(100).map(({ seq }) => ({ seq, why: "late" })),
    };
    expect(checkInvariants(records, [short])[0]).toEqual({ invariant: "it is short", seq: 101, why: "late" });
  });
});
