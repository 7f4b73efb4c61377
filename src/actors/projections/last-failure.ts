/**
 * How an attempt of a task failed, as one record tells it: enough to know the trouble again when the next attempt starts.
 * Output that is kept in a file is read only then. It tells failures as the facts do that the vault learns from
 * (`facts/task-facts-projector.ts`), so that both come to the same signature.
 */
import type { Events } from "../../protocol/events.ts";
import { firstRed } from "../../protocol/gate-values.ts";
import type { RunRecord } from "../../protocol/records.ts";
import { wordOutside } from "../../protocol/words.ts";
import type { FailureKind } from "../../vault/index.ts";
// Not from the barrel: whoever only looks at a run needs no gates.
import { explainOutput } from "../gates/list-evidence.ts";

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
  /** Path of the kept output for people, also where a pattern is known by the message alone. */
  log: string | null;
  /** Why, in a few lines; none where the message says all. */
  evidence: string[];
}

/** The failure that a record of a task's actor tells of; null for every other record. */
export function failureOf({ type, data }: RunRecord): LastFailure | null {
  switch (type) {
    case "agent.exited":
      return data.ok ? null : describeExit(data);
    case "agent.notStarted":
      return fail("agent", "agent", data.reason);
    case "workspace.failed": {
      const { log = null, evidence = [] } = data;
      return { ...fail("setup", "setup", data.reason), log, evidence };
    }
    case "work.failed":
      return fail("setup", "setup", data.reason);
    case "work.outOfScope":
      return { ...fail("scope", "scope", wordOutside(data.why)), files: data.files };
    case "gates.finished": {
      const red = firstRed(data.results);
      if (red === undefined) return null;
      return { ...fail("gate", red.name, red.summary, red.report), evidence: red.evidence ?? [] };
    }
    case "review.finished":
      return data.approved ? null : { ...fail("review", "review", data.summary), log: data.findings };
    case "merge.conflicted":
      return { ...fail("merge", "merge", `merge conflict in ${data.files.join(", ")}`), files: data.files };
    case "merge.rejected": {
      // With a report it is a gate's, which the reason begins with.
      const gate = data.report === null ? undefined : /^gate (\S+): /.exec(data.reason)?.[1];
      return { ...fail("gate", gate ?? "merge", data.reason, data.report), evidence: data.evidence ?? [] };
    }
    default:
      return null;
  }
}

function fail(kind: FailureKind, by: string, text: string, report: string | null = null): LastFailure {
  return { kind, by, text, files: [], report, log: report, evidence: [] };
}

function describeExit(exit: Events["agent.exited"]): LastFailure {
  const { timedOut, faultOf, tail = "", reason, feedback, transcript } = exit;
  const text = tail.trim() === "" ? (reason ?? "") : tail;
  const told = { log: feedback ?? transcript.path, evidence: explainOutput(tail).evidence };
  if (timedOut) return { ...fail("timeout", "timeout", text, feedback ?? null), ...told };
  if (faultOf === "work") return { ...fail("work", "work", text, feedback ?? null), ...told };
  return { ...fail("agent", "agent", reason === null || reason.trim() === "" ? text : reason), ...told };
}
