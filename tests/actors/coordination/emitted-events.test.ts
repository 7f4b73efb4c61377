/** Emitted events that a host knows: the newest ones, and the newest of each type, however many there are. */
import { expect, it } from "vitest";
import { EmittedEvents } from "../../../src/actors/coordination/emitted-events.ts";
import type { LogRecord } from "../../../src/actors/log/index.ts";

const emitted = (seq: number, name: string, payload: unknown = { seq }): LogRecord => ({
  v: 1,
  seq,
  time: seq,
  actor: "stream:builders",
  type: "event.emitted",
  data: { name, key: `k${seq}`, task: null, payload },
  effects: [],
  cause: null,
  crc: "00000000",
});

const signal = new AbortController().signal;
const ask = { timeoutMs: 0, signal };

it("knows one that was emitted long ago, though not its payload, and holds no more than the newest", async () => {
  const events = new EmittedEvents();
  events.note([emitted(1, "plan_ready")]);
  for (let seq = 2; seq <= 30_000; seq += 1_000)
    events.note(Array.from({ length: 1_000 }, (_, n) => emitted(seq + n, "progress_made")));
  expect(await events.next({ type: "plan_ready", ...ask })).toMatchObject({ seq: 1, key: "k1", payload: undefined });
  expect(await events.waitFor({ type: "plan_ready", stream: "builders", ...ask })).toBe(true);
  expect(await events.waitFor({ type: "plan_ready", stream: "others", ...ask })).toBe(false);
  const newest = await events.next({ type: "progress_made", ...ask });
  expect(newest).toMatchObject({ seq: 30_001, payload: { seq: 30_001 } });
  const next = await events.next({ type: "progress_made", after: 29_000, ...ask });
  expect(next?.seq).toBe(29_001);
  // What is too long ago is passed over, to the next that is known.
  const kept = await events.next({ type: "progress_made", after: 2, ...ask });
  expect(kept?.seq).toBeGreaterThan(30_001 - 10_000);
});

it("forgets the types that were emitted longest ago when there are too many", async () => {
  const events = new EmittedEvents();
  for (let seq = 1; seq <= 20_000; seq++) events.note([emitted(seq, `made_up_${seq}`)]);
  expect(await events.next({ type: "made_up_20000", ...ask })).toMatchObject({ seq: 20_000 });
  expect(await events.next({ type: "made_up_1", ...ask })).toBeNull();
});
