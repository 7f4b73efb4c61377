/**
 * A person who steps in while a run goes on: pauses tasks or all of them, stops and skips some, has some tried again, changes
 * what has not begun, and takes some over, at times that the seed decides. What is paused is let go on in the end, and what was
 * taken over is given back, however many hosts die meanwhile.
 */

import { retryTasks } from "../../actors/host/retry-tasks.ts";
import { type StepCommand, stepIn } from "../../actors/host/step-in.ts";
import { schedulerOf } from "../../actors/projections/run-view.ts";
import { sendLetter } from "../../actors/run-actors/send-letter.ts";
import type { Runtime } from "../../actors/runtime/runtime.ts";
import { buildDag, hasCycle } from "../../dag/dag.ts";
import { listUnstarted } from "../../machines/scheduler/extend-plan.ts";
import { hasEnded, isEnding } from "../../machines/scheduler/settle.ts";
import { isSteppedIn } from "../../machines/scheduler/state.ts";
import { rowAt } from "../../machines/table.ts";
import { TAKEABLE } from "../../machines/task/person-states.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { taskActor } from "../../protocol/address.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { FakeClock } from "../determinism/fake-clock.ts";
import type { SeededRandom } from "../determinism/seeded-random.ts";
import type { World } from "./world.ts";

/** The longest pause, ms. */
const MAX_PAUSE_MS = 2 * 60 * 60_000;
/** Before somebody asks again whether something is still paused, or in their hands, ms. */
const AGAIN_MS = 10 * 60_000;

/** Arranges for all that a person does from outside; `host` is who lives at that time. */
export function scheduleStepsIn(world: World, clock: FakeClock, host: () => Runtime | null): void {
  const { random, faults, plan, durationOf } = world;
  const serialMs = plan.tasks.reduce((sum, task) => sum + durationOf(task), 0);
  const after = (ms: number, act: (runtime: Runtime | null) => void): void => {
    clock.setTimer(clock.now() + ms, () => act(host()));
  };
  const command = (runtime: Runtime, step: StepCommand): void => {
    stepIn(runtime, step).catch(() => {});
  };
  const send = (runtime: Runtime, letter: Letter<"person">): void => {
    sendLetter(runtime, letter).catch(() => {});
  };
  /** Until nothing is paused any more, or the run is over: what was said to a host that died may be lost. */
  const letGoOn = (runtime: Runtime | null): void => {
    const scheduler = runtime === null ? null : schedulerOf(runtime.system);
    if (scheduler !== null && !isSteppedIn(scheduler)) return;
    if (runtime !== null) command(runtime, { command: "continue", tasks: [], all: true });
    after(AGAIN_MS, letGoOn);
  };
  /** Until it is in nobody's hands: what cannot be taken as it is, is given back without what the person did. */
  const giveBack = (task: string, times: number) => (runtime: Runtime | null) => {
    const scheduler = runtime === null ? null : schedulerOf(runtime.system);
    if (runtime !== null && stateOf(runtime, task) === "takenOver") {
      const discards = times > 1 || random.chance(0.3, "discards", task) ? { discards: true as const } : {};
      send(runtime, { to: taskActor(task), event: { type: "task.giveBack", ...discards } });
    }
    const at = scheduler?.index[task];
    const isOver = scheduler != null && (at === undefined || hasEnded(rowAt(scheduler.rows, at).phase));
    if (!isOver && times < MAX_TIMES) after(AGAIN_MS, giveBack(task, times + 1));
  };
  const pause = (runtime: Runtime, { task, step, isAll }: { task: string; step: number; isAll: boolean }): void => {
    command(runtime, { command: "pause", tasks: isAll ? [] : [task], ...(isAll ? { all: true } : {}) });
    after(random.magnitude(1_000, MAX_PAUSE_MS, "pauses", step), (later) => {
      if (later !== null && !isAll) command(later, { command: "continue", tasks: [task] });
      after(isAll ? 0 : MAX_PAUSE_MS, letGoOn);
    });
  };
  const takeOver = (runtime: Runtime, task: string, step: number): void => {
    if (plan.isolation !== "worktree" || !TAKEABLE.has(stateOf(runtime, task))) return;
    send(runtime, { to: taskActor(task), event: { type: "task.takeOver" } });
    after(random.magnitude(1_000, MAX_PAUSE_MS, "takes", step), giveBack(task, 1));
  };
  for (let step = random.whole(0, faults.stepsIn, "steps in"); step > 0; step--) {
    const { id: task } = random.pick(plan.tasks, "steps in", step);
    after(random.whole(0, Math.ceil(serialMs / 2), "steps in at", step), (runtime) => {
      if (runtime === null) return;
      const what = random.whole(1, 20, "step", step);
      if (what <= 2) command(runtime, { command: "stop", task });
      else if (what <= 4) command(runtime, { command: "skip", task });
      else if (what <= 8) takeOver(runtime, task, step);
      else if (what <= 11) edit(runtime, world, step);
      else if (what <= 14) retryTasks(runtime, { command: "retry", tasks: [] }).catch(() => {});
      else pause(runtime, { task, step, isAll: what > 17 });
    });
  }
  function edit(runtime: Runtime, { plan: now }: World, step: number): void {
    const scheduler = schedulerOf(runtime.system);
    if (scheduler === null || scheduler.outcome !== null || isEnding(scheduler)) return;
    const unstarted = listUnstarted(scheduler);
    // One of several is changed with the others.
    const able = now.tasks.filter(({ id, candidateOf }) => unstarted.has(id) && candidateOf === undefined);
    if (able.length === 0) return;
    const task = random.pick(able, "edits", step);
    const edited = changeTask(random, now, { task, step });
    send(runtime, {
      to: "scheduler",
      event: { type: "task.edited", task: task.id, tasks: [edited], changed: ["needs"] },
    });
  }
}

/** Times after which nobody asks any more whether a task is still in their hands. */
const MAX_TIMES = 2_000;

/** The state of a task that lives; "" of any other. */
const stateOf = ({ system }: Runtime, task: string): string =>
  system.isActive(taskActor(task)) ? String(system.actors.get(taskActor(task))?.snapshot.value) : "";

/** A task as a person might want it: told otherwise, by another agent, and where nothing joins its needs, with others of these. */
function changeTask(random: SeededRandom, plan: Plan, { task, step }: { task: Task; step: number }): Task {
  const { work, join, needs } = task;
  const agent =
    work.kind === "agent" && plan.agents.length > 0 ? random.pick(plan.agents, "edits agent", step).name : null;
  const told =
    work.kind === "run" || agent === null ? work : { kind: work.kind, agent, instruction: `told in step ${step}` };
  const changed = { ...task, work: told, retries: task.retries + 1 };
  if (join !== undefined) return changed;
  const left = needs.filter((_, at) => random.chance(0.7, "edits need", step, at));
  const more = random.pick(plan.tasks, "edits more", step);
  const wanted = more.candidateOf === undefined && !left.includes(more.id) ? [...left, more.id] : left;
  const edited = { ...changed, needs: wanted };
  const edges = plan.tasks.map((each) => (each.id === task.id ? edited : each));
  const waits = edges.map((each) => ({ id: each.id, needs: [...each.needs, ...each.prefers] }));
  return hasCycle(buildDag(waits).needs) ? { ...changed, needs: left } : edited;
}
