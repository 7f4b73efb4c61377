/**
 * Long work in portions: a report may be many megabytes, and a host that reads it in one go hears nobody meanwhile. A step
 * of the work is a `yield`.
 */
import { setImmediate } from "node:timers/promises";

/** Work between two turns of everybody else. */
const TURN_MS = 10;

/** Does the work, letting others have their turn. */
export async function doInTurns<Result>(work: Generator<undefined, Result>): Promise<Result> {
  for (let until = performance.now() + TURN_MS; ; ) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + TURN_MS;
  }
}
