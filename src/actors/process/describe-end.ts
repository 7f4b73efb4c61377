/** How a process ended, in words. */
import type { ProcessExited } from "./executor.ts";

/** One line that says why a process did not do well; null when it exited with 0 of its own accord. */
export function describeEnd(outcome: ProcessExited): string | null {
  if (outcome.aborted) return "was stopped";
  if (outcome.timedOut) return `was ended after its timeout (ran ${formatSeconds(outcome.durationMs)})`;
  if (outcome.inactive)
    return `was ended because it wrote nothing for too long (ran ${formatSeconds(outcome.durationMs)})`;
  if (outcome.signal !== null) return `was killed by ${outcome.signal}`;
  if (outcome.code === 127) return "exited with code 127: a command was not found; install it or correct its name";
  if (outcome.code === 126) return "exited with code 126: a command is not executable";
  return outcome.code === 0 ? null : `exited with code ${outcome.code ?? "unknown"}`;
}

const formatSeconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`;
