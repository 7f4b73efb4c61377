/**
 * A person who steps in while a run goes on: pauses tasks or all of them, stops and skips some, at times that the seed
 * decides. What is paused is let go on in the end, however many hosts die meanwhile.
 */
import { type StepCommand, stepIn } from "../../actors/host/step-in.ts";
import { schedulerOf } from "../../actors/projections/run-view.ts";
import type { Runtime } from "../../actors/runtime/runtime.ts";
import { isSteppedIn } from "../../machines/scheduler/state.ts";
import type { FakeClock } from "../determinism/fake-clock.ts";
import type { World } from "./world.ts";

/** The longest pause, ms. */
const MAX_PAUSE_MS = 2 * 60 * 60_000;
/** Before somebody asks again whether something is still paused, ms. */
const AGAIN_MS = 10 * 60_000;

/** Arranges for all that a person does from outside; `host` is who lives at that time. */
export function scheduleStepsIn(
  { random, faults, plan, durationOf }: World,
  clock: FakeClock,
  host: () => Runtime | null,
): void {
  const serialMs = plan.tasks.reduce((sum, task) => sum + durationOf(task), 0);
  const after = (ms: number, act: (runtime: Runtime | null) => void): void => {
    clock.setTimer(clock.now() + ms, () => act(host()));
  };
  const command = (runtime: Runtime, step: StepCommand): void => {
    stepIn(runtime, step).catch(() => {});
  };
  /** Until nothing is paused any more, or the run is over: what was said to a host that died may be lost. */
  const letGoOn = (runtime: Runtime | null): void => {
    const scheduler = runtime === null ? null : schedulerOf(runtime.system);
    if (scheduler !== null && !isSteppedIn(scheduler)) return;
    if (runtime !== null) command(runtime, { command: "continue", tasks: [], all: true });
    after(AGAIN_MS, letGoOn);
  };
  for (let step = random.whole(0, faults.stepsIn, "steps in"); step > 0; step--) {
    const task = random.pick(plan.tasks, "steps in", step).id;
    after(random.whole(0, Math.ceil(serialMs / 2), "steps in at", step), (runtime) => {
      if (runtime === null) return;
      const what = random.whole(1, 10, "step", step);
      if (what === 1) command(runtime, { command: "stop", task });
      else if (what === 2) command(runtime, { command: "skip", task });
      else {
        const isAll = what < 5;
        command(runtime, { command: "pause", tasks: isAll ? [] : [task], ...(isAll ? { all: true } : {}) });
        after(random.magnitude(1_000, MAX_PAUSE_MS, "pauses", step), (later) => {
          if (later !== null && !isAll) command(later, { command: "continue", tasks: [task] });
          after(isAll ? 0 : MAX_PAUSE_MS, letGoOn);
        });
      }
    });
  }
}
