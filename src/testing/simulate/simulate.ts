/**
 * Runs a plan in virtual time: the real machines and scheduler over the real runtime and log, in a world without processes
 * and files. The seed decides everything that happens, so that a run can be repeated exactly.
 */

import { createMemoryLog, type MemoryLog } from "../../actors/log/index.ts";
import { openPerformers } from "../../actors/run-actors/open-performers.ts";
import { rootInput, runLogics } from "../../actors/run-actors/root.ts";
import { type Logics, toMachines } from "../../actors/runtime/runtime.ts";
import type { TaskPhase } from "../../machines/scheduler/state.ts";
import type { SupervisorInput } from "../../machines/supervisor.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { Performers } from "../../protocol/effects.ts";
import type { RunOutcome } from "../../protocol/values.ts";
import { createFakeClock } from "../determinism/fake-clock.ts";
import { createSeededRandom, type SeededRandom } from "../determinism/seeded-random.ts";
import { checkFinalState, readPhases } from "./check-final-state.ts";
import { checkSimulateOptions, type Durations, readDurations, requireAmount, requireValidPlan } from "./check-input.ts";
import { BASE, FakeBranch } from "./fake-branch.ts";
import { completeFaultRates, type FaultRates } from "./fault-rates.ts";
import { mergePerformers } from "./merge-performers.ts";
import { measurePaths } from "./paths.ts";
import { runHosts } from "./run-hosts.ts";
import { RunOracle } from "./run-oracle.ts";
import { requireValidScript, type SimulatedAgent } from "./scripted-agent.ts";
import { taskPerformers } from "./task-performers.ts";
import type { ReportViolation, Violation } from "./violations.ts";
import { Workers } from "./workers.ts";
import { Mailbox, type Overheads, type World } from "./world.ts";

export interface SimulateOptions {
  /** Decides everything that is random. Default 1. */
  seed?: number;
  /** What goes wrong; nothing by default. */
  faults?: Partial<FaultRates>;
  /** How long an attempt works, ms; tasks left out take from one minute to one hour, as the seed decides. */
  durations?: Durations;
  /** What the scheduler expects, ms; nothing by default, as in a run whose history nobody knows. */
  estimates?: Durations;
  /** Who does what: by task id, else by name of the stream, else as the seed decides. */
  agents?: { tasks?: Readonly<Record<string, SimulatedAgent>>; streams?: Readonly<Record<string, SimulatedAgent>> };
  /** Time that is no agent's work, ms; none by default. */
  overheads?: Partial<Overheads>;
  /** What a person answers to a conflict; by default a random choice, within an hour. */
  person?: (conflict: { task: string; choices: string[] }) => { choice: string; afterMs: number };
}

export interface SimulatedTask {
  id: string;
  stream: string;
  outcome: TaskPhase;
  /** Agents that were started for it. */
  attempts: number;
  /** Milliseconds since the run began; null for what never was. */
  startedMs: number | null;
  endedMs: number | null;
}

export interface Simulation {
  seed: number;
  outcome: RunOutcome | "unfinished";
  /** From the run's begin to its end, ms. */
  makespanMs: number;
  /** Work and gates of all attempts that were heard of, ms. */
  workMs: number;
  /** `workMs` divided by `makespanMs`; 1 for a run that took no time. */
  speedup: number;
  tasks: SimulatedTask[];
  /** Records in the log. */
  records: number;
  /** Hosts that took over from one that had died. */
  recoveries: number;
  /** What broke a rule; empty for a run as it should be. */
  violations: Violation[];
  log: MemoryLog;
}

/** A task's duration when the scheduler knows nothing, ms; as for real runs. */
const UNKNOWN_DURATION_MS = 60_000;
const MIN_DURATION_MS = 60_000;
const MAX_DURATION_MS = 60 * 60_000;
/** Files that tasks without a scope change. */
const FILES = 3;
/** When simulated runs begin: any time will do, but zero looks like none. */
const START_AT = Date.UTC(2000, 0, 1);

/**
 * Simulates a run of a plan. Resolves for every valid plan, however badly the run goes: what should not have happened is
 * in `violations`. Rejects with `simulate.badPlan`, `simulate.badFault`, `simulate.badDuration`, `simulate.badScript` or
 * `simulate.badChoice` for what the caller gave, and with what an agent of the caller's throws.
 */
export function simulate(plan: Plan, options: SimulateOptions = {}): Promise<Simulation> {
  return simulateWith(plan, options, {});
}

/** What tests of the rules change, to see them broken. */
export interface SimulationOverrides {
  performers?: (own: Performers) => Performers;
  logics?: (own: Logics) => Logics;
  /** Changes what the run's root is started with, and not what the rules are checked against. */
  root?: (own: SupervisorInput) => SupervisorInput;
  log?: (own: MemoryLog) => MemoryLog;
}

/** Simulates with something that is not as it should be. */
export async function simulateWith(
  begun: Plan,
  options: SimulateOptions,
  overrides: SimulationOverrides,
): Promise<Simulation> {
  const { performers = (own) => own, root = (own) => own, log: wrapLog = (own) => own } = overrides;
  const logics = overrides.logics?.(runLogics) ?? runLogics;
  requireValidPlan(begun);
  checkSimulateOptions(begun, options);
  // People change tasks while it is carried out.
  const plan = { ...begun, tasks: begun.tasks.map((task) => ({ ...task })) };
  const { seed = 1 } = options;
  const random = createSeededRandom(seed);
  const clock = createFakeClock(START_AT);
  const log = wrapLog(createMemoryLog());
  const violations: Violation[] = [];
  for (const [name, ms] of Object.entries(options.overheads ?? {})) requireAmount("simulate.badDuration", name, ms);
  const report: ReportViolation = (rule, message) => {
    violations.push({ rule, message, seq: oracle.seq, atMs: clock.now() - START_AT });
  };
  const oracle: RunOracle = new RunOracle(plan, report);
  const faults = completeFaultRates(options.faults ?? {});
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  const filesOf = (id: string): string[] => tasks.get(id)?.scope ?? [`file-${random.whole(1, FILES, id, "file")}.txt`];
  const areApart = (a: string, b: string): boolean => {
    const [ours, theirs] = [tasks.get(a)?.scope, tasks.get(b)?.scope];
    return ours !== undefined && theirs !== undefined && !ours.some((path) => theirs.includes(path));
  };
  let counter = 0;
  const world: World = {
    plan,
    random,
    faults,
    clock,
    overheads: { prepareMs: 0, gatesMs: 0, reviewMs: 0, chainMs: 0, tipMs: 0, ...options.overheads },
    durationOf: readDurations(plan.tasks, options.durations, ({ id }) =>
      random.magnitude(MIN_DURATION_MS, MAX_DURATION_MS, id, "duration"),
    ),
    agentOf: (task) => catchAgentErrors(chooseAgent(task), agentErrors),
    branch: new FakeBranch(random, faults, areApart),
    oracle,
    report,
    taskOf: (id) => tasks.get(id) as Task,
    filesOf,
    count: () => ++counter,
    mailbox: new Mailbox(clock),
  };
  const chooseAgent = chooseAgents(options.agents ?? {}, random, faults);
  const agentErrors: unknown[] = [];
  const workers = new Workers(world);
  const attempts = new Map<string, number>();
  const runtime = await runHosts({
    world,
    workers,
    performers: openPerformers(performers({ ...taskPerformers(world, workers, attempts), ...mergePerformers(world) })),
    logics,
    log,
    clock,
    root: { id: "run", kind: "supervisor", input: root(inputOf(begun, seed, options.estimates)) },
    person: options.person ?? randomPerson(random),
  });
  if (agentErrors.length > 0) throw agentErrors[0];
  if (runtime !== null) await checkFinalState(world, runtime.system, log, toMachines(logics));
  const phases = runtime === null ? null : readPhases(runtime.system, plan.tasks);
  return { seed, ...summarise(world, phases, attempts), violations, log };
}

function summarise(
  { plan, oracle }: World,
  phases: ReadonlyMap<string, TaskPhase> | null,
  attempts: ReadonlyMap<string, number>,
): Omit<Simulation, "seed" | "violations" | "log"> {
  const sinceBegin = (at: number | null): number | null => (at === null ? null : at - START_AT);
  const makespanMs = oracle.end === null ? 0 : oracle.end.at - START_AT;
  const workMs = [...oracle.tasks.values()].reduce((sum, task) => sum + task.workMs, 0);
  return {
    outcome: (oracle.end?.outcome ?? "unfinished") as Simulation["outcome"],
    makespanMs,
    workMs,
    speedup: makespanMs === 0 ? 1 : workMs / makespanMs,
    tasks: plan.tasks.map(({ id, stream }) => {
      const { outcome, startedAt, endedAt } = oracle.of(id);
      return {
        id,
        stream,
        outcome: phases?.get(id) ?? outcome ?? "blocked",
        attempts: attempts.get(id) ?? 0,
        startedMs: sinceBegin(startedAt),
        endedMs: sinceBegin(endedAt),
      };
    }),
    records: oracle.seq,
    recoveries: Math.max(0, oracle.epochs - 1),
  };
}

function inputOf(plan: Plan, seed: number, estimates: Durations | undefined): SupervisorInput {
  const isolated = plan.isolation === "worktree";
  const about = { run: "simulated", plan, base: isolated ? BASE : null, baseBranch: null, branch: null, patterns: {} };
  const expected = readDurations(plan.tasks, estimates, () => UNKNOWN_DURATION_MS);
  const expectedMs = Object.fromEntries(plan.tasks.map((task) => [task.id, expected(task)]));
  const pathMs = Object.fromEntries(measurePaths(plan.tasks, expected));
  return rootInput(about, { seed, expectedMs, unknownMs: UNKNOWN_DURATION_MS, pathMs });
}

function chooseAgents(
  { tasks = {}, streams = {} }: NonNullable<SimulateOptions["agents"]>,
  random: SeededRandom,
  { agentFailRate, failRate, refuseRate }: FaultRates,
): (task: Task) => SimulatedAgent {
  const seeded: SimulatedAgent = ({ task: { id }, number }) => {
    const usd = random.whole(0, 200, id, number, "usd") / 100;
    const tokens = random.whole(0, 50_000, id, number, "tokens");
    const turns = random.whole(1, 6, id, number, "turns");
    if (random.chance(refuseRate, id, number, "refuses")) {
      const forMs = random.chance(0.5, id, number, "says when")
        ? random.whole(1, 7_200_000, id, number, "until")
        : null;
      return { ok: false, refused: { what: random.chance(0.7, id, number, "limit") ? "limit" : "outage", forMs } };
    }
    if (random.chance(agentFailRate, id, number, "agent fails")) return { ok: false, faultOf: "agent" };
    if (random.chance(failRate, id, number, "fails")) return { ok: false, usd, tokens, turns };
    return { ok: true, changes: !random.chance(0.05, id, "changes nothing"), usd, tokens, turns };
  };
  const own = (agents: Readonly<Record<string, SimulatedAgent>>, name: string): SimulatedAgent | undefined =>
    Object.hasOwn(agents, name) ? agents[name] : undefined;
  return ({ id, stream }) => own(tasks, id) ?? own(streams, stream) ?? seeded;
}

/** What the caller's agent throws, or says amiss, is the caller's to know: in the run it only crashes a task. */
function catchAgentErrors(agent: SimulatedAgent, agentErrors: unknown[]): SimulatedAgent {
  return (attempt) => {
    try {
      const script = agent(attempt);
      requireValidScript(`attempt ${attempt.number} of ${JSON.stringify(attempt.task.id)}`, script);
      return script;
    } catch (thrown) {
      agentErrors.push(thrown);
      throw thrown;
    }
  };
}

function randomPerson(random: SeededRandom): NonNullable<SimulateOptions["person"]> {
  let asked = 0;
  return ({ task, choices }) => {
    asked++;
    const afterMs = random.magnitude(1_000, MAX_DURATION_MS, task, asked, "answers");
    return { choice: random.pick(choices, task, asked, "chooses"), afterMs };
  };
}
