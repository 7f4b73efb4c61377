/**
 * How an attempt of a task failed, as its own records tell it: enough to recognise the trouble when it comes again. The
 * output itself stays where it is kept, and is read when somebody asks. The counterpart of `facts.ts` while a run goes on.
 */
import type { GateOutcome } from "../../machines/effects.ts";
import type { FailureFact } from "../../vault/index.ts";
import type { LogRecord } from "../log/port.ts";

export interface LastFailure {
  kind: FailureFact["kind"];
  /** Name of the gate; for other kinds, the kind. */
  by: string;
  /** The message, or the end of the output as far as the log holds it; raw. */
  text: string;
  /** Path of the kept output that says more, relative to the run's folder; null when `text` is all. */
  report: string | null;
}

/** The failure that a task's record tells of; null for every other record. */
export function failureOf({ type, data }: Pick<LogRecord, "type" | "data">): LastFailure | null {
  const facts = data as Record<string, unknown>;
  const fail = (kind: LastFailure["kind"], by: string, text: unknown, report: unknown = null): LastFailure => {
    return { kind, by, text: String(text ?? ""), report: typeof report === "string" ? report : null };
  };
  switch (type) {
    case "task.exited":
      if (facts.ok === true) return null;
      return fail(facts.timedOut === true ? "timeout" : "work", "work", facts.tail ?? facts.reason);
    case "work.outOfScope":
      return fail("scope", "scope", "changed files outside its scope");
    case "gates.finished": {
      const red = (facts.results as GateOutcome[]).find(({ required, status }) => required && status !== "passed");
      return red === undefined ? null : fail("gate", red.name, red.summary, red.report);
    }
    case "merge.conflicted":
      return fail("merge", "merge", `merge conflict in ${(facts.files as string[]).join(", ")}`);
    case "merge.rejected":
      return fail("gate", "merge", facts.reason, facts.report);
    default:
      return null;
  }
}
