/**
 * How gates are told: what they said, why they are red, and where the whole of it is kept. Texts may be those of agents and
 * logs: whoever shows a line makes it safe.
 */
import type { Events } from "./events.ts";
import { type Doubt, firstRed, type GateOutcome, isRedGate } from "./gate-values.ts";
import type { FactTone } from "./wording.ts";
import { few, shortCommit, whole } from "./words.ts";

interface Gated {
  results: GateOutcome[];
}

export const gateTone = ({ results }: Gated): FactTone =>
  firstRed(results) ? "bad" : isGreen(results) ? "good" : "warn";
export const isGreen = (results: readonly GateOutcome[]): boolean =>
  results.every(({ status, excused }) => status === "passed" || excused !== undefined);
const wordGate = ({ name, status, summary, excused, reused, doubt }: GateOutcome): string => {
  if (status === "passed") return reused === true ? `${name} passed, as before on this tree` : `${name} passed`;
  return `${name} ${status} (${whole(excused ?? summary)}${doubt === undefined ? "" : `; ${wordDoubt(doubt)}`})`;
};
/** What becomes of a red gate that may mean nothing. */
function wordDoubt({ known, touched }: Doubt): string {
  const why =
    known.length > 0 ? `${few(known)} ${known.length === 1 ? "is" : "are"} known to be flaky` : "flaky: retry";
  if (touched.length === 0) return `${why}: it is run once more`;
  return `${why}, but the change touches ${few(touched)}: it counts`;
}
export const wordGates = (results: readonly GateOutcome[]): string => results.map(wordGate).join(", ") || "none";

const isRed = (result: GateOutcome): boolean => isRedGate(result) && result.excused === undefined;

/** Why gates are red; of several each is named. */
export function explainGates({ results }: Gated): string[] {
  const red = results.filter((result) => isRed(result) && result.evidence !== undefined);
  return red.flatMap(({ name, evidence = [] }) => (red.length > 1 ? [`gate ${name}:`, ...evidence] : evidence));
}

export const logsOfGates = ({ results }: Gated): string[] =>
  results.flatMap((result) => (isRed(result) && result.report !== null ? [result.report] : []));

/** Advisory gates that did not pass stop nothing. */
export function warnOfGates({ results }: Gated): string | null {
  const red = results.filter((result) => !result.required && isRedGate(result));
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

export function wordExcused({ gate, evidence }: Events["gate.excused"]): string {
  const { tests, tree, red } = evidence;
  const what = tests.length > 0 ? few(tests) : whole(red.summary);
  return `gate ${gate} is excused: red (${what}), then green on the same tree${tree === null ? "" : ` ${shortCommit(tree)}`}`;
}

export const wordReused = ({ gate, summary, tree }: Events["verdict.reused"]): string =>
  `gate ${gate} is not run: it passed on the same tree ${shortCommit(tree)} before (${whole(summary)})`;
