/** What the fault harness throws when a guarantee was broken. */
import { PleachError } from "../../errors.ts";

/** Throws `faults.broken`, with what was guaranteed and how it was not kept, unless it holds. */
export function assertGuarantee(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new PleachError("faults.broken", what(), { hint: "the same seed breaks it again" });
}
