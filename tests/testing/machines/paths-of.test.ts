/** What pathsOf finds out about a machine: on machines as others write them, and on machines with mistakes. */
import { describe, expect, it } from "vitest";
import { assign, createMachine, enqueueActions, raise } from "xstate";
import { type PathsReport, pathsOf } from "../../../src/testing/machines/index.ts";
import { broken } from "./fixtures/broken.ts";
import { fetchUser } from "./fixtures/fetch-user.ts";
import { mediaPlayer } from "./fixtures/media-player.ts";
import { trafficLight } from "./fixtures/traffic-light.ts";

const names = ({ paths }: PathsReport): string[] => paths.map(({ name }) => name);
const said = ({ problems }: PathsReport): string[] => problems.map(({ kind, message }) => `${kind}: ${message}`);
const uncovered = ({ transitions }: PathsReport): string[] =>
  transitions.filter(({ covered }) => !covered).map(({ name }) => name);
const taken = ({ transitions }: PathsReport): string[] =>
  transitions.filter(({ reachable }) => reachable).map(({ name }) => name);

const FETCHED = {
  FETCH: { id: "42" },
  "xstate.done.actor.user": { output: { name: "Ada" } },
  "xstate.error.actor.user": { error: { message: "no line" } },
};

describe("pathsOf, on machines as others write them,", () => {
  it("takes every transition of a traffic light, its delays as events, and says so", () => {
    const report = pathsOf(trafficLight);
    expect(names(report)).toEqual([
      "after 1000 → after 500",
      "POWER_OUTAGE → POWER_RESTORED → PED_COUNTDOWN → PED_COUNTDOWN",
    ]);
    expect(uncovered(report)).toEqual([]);
    expect(report.problems).toEqual([]);
    expect(report.notes).toEqual([
      "state green: the delay 1000 (after) is the event xstate.after.1000.light.green",
      "state yellow: the delay 500 (after) is the event xstate.after.500.light.yellow",
    ]);
    expect(report.paths[0]?.steps[1]).toEqual({
      event: { type: "xstate.after.500.light.yellow" },
      state: { red: "walk" },
      effects: [{ name: "warnDrivers", params: undefined }],
    });
  });

  it("takes every transition of a fetch with retries, given the outcomes of its promise", () => {
    const report = pathsOf(fetchUser, { events: FETCHED });
    expect(uncovered(report)).toEqual([]);
    expect(report.problems).toEqual([]);
    expect(report.states.unreachable).toEqual([]);
    expect(report.notes).toEqual([
      "state loading: the invoked actor getUser is its outcome, the event xstate.done.actor.user or xstate.error.actor.user",
      "state waiting: the delay backoff (after) is the event xstate.after.backoff.fetchUser.waiting",
    ]);
    const failed = report.paths.flatMap(({ steps }) => steps).find(({ state }) => state === "failure");
    expect(failed?.effects).toEqual([{ name: "notify", params: { problem: "no line" } }]);
  });

  it("says for every event of it which payload is missing, by what the machine reads", () => {
    const missing = said(pathsOf(fetchUser)).filter((line) => line.startsWith("missing"));
    expect(missing).toEqual([
      "missing: no example for the payload of FETCH; the machine reads id",
      "missing: no example for the payload of xstate.done.actor.user; the machine reads output",
      "missing: no example for the payload of xstate.error.actor.user; the machine reads error",
    ]);
  });

  it("takes what parallel regions, a history state, a wildcard and transitions without events offer", () => {
    const report = pathsOf(mediaPlayer, { bounds: { volume: 2 }, events: { "EVENT.X": { n: 1 } } });
    expect(uncovered(report)).toEqual([]);
    expect(said(report)).toEqual([
      expect.stringMatching(/^cut: \d+ states? not explored further: beyond the bound of volume$/),
    ]);
    expect(taken(report)).toContain("asleep: EVENT.X → stays");
    expect(report.notes).toEqual(["state on.volume.full: log is the effect log, and reaches nobody"]);
    const remembered = pathsOf(mediaPlayer, { bounds: { volume: 0 }, coverage: "shortest" }).paths;
    const woken = remembered.filter(({ name }) => name.includes("PLAY → SLEEP → WAKE"));
    expect(woken[0]?.steps[2]?.state).toEqual({ on: { transport: "playing", volume: "normal" } });
  });

  it("says what becomes of a failure that nothing handles, and of an actor that nothing waits for", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: {
        a: {
          invoke: [
            { id: "one", src: "work", onDone: "b" },
            { id: "two", src: "listen" },
          ],
        },
        b: {},
      },
    });
    expect(pathsOf(machine).notes).toEqual([
      "state a: the invoked actor work is its outcome, the event xstate.done.actor.one",
      "state a: nothing handles a failure of work (onError); it would end the machine with an error",
      "state a: the invoked actor listen is left out, nothing waits for its outcome",
      "state a: nothing handles a failure of listen (onError); it would end the machine with an error",
    ]);
  });
});

describe("pathsOf, on what is wrong,", () => {
  it("reports the throwing guard, the missing payload and what nothing leads to, and does not throw", () => {
    const report = pathsOf(broken);
    expect(said(report)).toEqual([
      `throws: in state "empty", on ORDER: Cannot read properties of undefined (reading 'items')`,
      expect.stringMatching(
        /^throws: in state "empty", on SHIP: Unable to evaluate guard 'isInStock' .*the stock cannot be read$/,
      ),
      "unreachable: state ordered is never reached",
      "unreachable: state paid is never reached",
      "unreachable: state shipped is never reached",
      "unreachable: state returned is never reached",
      "untaken: empty: ORDER → ordered is never taken: ORDER was tried without its payload (order)",
      "untaken: empty: SHIP [isInStock] → shipped is never taken: SHIP throws",
      "missing: no example for the payload of ORDER; the machine reads order",
    ]);
  });

  it("goes on past what throws when the payloads are there", () => {
    const report = pathsOf(broken, {
      events: { ORDER: { order: { items: ["tea"] } }, PAY: [{ amount: 0 }, { amount: 1 }] },
    });
    expect(report.states.unreachable).toEqual(["returned"]);
    expect(names(report)).toEqual(["ORDER → PAY → SHIP"]);
  });

  it.each<[string, object, string]>([
    [
      "throws when it starts",
      {
        context: () => {
          throw new Error("no context");
        },
      },
      "the machine throws when it starts: no context",
    ],
    [
      "throws in its first state",
      {
        initial: "a",
        states: {
          a: {
            entry: assign(() => {
              throw new Error("no entry");
            }),
          },
        },
      },
      "the machine throws when it starts: no entry",
    ],
    [
      "goes round without an end",
      { initial: "a", states: { a: { always: "b" }, b: { always: "a" } } },
      "the machine throws when it starts: Infinite loop detected",
    ],
    [
      "raises without an end",
      { on: { x: { actions: raise({ type: "x" }) } } },
      "in state {}, on x: Infinite loop detected",
    ],
    [
      "reaches out where only a step shows it",
      { on: { x: { actions: enqueueActions(({ enqueue }) => enqueue.emit({ type: "y" })) } } },
      "in state {}, on x: machine m used xstate.emit in a step",
    ],
    [
      "asks with what is no JSON",
      { on: { x: { actions: { type: "save", params: () => ({ n: 1n }) } } } },
      "in state {}, on x: Do not know how to serialize a BigInt",
    ],
  ])("tells of a machine that %s", (_what, config, message) => {
    const { problems } = pathsOf(createMachine({ id: "m", context: {}, ...config } as never));
    expect(problems.map((problem) => problem.message).filter((each) => each.startsWith(message))).toHaveLength(1);
    expect(problems[0]?.kind).toBe("throws");
  });

  it("tells of an example's function that throws, and of an example that no state handles", () => {
    const machine = createMachine({ id: "m", on: { x: {} } });
    const events = {
      x: () => {
        throw new Error("no example today");
      },
      typo: {},
    };
    expect(said(pathsOf(machine, { events }))).toEqual([
      "throws: in state {}: an example's function threw: no example today",
      "unknown: there is an example for typo, which no state handles",
    ]);
  });

  it("says why a candidate may never be taken", () => {
    const machine = createMachine({
      id: "m",
      initial: "a",
      states: {
        a: { on: { go: [{ guard: () => false, target: "b" }, { target: "a" }, { target: "b" }], "*": "b" } },
        b: {},
      },
    });
    expect(pathsOf(machine).transitions.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      "a: go [(inline)] → b: its guard (inline) never held",
      "a: go (2.) → a: null",
      "a: go (3.) → b: a candidate before it always held",
      "a: * → b: there is no example of an event that it stands for",
    ]);
  });
});
