/** The evidence document in words: what was run on each change, and what nobody checked, the riskiest first. */
import type { Change, EvidenceDocument, GateRun, LineRange, Unchecked } from "../protocol/evidence.ts";
import { dollars, duration, plural, shortCommit } from "../protocol/words.ts";
import { brief, line } from "./words.ts";

/** Changes that are shown; a program reads the others. */
const MAX_CHANGES = 50;
/** Names in a line. */
const MAX_NAMED = 5;
/** Lines of one kind below a change. */
const MAX_LINES = 8;

export function printEvidence(out: NodeJS.WritableStream, document: EvidenceDocument): void {
  const { run, goal, changes, branch, limits } = document;
  const landed = changes.filter(({ changeSet }) => changeSet !== null);
  const where = branch === null ? "" : ` on ${line(branch)}`;
  const lines = [brief(goal), `run ${run}: ${plural(landed.length, "change")} landed${where}`];
  const order = changes.toSorted((a, b) => riskOf(b.unchecked) - riskOf(a.unchecked));
  for (const change of order.slice(0, MAX_CHANGES)) lines.push("", ...describeChange(change));
  if (changes.length > MAX_CHANGES) {
    lines.push("", `and ${changes.length - MAX_CHANGES} more, with less in doubt: pleach evidence ${run} --json`);
  }
  if (limits.length > 0)
    lines.push("", "not looked at, so that nothing is claimed of it:", ...limits.map((text) => `  ${line(text)}`));
  out.write(`${lines.join("\n")}\n`);
}

/** Weakened checks weigh more than what no check was for. */
export function riskOf({ files, lines, tests, gateInputs, gates }: Unchecked): number {
  const open = gates.filter(({ why }) => why !== "reused" && why !== "notRun" && why !== "together").length;
  return 1_000 * (tests.length + open) + 100 * gateInputs.length + 10 * lines.length + files.length;
}

function describeChange({ task, result, changeSet, unchecked }: Change): string[] {
  const { id, title } = task;
  const spent = result.cost.usd > 0 ? `, ${dollars(result.cost.usd, result.cost.estimatedUsd)}` : "";
  const tries = result.attempts > 1 ? `, ${result.attempts} attempts` : "";
  const what =
    changeSet === null
      ? `nothing landed (${line(result.status)})`
      : `${shortCommit(changeSet.commit)}, ${plural(changeSet.files.length + changeSet.filesLeftOut, "file")}`;
  const named = title === id ? line(id) : `${line(id)} (${brief(title)})`;
  return [
    `${named}: ${what}${tries}${spent}`,
    ...some(result.gates.map((gate) => `  ${gate.status === "passed" ? "✔" : "·"} ${wordRun(gate)}`)),
    ...some(
      result.reviews.map(({ approved, summary, agent, isOfLanded }) => {
        const of = isOfLanded ? "" : ", of an earlier commit";
        return `  ${approved ? "✔" : "✖"} review${agent === null ? "" : ` by ${line(agent)}`}${of}: ${line(summary)}`;
      }),
    ),
    ...some(
      result.decisions.map(({ why, choice, by }) => {
        return `  ▲ ${line(why)}: ${choice === null ? "not decided" : `${line(choice)}${by === null ? "" : `, by ${line(by)}`}`}`;
      }),
    ),
    ...describeUnchecked(unchecked, changeSet !== null),
  ];
}

function wordRun({ gate, at, command, code, ms, status, summary, reused, excused, output }: GateRun): string {
  const where = at === "task" ? "in its worktree" : "on the merged tree";
  const how = reused
    ? "passed before, not run again"
    : `${status}${code === null ? "" : `, exit ${code}`}, ${duration(ms)}`;
  const more = summary === status || summary === "" ? "" : `: ${line(summary)}`;
  const pardon = excused === null ? "" : `; let through: ${line(excused)}`;
  const kept = output === null ? "" : ` (${line(output)})`;
  return `gate ${line(gate)} ${where}: ${line(command)}: ${how}${more}${pardon}${kept}`;
}

function describeUnchecked({ files, lines, tests, gateInputs, gates }: Unchecked, hasLanded: boolean): string[] {
  const said = [
    ...tests.map(({ of, kind, text }) =>
      kind === "fewer" ? `gate ${line(of)}: ${line(text)}` : `${line(of)} ${line(text)}`,
    ),
    ...gateInputs.map(({ path, why }) => `${line(path)} is changed, which ${INPUTS[why]}`),
    ...gates.map(({ gate, text }) => (gate === "" ? line(text) : `gate ${line(gate)}: ${line(text)}`)),
    ...lines.map(({ path, ranges }) => `no test reached ${line(path)}: ${wordRanges(ranges)}`),
    ...(files.length === 0 ? [] : [`nobody checked ${plural(files.length, "changed file")}: ${named(files)}`]),
  ];
  if (said.length > 0) return some(said.map((text) => `  ! ${text}`));
  return hasLanded ? ["  every changed file is named by a gate that passed"] : [];
}

const INPUTS = {
  command: "a gate's command line names",
  script: "is run by what a gate calls",
  configuration: "configures what gates run",
  ci: "says what other machines check",
} as const;

const wordRanges = (ranges: readonly LineRange[]): string =>
  named(ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)));

function named(items: readonly string[]): string {
  const more = items.length > MAX_NAMED ? ` and ${items.length - MAX_NAMED} more` : "";
  return `${items.slice(0, MAX_NAMED).map(line).join(", ")}${more}`;
}

function some(lines: readonly string[]): string[] {
  return lines.length <= MAX_LINES
    ? [...lines]
    : [...lines.slice(0, MAX_LINES), `  … and ${lines.length - MAX_LINES} more`];
}
