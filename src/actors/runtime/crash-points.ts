/**
 * Dying on purpose: with `PLEACH_CRASH_AT=before:commitWork:3` the program kills itself (SIGKILL) just before the third
 * performance of that effect, or after it with `after:`. For the tests of recovery; without the variable nothing is
 * wrapped.
 */
import type { RuntimeOptions } from "./runtime.ts";

/** The wrapper that `PLEACH_CRASH_AT` asks for; nothing without it. */
export function crashPoints(env: NodeJS.ProcessEnv): Pick<RuntimeOptions, "around"> {
  const [when, effect, count] = (env.PLEACH_CRASH_AT ?? "").split(":");
  if ((when !== "before" && when !== "after") || !effect) return {};
  let left = Number(count ?? 1);
  return {
    around: async (name, _params, perform) => {
      const dies = name === effect && --left === 0;
      if (dies && when === "before") process.kill(process.pid, "SIGKILL");
      const outcome = await perform();
      if (dies) process.kill(process.pid, "SIGKILL");
      return outcome;
    },
  };
}
