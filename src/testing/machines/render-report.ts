/** A report of paths as Markdown that a person reads. */

import { sanitizeLine } from "../../terminal-text/index.ts";
import { checkReport } from "./check-report.ts";
import type { PathsReport } from "./paths-of.ts";

/** The text; the same for the same report. */
export function renderReport(report: PathsReport): string {
  checkReport(report);
  const { states, transitions, paths, problems, notes } = report;
  const reachable = transitions.filter((each) => each.reachable).length;
  const covered = transitions.filter((each) => each.covered).length;
  const all = states.reachable.length + states.unreachable.length;
  const sections = [
    `# Paths through ${escapeMarkup(report.machine)}`,
    `${states.reachable.length} of ${all} states and ${reachable} of ${transitions.length} transitions are reached; ` +
      `${count(paths.length, "path")} (${report.coverage}) take${paths.length === 1 ? "s" : ""} ${covered} of them.`,
    list(
      "Problems",
      problems.map(({ kind, message }) => `**${kind}**: ${escapeMarkup(message)}`),
    ),
    list("Notes", notes.map(escapeMarkup)),
    [
      "## Transitions",
      "",
      "| transition | taken by a path |",
      "|---|---|",
      ...transitions.map(
        ({ name, covered: isCovered, reachable: isReachable }) =>
          `| ${escapeMarkup(name)} | ${isCovered ? "yes" : isReachable ? "could be" : "no"} |`,
      ),
    ].join("\n"),
    ...[
      "## Paths",
      ...paths.map(({ name, start, steps }) => {
        const lines = steps.map(
          ({ event, state, effects }, index) =>
            `${index + 1}. ${code(event)} → ${code(state)}${effects.length === 0 ? "" : `, asks for ${effects.map(({ name: effect }) => code(effect)).join(", ")}`}`,
        );
        return [
          `### ${escapeMarkup(name)}`,
          "",
          `Starts in ${code(start.state)}.`,
          ...(lines.length === 0 ? [] : ["", ...lines]),
        ].join("\n");
      }),
    ],
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`## ${title}`, "", ...lines.map((line) => `- ${line}`)].join("\n");
}

/** Text of others as one line in which nothing is markup. */
function escapeMarkup(text: string): string {
  return sanitizeLine(text, 500).replace(/[\\`*_{}[\]<>#|~&!]/g, "\\$&");
}

/** A value as code; a longer fence than any in it, and no cell's border. */
function code(value: unknown): string {
  const text = sanitizeLine(typeof value === "string" ? value : (JSON.stringify(value) ?? ""), 300);
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
