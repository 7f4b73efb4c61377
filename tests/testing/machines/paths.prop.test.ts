/** Random machines of every shape: exploring never throws, what it says is what the runtime does, and all agrees. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type AnyStateMachine, assign, createMachine } from "xstate";
import {
  type Coverage,
  type PathsOptions,
  pathsOf,
  renderDot,
  renderMermaid,
  runPaths,
} from "../../../src/testing/machines/index.ts";

interface Shape {
  type: "atomic" | "compound" | "parallel" | "final";
  children: Shape[];
  moves: { event: number; to: number; how: number }[];
}

const EVENTS = ["a", "b", "c.x", "c.y", "*", "c.*"];
const moves = fc.array(
  fc.record({ event: fc.nat({ max: EVENTS.length + 3 }), to: fc.nat(), how: fc.nat({ max: 7 }) }),
  {
    maxLength: 4,
  },
);
const shapeOf = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    type: fc.constantFrom("atomic", "compound", "parallel", "final"),
    children: depth === 0 ? fc.constant([]) : fc.array(shapeOf(depth - 1), { maxLength: 3 }),
    moves,
  });
const shapes = fc.record({ root: fc.array(shapeOf(2), { minLength: 1, maxLength: 3 }), moves });

const paths = (children: readonly Shape[], above: string): string[] =>
  children.flatMap((child, at) => {
    const path = `${above}s${at}`;
    return [path, ...(child.type === "compound" || child.type === "parallel" ? paths(child.children, `${path}.`) : [])];
  });

/** A machine of that shape: guards on a counter, effects, `after`, `invoke`, history, targets anywhere. */
function build({ root, moves: top }: { root: Shape[]; moves: Shape["moves"] }): AnyStateMachine {
  const all = paths(root, "");
  const transition = ({ to, how }: Shape["moves"][number]): object => ({
    // Without a target it stays; a transition that is taken without an event has to lead on.
    ...(how === 0 ? {} : { target: `#m.${all[to % all.length]}` }),
    ...(how % 3 === 1 ? { guard: { type: "isEven" } } : {}),
    ...(how % 4 === 2 ? { reenter: true } : {}),
    actions: how % 2 === 0 ? ["count"] : [{ type: "save", params: { how } }],
  });
  const handlers = (list: Shape["moves"]): object => {
    const on: Record<string, object[]> = {};
    const after: Record<string, object[]> = {};
    const always: object[] = [];
    for (const move of list) {
      const type = EVENTS[move.event];
      if (type !== undefined) on[type] = [...(on[type] ?? []), transition(move)];
      else if (move.event === EVENTS.length) after[100] = [...(after[100] ?? []), transition(move)];
      else if (move.event === EVENTS.length + 1) always.push({ ...transition({ ...move, how: 4 }), guard: "isSmall" });
    }
    const invoked = list.find(({ event }) => event === EVENTS.length + 2);
    const invoke = invoked ? { invoke: { id: "work", src: "work", onDone: transition(invoked) } } : {};
    return { on, after, always, ...invoke };
  };
  const state = (child: Shape): object => {
    if (child.type === "final") return { type: "final" };
    const inner = child.type === "atomic" ? [] : child.children;
    if (inner.length === 0) return handlers(child.moves);
    const states = Object.fromEntries(inner.map((each, at) => [`s${at}`, state(each)]));
    const first = child.type === "parallel" ? { type: "parallel" } : { initial: "s0" };
    return { ...handlers(child.moves), ...first, states };
  };
  const states = Object.fromEntries(root.map((child, at) => [`s${at}`, state(child)]));
  const config = { id: "m", context: { n: 0 }, initial: "s0", states, ...handlers(top) };
  return createMachine(config as never).provide({
    actions: { count: assign({ n: ({ context }: { context: { n: number } }) => (context.n + 1) % 4 }) },
    guards: {
      isEven: ({ context }: { context: { n: number } }) => context.n % 2 === 0,
      isSmall: ({ context }: { context: { n: number } }) => context.n < 2,
    },
  } as never) as AnyStateMachine;
}

const coverages: Coverage[] = ["states", "transitions", "pairs", "shortest", "random:3"];
const events = { a: {}, b: [{ n: 1 }, { n: 2 }], "c.x": {}, "c.y": {}, other: {} };
const options: PathsOptions = { events, maxStates: 60 };

it("walks every path that it finds in the runtime, replay equal to live", async () => {
  let walked = 0;
  const property = fc.asyncProperty(shapes, fc.constantFrom(...coverages), async (shaped, coverage) => {
    const machine = build(shaped);
    const { report, run } = await runPaths(machine, { ...options, coverage });
    expect(run.failed).toEqual([]);
    expect(report).toEqual(pathsOf(machine, { ...options, coverage }));
    walked += run.passed;
    for (const draw of [renderMermaid, renderDot]) expect(draw(machine)).toBe(draw(machine));
  });
  await fc.assert(property, { seed: 1, numRuns: 25 });
  expect(walked).toBeGreaterThan(20);
});

it("takes with the coverage `transitions` whatever is reachable, and says why the rest is not", () => {
  fc.assert(
    fc.property(shapes, (shaped) => {
      const { transitions, states, paths: found } = pathsOf(build(shaped), options);
      expect(transitions.filter(({ reachable, covered }) => reachable !== covered)).toEqual([]);
      expect(transitions.filter(({ reachable, why }) => reachable !== (why === null))).toEqual([]);
      const reached = new Set(states.reachable);
      const left = transitions.filter(({ covered, source }) => covered && source !== "" && !reached.has(source));
      expect(left).toEqual([]);
      expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    }),
    { seed: 2, numRuns: 50 },
  );
});
