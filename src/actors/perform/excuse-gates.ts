/**
 * Which red gates stop nothing, because they were no better before: on the base, or where the run's branch is now. With
 * reports that tell what is wrong, a change may land that adds nothing to it; without them a gate that was red cannot judge,
 * and only a task that names it has to make it green.
 */
import { join } from "node:path";
import type { Gate } from "../../plan/model.ts";
import { type GateOutcome, isRedGate, type Standing } from "../../protocol/gate-values.ts";
import { plural } from "../../protocol/words.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { type RunContext, taskOf } from "./run-context.ts";

/** Twenty thousand names. */
const MAX_BYTES = 16 * 1024 * 1024;
const NAMED = 3;
const MAX_EVIDENCE = 10;

/** Whether a gate that is red on the base is to be excused at all. */
export const isRatchet = ({ required, baseline = "ratchet" }: Gate): boolean => required && baseline === "ratchet";

/** On the base nobody is to blame: all that is red stands, but for gates that are strict. */
export function excuseBase(run: RunContext, results: readonly GateOutcome[]): GateOutcome[] {
  const ratchets = new Set(run.manifest.plan.gates.filter(isRatchet).map(({ name }) => name));
  return results.map((result) =>
    isRedGate(result) && ratchets.has(result.name) ? { ...result, excused: "it is red on the base" } : result,
  );
}

/** The results of a merged tree that holds the work of `tasks`, held against what is red on the run's branch already. */
export function excuseTip(
  run: RunContext,
  results: readonly GateOutcome[],
  { tasks, standing }: { tasks: readonly string[]; standing: Standing },
): Promise<GateOutcome[]> {
  return Promise.all(
    results.map(async (result) => {
      const before = Object.hasOwn(standing, result.name) ? standing[result.name] : undefined;
      if (before === undefined || !result.required || !isRedGate(result)) return result;
      if (before.problems === null) return excuseUntold(run, result, tasks);
      return compare(run, result, before.problems);
    }),
  );
}

/** Gates that are red already, cannot tell by what, and are to be made green by none of `tasks`: red, they are excused. */
export function listUntold(
  run: RunContext,
  { tasks, standing }: { tasks: readonly string[]; standing: Standing },
): Set<string> {
  const untold = Object.entries(standing).filter(([gate, { problems }]) => {
    return problems === null && whoIsAsked(run, gate, tasks).length === 0;
  });
  return new Set(untold.map(([gate]) => gate));
}

const whoIsAsked = (run: RunContext, gate: string, tasks: readonly string[]): string[] =>
  tasks.filter((id) => taskOf(run, id).gates.includes(gate));

function excuseUntold(run: RunContext, result: GateOutcome, tasks: readonly string[]): GateOutcome {
  const asked = whoIsAsked(run, result.name, tasks);
  if (asked.length === 0) return { ...result, excused: "as on the base; it is not protecting" };
  return { ...result, summary: `${result.summary} (red on the base too, and to be made green by ${asked.join(", ")})` };
}

async function compare(run: RunContext, result: GateOutcome, known: string): Promise<GateOutcome> {
  const before = await readProblems(run, known);
  const now = result.problems === undefined ? null : await readProblems(run, result.problems);
  if (before === null || now === null) return result;
  const added = [...now].filter((problem) => !before.has(problem));
  if (added.length === 0) return { ...result, excused: `${plural(now.size, "problem")}, all there before` };
  const named = added.slice(0, NAMED).join(", ");
  const more = added.length > NAMED ? ` and ${added.length - NAMED} more` : "";
  const verb = added.length === 1 ? "was" : "were";
  const summary = `${plural(added.length, "problem")} that ${verb} not there before: ${named}${more}`;
  return { ...result, summary, evidence: added.slice(0, MAX_EVIDENCE).map((problem) => sanitizeLine(problem)) };
}

async function readProblems(run: RunContext, path: string): Promise<Set<string> | null> {
  const file = await readUntrustedFile(join(run.folder.path, path), { maxBytes: MAX_BYTES });
  if (file.kind !== "read") return null;
  return new Set(file.bytes.toString("utf8").split("\n").filter(Boolean));
}
