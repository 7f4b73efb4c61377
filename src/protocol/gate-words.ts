/**
 * How gates are told: what they said, why they are red, and where the whole of it is kept. Texts may be those of agents and
 * logs: whoever shows a line makes it safe.
 */
import type { Events } from "./events.ts";
import { firstRed, type GateOutcome } from "./values.ts";
import type { FactTone } from "./wording.ts";
import { whole } from "./words.ts";

interface Gated {
  results: GateOutcome[];
}

export const gateTone = ({ results }: Gated): FactTone =>
  firstRed(results) ? "bad" : isGreen(results) ? "good" : "warn";
export const isGreen = (results: readonly GateOutcome[]): boolean =>
  results.every(({ status, excused }) => status === "passed" || excused !== undefined);
const wordGate = ({ name, status, summary, excused }: GateOutcome): string =>
  status === "passed" ? `${name} passed` : `${name} ${status} (${whole(excused ?? summary)})`;
export const wordGates = (results: readonly GateOutcome[]): string => results.map(wordGate).join(", ") || "none";

const isRed = ({ status, excused }: GateOutcome): boolean =>
  (status === "failed" || status === "error") && excused === undefined;

/** Why gates are red; of several each is named. */
export function explainGates({ results }: Gated): string[] {
  const red = results.filter((result) => isRed(result) && result.evidence !== undefined);
  return red.flatMap(({ name, evidence = [] }) => (red.length > 1 ? [`gate ${name}:`, ...evidence] : evidence));
}

export const logsOfGates = ({ results }: Gated): string[] =>
  results.flatMap((result) => (isRed(result) && result.report !== null ? [result.report] : []));

/** Advisory gates that did not pass stop nothing. */
export function warnOfGates({ results }: Gated): string | null {
  const red = results.filter(({ required, status }) => !required && (status === "failed" || status === "error"));
  return red.length === 0 ? null : red.map(({ name, summary }) => `advisory gate ${name}: ${summary}`).join("; ");
}

export function wordBaseline({ gate, verdict, protecting, summary }: Events["gate.baseline"]): string {
  if (verdict === "passed") return `gate ${gate} is green on the base`;
  if (verdict === "skipped") return `gate ${gate} was not run on the base`;
  const meaning = protecting
    ? "what makes it no worse may land"
    : "it is not protecting: only a task that names it has to make it green (with reports: it could tell what gets worse)";
  return `gate ${gate} is red on the base, before any task: ${whole(summary)}; ${meaning}`;
}
