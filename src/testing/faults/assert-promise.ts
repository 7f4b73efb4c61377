/** What a harness throws when a promise was broken. */
import { PleachError } from "../../errors.ts";

/** `faults.broken`: what was promised, and how it was not kept. */
export function toBroken(what: string): PleachError {
  return new PleachError("faults.broken", what, { hint: "the same seed breaks it again" });
}

/** Throws `faults.broken` unless it holds. */
export function demand(holds: boolean, what: () => string): void {
  if (!holds) throw toBroken(what());
}
