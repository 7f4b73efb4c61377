/** Lets a runtime over a memory log come to rest: turns of the event loop, no time. */
import type { Runtime } from "../../src/actors/runtime/runtime.ts";

const TURNS_AT_REST = 4;

/** Resolves after nothing was recorded for some turns. The performers of these tests answer within one. */
export async function drain(runtime: Runtime): Promise<void> {
  let seen = -1;
  for (let rest = 0; rest < TURNS_AT_REST; ) {
    await new Promise((resolve) => setImmediate(resolve));
    rest = runtime.system.seq === seen ? rest + 1 : 0;
    seen = runtime.system.seq;
  }
}
