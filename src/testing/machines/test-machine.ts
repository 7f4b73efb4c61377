/**
 * Tests of a machine, for any test framework: `for (const { name, run } of testMachine(…)) test(name, run)`. One looks at
 * the whole graph, one at the invariants in every state, and one for each path walks it in the real runtime.
 */
import { AssertionError } from "node:assert";
import type { AnyStateMachine, EventObject } from "xstate";
import { messageOf } from "../../errors.ts";
import { toAssertion } from "../conformance/conformance-case.ts";
import type { Edge, Node } from "./explore.ts";
import type { PathProblem } from "./find-problems.ts";
import { nameTransition } from "./list-transitions.ts";
import { explorePaths, namePath, type PathsOptions, type PathsReport } from "./paths-of.ts";
import { type MachineUnderTest, startMachine } from "./start-machine.ts";
import { describeValue } from "./state-key.ts";

/**
 * Something that holds in every state. It does not when this returns false, or a text that says what is wrong, or throws
 * (an expectation that fails); anything else, such as nothing at all, means that it holds. It may name its machine's own
 * type of context, as the parameters of a method may be narrower.
 */
export type Invariant = { holds(state: unknown, context: unknown, step: InvariantStep): unknown }["holds"];

/** The step that led to a state, for an invariant that is about what changed. */
export interface InvariantStep {
  /** The event; null at the start. */
  event: EventObject | null;
  /** State and context before it; null at the start. An event that no transition took leaves them as they were. */
  before: { state: unknown; context: unknown } | null;
}

export interface TestMachineOptions extends PathsOptions {
  /** Asked at the start and after every event that is tried in every state, and live after every step of every path. */
  invariants?: Readonly<Record<string, Invariant>>;
  /**
   * Problems that are known and right: dotted paths of states, transitions by id or name, event types, or
   * `maxStates`. One that is no problem (any more) fails.
   */
  accept?: readonly string[];
}

export interface MachineTest {
  name: string;
  /** Rejects with an AssertionError that says what is wrong, and after which steps. */
  run: () => Promise<void>;
}

/** Makes the tests. Throws `paths.badCoverage`; everything that is wrong with the machine is a test that fails. */
export function testMachine(machine: AnyStateMachine, options: TestMachineOptions = {}): MachineTest[] {
  const { graphTest, pathTests } = makeTests(machine, options);
  return [graphTest, ...pathTests];
}

/** The tests with the report that they are made of: `graphTest` looks at the graph, `pathTests` at invariants and paths. */
export function makeTests(
  machine: AnyStateMachine,
  options: TestMachineOptions = {},
): { report: PathsReport; graphTest: MachineTest; pathTests: MachineTest[] } {
  const { report, graph, edges } = explorePaths(machine, options);
  const { invariants = {}, accept = [], input } = options;
  const graphTest: MachineTest = {
    name: "every state is reached and every transition taken",
    run: async () =>
      checkProblems(
        report.problems,
        new Map(graph.parts.transitions.map((each) => [each.id, nameTransition(each)])),
        accept,
      ),
  };
  const pathTests: MachineTest[] = [];
  if (Object.keys(invariants).length > 0) {
    pathTests.push({
      name: `${Object.keys(invariants).join(", ")}: in each of ${graph.nodes.length} states`,
      run: async () => {
        const asked: Pick<Edge, "event">[] = [];
        const path = (): string =>
          namePath(
            asked.map(({ event }) => event),
            () => true,
          );
        if (graph.start !== null)
          checkInvariants(invariants, { to: sideOf(graph.start.to), event: null, before: null }, path);
        for (const [node, way] of graph.shortest) {
          const before = sideOf(node);
          for (const { event, to } of graph.triedIn(node)) {
            asked.splice(0, asked.length, ...way, { event });
            checkInvariants(invariants, { to: sideOf(to), event, before }, path);
          }
        }
      },
    });
  }
  for (const [index, { name }] of report.paths.entries()) {
    pathTests.push({ name, run: () => walkPath(machine, input, graph.start as Edge, edges[index] ?? [], invariants) });
  }
  return { report, graphTest, pathTests };
}

/** What came of walking every path in the runtime. */
export interface PathsRun {
  passed: number;
  failed: { name: string; message: string }[];
}

/** Chooses paths as `pathsOf` does, and walks them at once. Throws `paths.badCoverage`. */
export async function runPaths(
  machine: AnyStateMachine,
  options: PathsOptions = {},
): Promise<{ report: PathsReport; run: PathsRun }> {
  const { report, graph, edges } = explorePaths(machine, options);
  const run: PathsRun = { passed: 0, failed: [] };
  for (const [index, { name }] of report.paths.entries()) {
    try {
      await walkPath(machine, options.input, graph.start as Edge, edges[index] ?? []);
      run.passed++;
    } catch (thrown) {
      run.failed.push({ name, message: messageOf(thrown) });
    }
  }
  return { report, run };
}

/** Walks one path in the runtime; rejects at the first step that is not as it was explored. */
async function walkPath(
  machine: AnyStateMachine,
  input: unknown,
  start: Edge,
  path: readonly Edge[],
  invariants: Readonly<Record<string, Invariant>> = {},
): Promise<void> {
  const walked: Edge[] = [];
  const walkedPath = (): string =>
    namePath(
      walked.map(({ event }) => event),
      () => true,
    );
  let live: MachineUnderTest | undefined;
  try {
    live = await startMachine(machine, { input });
    checkStep(live, start, walkedPath);
    let before: Side = { state: live.state, context: live.context };
    checkInvariants(invariants, { to: before, event: null, before: null }, walkedPath);
    for (const edge of path) {
      walked.push(edge);
      await live.send(edge.event);
      checkStep(live, edge, walkedPath);
      const to: Side = { state: live.state, context: live.context };
      checkInvariants(invariants, { to, event: edge.event, before }, walkedPath);
      before = to;
    }
  } catch (thrown) {
    if (thrown instanceof AssertionError) throw thrown;
    throw new AssertionError({ message: `${walkedPath()}: ${messageOf(thrown)}` });
  } finally {
    await live?.stop().catch(() => {});
  }
}

function checkStep(live: MachineUnderTest, { to, effects }: Edge, walkedPath: () => string): void {
  const sides: [string, unknown, unknown][] = [
    ["the state", to.snapshot.value, live.state],
    ["the effects", effects, live.effects],
    ["the context", to.snapshot.context, live.context],
  ];
  for (const [what, expected, got] of sides) {
    if (describeValue(expected) === describeValue(got)) continue;
    throw toAssertion(`${walkedPath()}: ${what} in the runtime is not what was explored`, expected, got);
  }
}

interface Side {
  state: unknown;
  context: unknown;
}

const sideOf = ({ snapshot: { value, context } }: Node): Side => ({ state: value, context });

function checkInvariants(
  invariants: Readonly<Record<string, Invariant>>,
  { to: { state, context }, ...step }: InvariantStep & { to: Side },
  walkedPath: () => string,
): void {
  for (const [name, holds] of Object.entries(invariants)) {
    let said: unknown;
    try {
      said = holds(state, context, step);
    } catch (thrown) {
      said = messageOf(thrown);
    }
    if (said !== false && typeof said !== "string") continue;
    const why = typeof said === "string" ? `: ${said}` : "";
    const message = `${walkedPath()}: ${name} does not hold${why}\n  state ${JSON.stringify(state)}\n  context ${describeValue(context)}`;
    throw new AssertionError({ message });
  }
}

function checkProblems(
  problems: readonly PathProblem[],
  names: ReadonlyMap<string, string>,
  accept: readonly string[],
): void {
  const isAccepted = ({ where }: PathProblem, by: string): boolean => where === by || names.get(where) === by;
  // Where exploring ends by a bound or `stopWhen`, it was asked to.
  const counted = problems.filter(({ kind, where }) => kind !== "cut" || where === "maxStates");
  const open = counted.filter((problem) => !accept.some((by) => isAccepted(problem, by)));
  const stale = accept.filter((by) => !counted.some((problem) => isAccepted(problem, by)));
  const lines = [
    ...open.map(({ message }) => message),
    ...stale.map((by) => `${JSON.stringify(by)} is accepted, but is no problem`),
  ];
  if (lines.length > 0) throw new AssertionError({ message: lines.join("\n") });
}
