/** What must be true of a run that is over: every task accounted for, nothing lost, nothing left, and the log tells it. */

import type { AnyStateMachine } from "xstate";
import type { LogStore } from "../../actors/log/port.ts";
import { readEach } from "../../actors/log/read-log.ts";
import { hashStates, replayLog } from "../../actors/runtime/replay.ts";
import type { ActorSystem } from "../../actors/runtime/system.ts";
import { listMiscounts } from "../../machines/scheduler/recount.ts";
import type { SchedulerContext, TaskPhase } from "../../machines/scheduler/state.ts";
import { rowsOf } from "../../machines/table.ts";
import type { Task } from "../../plan/model.ts";
import type { World } from "./world.ts";

/** Failures for other reasons than its work after which a task may be given up. */
const MAX_FAULTS = 3;
const GOOD: ReadonlySet<string> = new Set(["merged", "done"]);

/** The outcome of each task of a run that is over, as its scheduler holds it. */
export function readPhases(system: ActorSystem, tasks: readonly Task[]): Map<string, TaskPhase> {
  const context = system.actors.get("scheduler")?.snapshot.context as SchedulerContext | undefined;
  const rows = context === undefined ? [] : rowsOf(context.rows);
  return new Map(tasks.map(({ id }, at) => [id, rows[at]?.phase ?? "blocked"]));
}

/** In a plan of so many tasks all are counted after each step of the scheduler. */
const COUNTED_TASKS = 200;

/** Reports what is wrong with the end of a run. */
export async function checkFinalState(
  world: World,
  system: ActorSystem,
  log: LogStore,
  machines: Readonly<Record<string, AnyStateMachine>>,
): Promise<void> {
  const phases = readPhases(system, world.plan.tasks);
  for (const task of world.plan.tasks) checkTask(world, task, phases);
  checkOutcome(world, phases);
  checkBranch(world, phases);
  checkLeftovers(world, system);
  await checkLog(world, system, log, machines);
}

function checkTask(world: World, task: Task, phases: ReadonlyMap<string, TaskPhase>): void {
  const { oracle, report } = world;
  const { outcome, failures, faults, isDropped, isGivenUp } = oracle.of(task.id);
  const phase = phases.get(task.id);
  const { id } = task;
  if (outcome !== null) {
    if (phase !== outcome) report("outcome", `${id} ended as ${outcome}, and the scheduler holds ${phase}`);
  } else if (phase !== "skipped" && phase !== "cancelled" && phase !== "failed") {
    report("outcome", `${id} has no outcome: the scheduler holds ${phase}`);
  }
  const isLost = oracle.lostStreams.has(task.stream);
  if (phase === "failed" && !isDropped && !isGivenUp && !isLost && failures <= task.retries && faults < MAX_FAULTS) {
    report(
      "lostWork",
      `${id} was given up after ${failures} failures and ${faults} faults, with ${task.retries} retries`,
    );
  }
  const isStopped = phase === "skipped" || phase === "cancelled";
  if (isStopped && !isImpossible(world, task, phases) && !hasReasonToStop(world, task)) {
    report("lostWork", `${id} was ${phase}, and nothing stood in its way`);
  }
}

/** Whether what a task needs can no longer come. */
function isImpossible({ taskOf }: World, { needs, join }: Task, phases: ReadonlyMap<string, TaskPhase>): boolean {
  const isMet = (id: string): boolean => {
    const phase = phases.get(id) ?? "blocked";
    return GOOD.has(phase) || (phase === "failed" && taskOf(id).continueOnError);
  };
  const least = join?.min ?? needs.length;
  return needs.filter(isMet).length < least || (join?.require ?? []).some((need) => !isMet(need));
}

function hasReasonToStop({ oracle, plan }: World, { work }: Task): boolean {
  const { budget } = plan;
  const isLimited = budget.mode !== "warn" && (budget.usd !== undefined || budget.tokens !== undefined);
  const isAgentLost =
    work.kind === "agent" && [work.agent, ...(work.fallback ?? [])].every((agent) => oracle.lostAgents.has(agent));
  return isLimited || isAgentLost || oracle.isCancelled || oracle.isMergeBroken;
}

function checkOutcome({ oracle, plan, report }: World, phases: ReadonlyMap<string, TaskPhase>): void {
  const isBad = ({ id, continueOnError }: Task): boolean => {
    const phase = phases.get(id) ?? "blocked";
    return !GOOD.has(phase) && !(continueOnError && phase === "failed");
  };
  const outcome = oracle.end?.outcome;
  const bad = plan.tasks.filter(isBad).map(({ id }) => id);
  const ends = plan.tasks.map(({ id }) => phases.get(id) ?? "blocked");
  const isWhole = bad.length === 0 && (ends.length === 0 || ends.some((phase) => GOOD.has(phase)));
  const failed = ends.includes("merged") ? "partial" : "failed";
  const expected = oracle.isCancelled
    ? ["cancelled", isWhole ? "succeeded" : failed]
    : [isWhole && !oracle.isMergeBroken ? "succeeded" : failed];
  if (outcome === undefined || !expected.includes(outcome)) {
    report(
      "outcome",
      `the run ended as ${outcome}, with ${bad.length === 0 ? "no task" : bad.slice(0, 3).join(", ")} failed`,
    );
  }
}

function checkBranch({ branch, oracle, plan, report }: World, phases: ReadonlyMap<string, TaskPhase>): void {
  const landed = branch.tasks();
  for (const { id, stream } of plan.tasks) {
    const isMerged = phases.get(id) === "merged";
    if (isMerged && !landed.has(id)) report("lostWork", `${id} ended as merged, and is not on the branch`);
    // A task whose actor is given up may have its commit in the merge queue; it lands, and nobody is left to be told.
    const isOrphan = oracle.of(id).isGivenUp || oracle.lostStreams.has(stream);
    if (!isMerged && landed.has(id) && !isOrphan) {
      report("outcome", `${id} is on the branch, and ended as ${phases.get(id)}`);
    }
  }
}

function checkLeftovers({ report }: World, system: ActorSystem): void {
  for (const { id, status } of system.actors.values()) {
    if (status === "active") report("leftOpen", `${id} is still active`);
  }
  for (const { id, name } of system.open.values()) report("leftOpen", `the effect ${name} of ${id} is still open`);
}

async function checkLog(
  { plan, report }: World,
  system: ActorSystem,
  log: LogStore,
  machines: Readonly<Record<string, AnyStateMachine>>,
): Promise<void> {
  // Counting all tasks after each step would take the square of the time: of a large plan some steps are looked at.
  const every = Math.ceil(plan.tasks.length / COUNTED_TASKS);
  let steps = 0;
  const { verified, hash, differences } = await replayLog(log, machines, {
    onFolded: ({ actor, seq }, { actors }) => {
      if (actor !== "scheduler" || ++steps % every !== 0) return;
      const [wrong] = listMiscounts(actors.get(actor)?.snapshot.context as SchedulerContext);
      if (wrong !== undefined) report("counters", `at record ${seq}, ${wrong}`);
    },
  });
  const last = system.actors.get("scheduler")?.snapshot.context as SchedulerContext | undefined;
  const [atEnd] = last === undefined ? [] : listMiscounts(last);
  if (atEnd !== undefined) report("counters", `at the end, ${atEnd}`);
  const [first] = differences;
  if (!verified) report("replay", `record ${first?.seq} of ${first?.actor} is folded differently`);
  if (hash !== hashStates(system)) report("replay", "the states of the replay are not those of the run");
  const answered = new Set<string>();
  await readEach(log, ({ seq, cause }) => {
    if (cause === null) return;
    if (answered.has(cause)) report("replay", `record ${seq} answers ${cause}, which was answered before`);
    answered.add(cause);
  });
}
