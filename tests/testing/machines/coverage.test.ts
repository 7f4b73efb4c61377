/** How far pathsOf explores, and which paths each coverage chooses. */
import { describe, expect, it } from "vitest";
import { assign, createMachine, setup } from "xstate";
import {
  type Coverage,
  type PathsOptions,
  type PathsReport,
  type Payload,
  pathsOf,
} from "../../../src/testing/machines/index.ts";
import { mediaPlayer } from "./fixtures/media-player.ts";
import { trafficLight } from "./fixtures/traffic-light.ts";

const names = ({ paths }: PathsReport): string[] => paths.map(({ name }) => name);
const said = ({ problems }: PathsReport): string[] => problems.map(({ kind, message }) => `${kind}: ${message}`);

const counter = setup({
  types: {
    context: {} as { n: number; deep: { list: number[] } },
    events: {} as { type: "more"; by: number } | { type: "stop" },
  },
}).createMachine({
  id: "counter",
  context: { n: 0, deep: { list: [] } },
  initial: "on",
  states: {
    on: {
      on: {
        more: {
          actions: assign(({ context, event }) => ({
            n: context.n + event.by,
            deep: { list: [...context.deep.list, event.by] },
          })),
        },
        stop: "off",
      },
    },
    off: { type: "final" },
  },
});
const explored = (options: PathsOptions): number =>
  pathsOf(counter, { events: { more: { by: 1 } }, ...options }).explored;

describe("exploring", () => {
  it("ends beyond a bound of a number or a list, where stopWhen holds, and says where", () => {
    // n is 0, 1, 2 and 3, each also stopped but for the last, which is beyond the bound.
    expect(explored({ bounds: { n: 2 } })).toBe(7);
    expect(explored({ bounds: { "deep.list": 1 } })).toBe(5);
    expect(explored({ stopWhen: ({ context }) => context.n === 1 })).toBe(3);
    expect(said(pathsOf(counter, { events: { more: { by: 1 } }, stopWhen: ({ context }) => context.n === 1 }))).toEqual(
      ["cut: 1 state not explored further: stopWhen held"],
    );
  });

  it("ends after so many states, and names what grows", () => {
    expect(said(pathsOf(counter, { events: { more: { by: 1 } }, maxStates: 30 }))).toEqual([
      expect.stringMatching(
        /^cut: \d+ states? not explored: more than 30 were found; a bound may help: n=3, deep.list=3$/,
      ),
    ]);
  });

  it("tries several payloads, none, and those that a function makes of the state", () => {
    expect(explored({ events: { more: [{ by: 1 }, { by: 2 }, { by: 1 }] }, bounds: { n: 0 } })).toBe(4);
    expect(explored({ events: { more: [] } })).toBe(2);
    const once = ({ context }: { context: { n: number } }): Payload[] => (context.n === 0 ? [{ by: 7 }] : []);
    expect(explored({ events: { more: once } })).toBe(4);
  });

  it("lets the time pass to an example's `at`, and never back", () => {
    const clock = createMachine({
      id: "clock",
      context: { seen: [] as number[] },
      on: {
        tick: {
          actions: assign({ seen: ({ context, event }) => [...context.seen, (event as { at?: number }).at ?? 0] }),
        },
      },
    });
    const { paths } = pathsOf(clock, {
      events: { tick: [{ at: 2_000_000 }, { at: 5 }] },
      bounds: { seen: 1 },
      coverage: "simple",
    });
    const seen = new Set(paths.flatMap(({ steps }) => steps.map(({ event }) => event.type)));
    expect(seen).toEqual(new Set(["tick"]));
    expect(names({ paths } as PathsReport)).toContain("tick (at: 2000000) → tick (at: 5)");
  });
});

describe("coverage", () => {
  const events = { "EVENT.X": { n: 1 } };
  const of = (coverage: Coverage, seed = 1): PathsReport =>
    pathsOf(mediaPlayer, { bounds: { volume: 1 }, events, coverage, seed });

  it("`states` enters every state with fewer steps than `transitions` needs", () => {
    const report = of("states");
    const entered = new Set(report.paths.flatMap(({ steps }) => steps.map(({ state }) => JSON.stringify(state))));
    const steps = ({ paths }: PathsReport): number => paths.reduce((sum, path) => sum + path.steps.length, 0);
    for (const state of ["playing", "paused", "muted", "full"]) expect([...entered].join(), state).toContain(state);
    expect(entered).toContain('"asleep"');
    expect(steps(report)).toBeLessThan(steps(of("transitions")));
  });

  it("`pairs` has every event after every other that can follow it, which `transitions` has not", () => {
    const pairsOf = ({ paths }: PathsReport): Set<string> =>
      new Set(
        paths.flatMap(({ steps }) => steps.slice(1).map(({ event }, at) => `${steps[at]?.event.type} ${event.type}`)),
      );
    const possible = [...pairsOf(of("random:150"))];
    const byPairs = pairsOf(of("pairs"));
    const byTransitions = pairsOf(of("transitions"));
    expect(possible.filter((pair) => !byPairs.has(pair))).toEqual([]);
    expect(possible.filter((pair) => !byTransitions.has(pair))).not.toEqual([]);
  });

  it("`shortest` ends in every state and context, `simple` has every way there without a detour", () => {
    const light = (coverage: Coverage): string[] => names(pathsOf(trafficLight, { coverage }));
    expect(light("shortest")).toEqual(["after 1000", "POWER_OUTAGE → POWER_RESTORED → PED_COUNTDOWN"]);
    expect(light("simple").length).toBeGreaterThan(light("shortest").length);
    for (const { steps, start } of pathsOf(trafficLight, { coverage: "simple" }).paths) {
      const states = [start.state, ...steps.map(({ state }) => state)].map((state) => JSON.stringify(state));
      expect(new Set(states).size).toBe(states.length);
    }
  });

  it("`simple` gives up where there are too many, and says so", () => {
    const big = createMachine({
      id: "big",
      type: "parallel",
      states: Object.fromEntries(
        Array.from({ length: 6 }, (_, at) => [
          `r${at}`,
          { initial: "a", states: { a: { on: { [`go${at}`]: "b" } }, b: { on: { [`back${at}`]: "a" } } } },
        ]),
      ),
    });
    const report = pathsOf(big, { coverage: "simple" });
    expect(report.notes).toEqual([expect.stringContaining("too many simple paths")]);
    expect(report.paths.length).toBeGreaterThan(0);
  });

  it("`random:N` is the same for the same seed, another for another, and never more than asked for", () => {
    expect(of("random:5", 7)).toEqual(of("random:5", 7));
    expect(names(of("random:5", 7))).not.toEqual(names(of("random:5", 8)));
    expect(of("random:5", 7).paths.length).toBeLessThanOrEqual(5);
    expect(of("random:5").paths.every(({ steps }) => steps.length <= 20)).toBe(true);
  });

  it.each(["", "state", "random", "random:0", "random:x", "random:100000"])("refuses %j", (coverage) => {
    expect(() => pathsOf(trafficLight, { coverage: coverage as Coverage })).toThrow(
      expect.objectContaining({ code: "paths.badCoverage" }),
    );
  });
});
