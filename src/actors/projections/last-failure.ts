/**
 * How an attempt of a task failed, as one record tells it: enough to know the trouble again when the next attempt starts.
 * Output that is kept in a file is read only then. It tells failures as the facts do that the vault learns from
 * (`facts/follow-task.ts`), so that both come to the same signature.
 */
import type { GateOutcome } from "../../protocol/values.ts";
import type { FailureKind } from "../../vault/index.ts";
import type { LogRecord } from "../log/port.ts";

export interface LastFailure {
  kind: FailureKind;
  /** Name of the gate; else the kind. */
  by: string;
  /** The message, or the end of the output, as far as the log holds it; raw. */
  text: string;
  /** Those that were outside of the scope, or in conflict. */
  files: string[];
  /** Path of the kept output that says more, relative to the run's folder; null when there is none. */
  report: string | null;
}

/** The failure that a record of a task's actor tells of; null for every other record. */
export function failureOf({ type, data }: Pick<LogRecord, "type" | "data">): LastFailure | null {
  const facts = data as Record<string, unknown>;
  const files = Array.isArray(facts.files) ? facts.files.map(String) : [];
  const fail = (kind: FailureKind, by: string, text: unknown, report: unknown = null): LastFailure => {
    return { kind, by, text: String(text ?? ""), files, report: typeof report === "string" ? report : null };
  };
  switch (type) {
    case "task.exited":
      return facts.ok === true ? null : describeExit(facts, fail);
    case "agent.notStarted":
      return fail("agent", "agent", facts.reason);
    case "workspace.failed":
    case "work.failed":
      return fail("setup", "setup", facts.reason);
    case "work.outOfScope":
      return fail("scope", "scope", "changed files outside its scope");
    case "gates.finished": {
      const results = (facts.results ?? []) as GateOutcome[];
      const red = results.find(({ required, status }) => required && status !== "passed");
      return red === undefined ? null : fail("gate", red.name, red.summary, red.report);
    }
    case "review.finished":
      return facts.approved === true ? null : fail("review", "review", facts.summary);
    case "merge.conflicted":
      return fail("merge", "merge", `merge conflict in ${files.join(", ")}`);
    case "merge.rejected": {
      // With a report it is a gate's, which the reason begins with.
      const gate = typeof facts.report === "string" ? /^gate (\S+): /.exec(String(facts.reason))?.[1] : undefined;
      return fail("gate", gate ?? "merge", facts.reason, facts.report);
    }
    default:
      return null;
  }
}

function describeExit(
  { timedOut, blame, tail, reason, feedback }: Record<string, unknown>,
  fail: (kind: FailureKind, by: string, text: unknown, report?: unknown) => LastFailure,
): LastFailure {
  const isSilent = typeof tail !== "string" || tail.trim() === "";
  const text = isSilent ? reason : tail;
  if (timedOut === true) return fail("timeout", "timeout", text, feedback);
  if (blame !== "agent") return fail("work", "work", text, feedback);
  return fail("agent", "agent", String(reason ?? "").trim() === "" ? text : reason);
}
