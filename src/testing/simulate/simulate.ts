/**
 * Runs a plan in virtual time: the real machines and scheduler over the real runtime and log, in a world without processes
 * and files. Everything that happens is drawn from the seed, so that a run can be repeated exactly.
 */

import { createMemoryLog, type MemoryLog } from "../../actors/log/index.ts";
import { rootInput } from "../../actors/run-actors/root.ts";
import type { Performers } from "../../actors/runtime/ports.ts";
import type { TaskPhase } from "../../machines/scheduler/state.ts";
import type { SupervisorInput } from "../../machines/supervisor.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { createFakeClock } from "../determinism/fake-clock.ts";
import { type Draw, drawFrom } from "../determinism/seeded-random.ts";
import { checkEnd, readPhases } from "./check-final-state.ts";
import { type Durations, readDurations, refuseBadNumber, refuseBadPlan } from "./check-input.ts";
import { BASE, Branch } from "./fake-branch.ts";
import { type Faults, fillFaults } from "./fault-rates.ts";
import { mergePerformers } from "./merge-performers.ts";
import { measurePaths } from "./paths.ts";
import { hostToEnd } from "./run-hosts.ts";
import { Ledger } from "./run-oracle.ts";
import { refuseBadScript, type SimulatedAgent } from "./scripted-agent.ts";
import { taskPerformers } from "./task-performers.ts";
import type { Report, Violation } from "./violations.ts";
import { Workers } from "./workers.ts";
import { type Overheads, Post, type Setting } from "./world.ts";

export interface SimulateOptions {
  /** Decides everything that is drawn. Default 1. */
  seed?: number;
  /** What goes wrong; nothing by default. */
  faults?: Partial<Faults>;
  /** How long an attempt works, ms; tasks left out take from one minute to one hour, drawn from the seed. */
  durations?: Durations;
  /** What the scheduler expects, ms; nothing by default, as in a run whose history nobody knows. */
  estimates?: Durations;
  /** Who does what: by task id, else by name of the stream, else drawn from the seed. */
  agents?: { tasks?: Readonly<Record<string, SimulatedAgent>>; streams?: Readonly<Record<string, SimulatedAgent>> };
  /** Time that is no agent's work, ms; none by default. */
  overheads?: Partial<Overheads>;
  /** What a person answers to a conflict; by default a choice drawn from the seed, within an hour. */
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
  outcome: "succeeded" | "failed" | "cancelled" | "unfinished";
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
const UNKNOWN_MS = 60_000;
const SHORTEST_MS = 60_000;
const LONGEST_MS = 60 * 60_000;
/** When simulated runs begin: any time will do, but zero looks like none. */
const BEGIN = Date.UTC(2000, 0, 1);

/**
 * Simulates a run of a plan. Resolves for every valid plan, however badly the run goes: what should not have happened is
 * in `violations`. Rejects with `simulate.badPlan`, `simulate.badFault`, `simulate.badDuration`, `simulate.badScript` or
 * `simulate.badChoice` for what the caller gave, and with what an agent of the caller's throws.
 */
export function simulate(plan: Plan, options: SimulateOptions = {}): Promise<Simulation> {
  return simulateTampered(plan, options, {});
}

/** What tests of the rules change, to see them broken. */
export interface Tampering {
  performers?: (own: Performers) => Performers;
  /** Changes what the run's root is started with, and not what the rules are checked against. */
  root?: (own: SupervisorInput) => SupervisorInput;
  log?: (own: MemoryLog) => MemoryLog;
}

/** Simulates with something that is not as it should be. */
export async function simulateTampered(
  plan: Plan,
  options: SimulateOptions,
  { performers = (own) => own, root = (own) => own, log: tamperLog = (own) => own }: Tampering,
): Promise<Simulation> {
  const { seed = 1 } = options;
  refuseBadPlan(plan);
  const draw = drawFrom(seed);
  const clock = createFakeClock(BEGIN);
  const log = tamperLog(createMemoryLog());
  const violations: Violation[] = [];
  for (const [name, ms] of Object.entries(options.overheads ?? {})) refuseBadNumber("simulate.badDuration", name, ms);
  const report: Report = (rule, message) => {
    violations.push({ rule, message, seq: ledger.seq, atMs: clock.now() - BEGIN });
  };
  const ledger: Ledger = new Ledger(plan, report);
  const faults = fillFaults(options.faults ?? {});
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  let counter = 0;
  const setting: Setting = {
    plan,
    draw,
    faults,
    clock,
    overheads: { prepareMs: 0, gatesMs: 0, reviewMs: 0, chainMs: 0, tipMs: 0, ...options.overheads },
    durationOf: readDurations(plan.tasks, options.durations, ({ id }) =>
      draw.magnitude(SHORTEST_MS, LONGEST_MS, id, "duration"),
    ),
    agentOf: (task) => guardAgent(chooseAgent(task), slips),
    branch: new Branch(draw, faults),
    ledger,
    report,
    taskOf: (id) => tasks.get(id) as Task,
    count: () => ++counter,
    post: new Post(clock),
  };
  const chooseAgent = chooseAgents(options.agents ?? {}, draw, faults);
  const slips: unknown[] = [];
  const workers = new Workers(setting);
  const attempts = new Map<string, number>();
  const runtime = await hostToEnd({
    setting,
    workers,
    performers: performers({ ...taskPerformers(setting, workers, attempts), ...mergePerformers(setting) }),
    log,
    clock,
    root: { id: "run", kind: "supervisor", input: root(inputOf(plan, seed, options.estimates)) },
    person: options.person ?? drawPerson(draw),
  });
  if (slips.length > 0) throw slips[0];
  if (runtime !== null) checkEnd(setting, runtime.system, log);
  const standings = runtime === null ? null : readPhases(runtime.system, plan.tasks);
  return { seed, ...summarise(setting, standings, attempts), violations, log };
}

function summarise(
  { plan, ledger }: Setting,
  standings: ReadonlyMap<string, TaskPhase> | null,
  attempts: ReadonlyMap<string, number>,
): Omit<Simulation, "seed" | "violations" | "log"> {
  const sinceBegin = (at: number | null): number | null => (at === null ? null : at - BEGIN);
  const makespanMs = ledger.end === null ? 0 : ledger.end.at - BEGIN;
  const workMs = [...ledger.tasks.values()].reduce((sum, task) => sum + task.workMs, 0);
  return {
    outcome: (ledger.end?.outcome ?? "unfinished") as Simulation["outcome"],
    makespanMs,
    workMs,
    speedup: makespanMs === 0 ? 1 : workMs / makespanMs,
    tasks: plan.tasks.map(({ id, stream }) => {
      const { outcome, startedAt, endedAt } = ledger.of(id);
      return {
        id,
        stream,
        outcome: standings?.get(id) ?? outcome ?? "blocked",
        attempts: attempts.get(id) ?? 0,
        startedMs: sinceBegin(startedAt),
        endedMs: sinceBegin(endedAt),
      };
    }),
    records: ledger.seq,
    recoveries: Math.max(0, ledger.epochs - 1),
  };
}

function inputOf(plan: Plan, seed: number, estimates: Durations | undefined): SupervisorInput {
  const isolated = plan.isolation === "worktree";
  const about = { run: "simulated", plan, base: isolated ? BASE : null, baseBranch: null, branch: null, patterns: {} };
  const expected = readDurations(plan.tasks, estimates, () => UNKNOWN_MS);
  const expectedMs = Object.fromEntries(plan.tasks.map((task) => [task.id, expected(task)]));
  const pathMs = Object.fromEntries(measurePaths(plan.tasks, expected));
  return rootInput(about, { seed, expectedMs, unknownMs: UNKNOWN_MS, pathMs });
}

function chooseAgents(
  { tasks = {}, streams = {} }: NonNullable<SimulateOptions["agents"]>,
  draw: Draw,
  { agentFailRate, failRate }: Faults,
): (task: Task) => SimulatedAgent {
  const seeded: SimulatedAgent = ({ task: { id }, number }) => {
    const usd = draw.whole(0, 200, id, number, "usd") / 100;
    const tokens = draw.whole(0, 50_000, id, number, "tokens");
    if (draw.chance(agentFailRate, id, number, "agent fails")) return { ok: false, blame: "agent" };
    if (draw.chance(failRate, id, number, "fails")) return { ok: false, usd, tokens };
    return { ok: true, changes: !draw.chance(0.05, id, "changes nothing"), usd, tokens };
  };
  const own = (agents: Readonly<Record<string, SimulatedAgent>>, name: string): SimulatedAgent | undefined =>
    Object.hasOwn(agents, name) ? agents[name] : undefined;
  return ({ id, stream }) => own(tasks, id) ?? own(streams, stream) ?? seeded;
}

/** What the caller's agent throws, or says amiss, is the caller's to know: in the run it only crashes a task. */
function guardAgent(agent: SimulatedAgent, slips: unknown[]): SimulatedAgent {
  return (attempt) => {
    try {
      const script = agent(attempt);
      refuseBadScript(`attempt ${attempt.number} of ${JSON.stringify(attempt.task.id)}`, script);
      return script;
    } catch (thrown) {
      slips.push(thrown);
      throw thrown;
    }
  };
}

function drawPerson(draw: Draw): NonNullable<SimulateOptions["person"]> {
  let asked = 0;
  return ({ task, choices }) => {
    asked++;
    const afterMs = draw.magnitude(1_000, LONGEST_MS, task, asked, "answers");
    return { choice: draw.pick(choices, task, asked, "chooses"), afterMs };
  };
}
