/** When a task counts as quiet and a run as stuck, in virtual time. */
import { describe, expect, it } from "vitest";
import {
  beginSilence,
  LOOK_MS,
  listen,
  type SilenceEvent,
  type Standing,
} from "../../../src/machines/notices/silence.ts";

const MINUTE = 60_000;
const START = 1_000_000;

/** A run that is looked at every ten seconds, as a host does. */
function makeListener(standing: Partial<Standing> = {}) {
  let silence = beginSilence(START);
  let at = START;
  let now: Standing = { atWork: ["a"], unfinished: ["a: is at work"], isAwaited: false, ...standing };
  const said: { at: number; to: string; event: object }[] = [];
  const take = (event: SilenceEvent): void => {
    const { silence: next, letters } = listen(silence, event);
    silence = next;
    said.push(...letters.map((letter) => ({ at: at - START, ...letter })));
  };
  const look = (): void => take({ type: "looked", at, standing: now });
  look();
  return {
    said,
    wait(ms: number): void {
      for (const until = at + ms; at < until; ) {
        at = Math.min(until, at + LOOK_MS);
        look();
      }
    },
    /** Time goes on, and nobody looks. */
    sleep(ms: number): void {
      at += ms;
    },
    hear: (task = "a") => take({ type: "heard", at, task }),
    happen: (task: string | null = null) => take({ type: "happened", at, task }),
    change(more: Partial<Standing>): void {
      now = { ...now, ...more };
    },
    look,
  };
}

const typesOf = (said: readonly { event: object }[]): string[] =>
  said.map(({ event }) => (event as { type: string }).type);

describe("a task at work is quiet", () => {
  it("after five minutes, where nothing was heard of it before", () => {
    const { said, wait } = makeListener();
    wait(5 * MINUTE - LOOK_MS);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(said).toEqual([
      { at: 5 * MINUTE, to: "task:a", event: { type: "task.quiet", since: START, usualMs: null } },
    ]);
  });

  it("after two minutes, where it was never silent for as long as a third of that", () => {
    const { said, wait, hear } = makeListener();
    wait(30_000);
    hear();
    wait(2 * MINUTE - LOOK_MS);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(said).toMatchObject([
      { to: "task:a", event: { type: "task.quiet", since: START + 30_000, usualMs: 30_000 } },
    ]);
  });

  it("after three times its longest silence, where that is longer, also over attempts", () => {
    const { said, wait, hear, change } = makeListener();
    wait(4 * MINUTE);
    hear();
    change({ atWork: [] });
    wait(MINUTE);
    change({ atWork: ["a"], isAwaited: true });
    wait(12 * MINUTE);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(said).toMatchObject([{ event: { type: "task.quiet", usualMs: 4 * MINUTE } }]);
  });

  it("once, until it is heard again, which is said", () => {
    const { said, wait, hear } = makeListener({ isAwaited: true });
    wait(20 * MINUTE);
    hear();
    hear();
    expect(typesOf(said)).toEqual(["task.quiet", "task.spoke"]);
    expect(said[1]?.event).toEqual({ type: "task.spoke", silentMs: 20 * MINUTE });
    wait(59 * MINUTE);
    expect(typesOf(said)).toEqual(["task.quiet", "task.spoke"]);
    wait(MINUTE);
    expect(typesOf(said)).toEqual(["task.quiet", "task.spoke", "task.quiet"]);
  });

  it("not while it speaks in the log, nor while it is not at work", () => {
    const { said, wait, happen, change } = makeListener({ isAwaited: true });
    for (let minute = 0; minute < 30; minute += 1) {
      wait(MINUTE);
      happen("a");
    }
    change({ atWork: [] });
    wait(60 * MINUTE);
    expect(said).toEqual([]);
  });

  it("not for the time in which nobody looked, nor by a clock that was put on", () => {
    const { said, wait, sleep, look } = makeListener({ isAwaited: true });
    wait(4 * MINUTE);
    sleep(8 * 60 * MINUTE);
    look();
    wait(MINUTE - 2 * LOOK_MS);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(typesOf(said)).toEqual(["task.quiet"]);
  });

  it("not sooner, and not later by more than it, by a clock that was put back", () => {
    const { said, wait, sleep } = makeListener({ isAwaited: true });
    wait(3 * MINUTE);
    sleep(-MINUTE);
    wait(3 * MINUTE - LOOK_MS);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(typesOf(said)).toEqual(["task.quiet"]);
  });
});

it("no silence is shorter than nothing, however the clock is put back", () => {
  const { said, wait, sleep, hear } = makeListener({ isAwaited: true });
  wait(5 * MINUTE);
  sleep(-10 * MINUTE);
  hear();
  expect(said.at(-1)?.event).toEqual({ type: "task.spoke", silentMs: 5 * MINUTE });
});

describe("a run is stuck", () => {
  it("after ten minutes without a fact, and says what it waits for", () => {
    const { said, wait } = makeListener({ atWork: [], unfinished: ["a: waits to be merged"] });
    wait(10 * MINUTE - LOOK_MS);
    expect(said).toEqual([]);
    wait(LOOK_MS);
    expect(said).toEqual([
      {
        at: 10 * MINUTE,
        to: "run",
        event: { type: "run.stuck", since: START, waitsFor: ["a: waits to be merged"] },
      },
    ]);
    wait(60 * MINUTE);
    expect(said).toHaveLength(1);
  });

  it("not while a time or a person is known that it waits for, or when all is done", () => {
    const awaited = makeListener({ atWork: [], isAwaited: true });
    awaited.wait(60 * MINUTE);
    const done = makeListener({ atWork: [], unfinished: [] });
    done.wait(60 * MINUTE);
    expect([...awaited.said, ...done.said]).toEqual([]);
  });

  it("not while a task that says nothing to the log is heard to work", () => {
    const { said, wait, hear } = makeListener();
    for (let minute = 0; minute < 60; minute += 1) {
      wait(MINUTE);
      hear();
    }
    expect(said).toEqual([]);
  });

  it("no longer once something happens, and again when nothing does after that", () => {
    const { said, wait, happen, hear } = makeListener();
    wait(11 * MINUTE);
    expect(typesOf(said)).toEqual(["task.quiet", "run.stuck"]);
    hear();
    expect(typesOf(said)).toEqual(["task.quiet", "run.stuck", "task.spoke"]);
    happen();
    wait(9 * MINUTE);
    expect(said).toHaveLength(3);
    wait(MINUTE);
    expect(typesOf(said).at(-1)).toBe("run.stuck");
  });
});
