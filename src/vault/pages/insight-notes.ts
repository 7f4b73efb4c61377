/**
 * The insight notes of a run: one for each stream that found something, with what its planners added to the plan, what its
 * reviewers sent back, and what its agents noted for later runs. What trouble its tasks met stands in the run's note. A
 * stream that found nothing has none. What a person writes around the program's section stays. Pure.
 */
import type { InsightFact, ReviewFact, RunFacts, TaskFact } from "../facts/run-facts.ts";
import { signInsight } from "../learn/observe/insights.ts";
import type { LearnedPattern } from "../learn/run-findings.ts";
import type { Value } from "../notes/frontmatter.ts";
import { makeId, nameOf, toIso } from "../notes/names.ts";
import { renderZettel } from "../notes/zettel.ts";
import { linkTo } from "../text/link-to.ts";
import { toInline, toPlainLine } from "../text/untrusted.ts";

export interface InsightNote {
  id: string;
  /** File name without ending. */
  name: string;
  path: string;
  text: string;
  /** The program's section, for a note that exists. */
  section: string;
}

export interface InsightContext {
  /** File name of the run's note, without ending. */
  runName: string;
  learned: readonly LearnedPattern[];
  /** Titles of patterns by the names of their notes. */
  titles: ReadonlyMap<string, string>;
}

/** Streams are few; a run with more of them than this was made by a program. */
const MAX_STREAMS = 24;
const MAX_LINES = 40;
const MAX_NOTED_CHARS = 500;

/** The insight notes of a run, in the order in which its streams first appear. */
export function renderInsights(facts: RunFacts, context: InsightContext): InsightNote[] {
  const streams = [...new Set([...facts.tasks, ...facts.reviews, ...facts.insights].map(({ stream }) => stream))];
  return streams
    .flatMap((stream) => {
      const parts = findParts(facts, stream, context);
      return parts.length === 0 ? [] : [renderInsight(facts, stream, parts, context)];
    })
    .slice(0, MAX_STREAMS);
}

interface Part {
  heading: string;
  lines: string[];
}

function renderInsight(
  facts: RunFacts,
  stream: string,
  parts: readonly Part[],
  { runName }: InsightContext,
): InsightNote {
  // The run's start, unlike its end, stays the same when it is resumed.
  const id = makeId(facts.startedAt, facts.run, "insight", stream);
  const title = toPlainLine(`What ${stream} found: ${facts.goal}`, 140);
  const name = nameOf(id, title);
  const properties: [string, Value][] = [
    ["id", id],
    ["type", "insight"],
    ["schema", 1],
    ["title", title],
    ["aliases", [title]],
    ["tags", ["zettel/insight"]],
    ["run", `[[${runName}]]`],
    ["stream", toPlainLine(stream, 80)],
    ["date", toIso(facts.startedAt).slice(0, 10)],
  ];
  const tasks = facts.tasks.filter((task) => task.stream === stream);
  const section = [
    `${linkTo(runName, facts.goal)}${tasks.length === 0 ? "" : `: ${countOutcomes(tasks)}`}.`,
    ...parts.flatMap(({ heading, lines }) => ["", `### ${heading}`, "", ...bound(lines)]),
    "",
  ].join("\n");
  return { id, name, path: `insights/${name}.md`, text: renderZettel(properties, title, section), section };
}

function findParts(facts: RunFacts, stream: string, context: InsightContext): Part[] {
  const link = (task: string): string => linkTo(context.runName, task, 60, "Tasks");
  const ids = new Set(facts.tasks.filter((task) => task.stream === stream).map(({ id }) => id));
  const parts: Part[] = [
    {
      heading: "Added to the plan",
      lines: facts.growth
        .filter(({ planner, added }) => ids.has(planner) && added.length > 0)
        .map(({ planner, version, added }) => `- ${link(planner)}, version ${version}: ${listTasks(added)}`),
    },
    {
      heading: "Reviews",
      lines: facts.reviews
        .filter((review) => review.stream === stream && hasContent(review))
        .flatMap((review) => linesOfReview(review, link(review.task))),
    },
    {
      heading: "Noted by agents",
      lines: withoutRepetition(facts.insights.filter((insight) => insight.stream === stream)).map(({ task, text }) => {
        const by = task === null ? "" : `${link(task)}: `;
        return `- ${by}${toInline(text, MAX_NOTED_CHARS)}${tellCandidate(text, context)}`;
      }),
    },
  ];
  return parts.filter(({ lines }) => lines.length > 0);
}

/** A review that approved and said nothing teaches nothing. */
function hasContent({ verdict, words, findings }: ReviewFact): boolean {
  return verdict !== "approved" || words.trim() !== "" || findings.length > 0;
}

const VERDICT_WORDS: Readonly<Record<ReviewFact["verdict"], string>> = {
  approved: "approved",
  sentBack: "sent back",
  failed: "gave no answer",
};

function linesOfReview({ attempt, agent, verdict, words, findings }: ReviewFact, link: string): string[] {
  const said = words.trim() === "" ? "" : `: ${toInline(words, 300)}`;
  return [
    `- ${link}, attempt ${attempt}: ${VERDICT_WORDS[verdict]} by ${toInline(agent, 40)}${said}`,
    ...findings.slice(0, 8).map(({ severity, file, text }) => {
      const where = file === null ? "" : ` in ${toInline(file, 120)}`;
      return `    - ${toInline(severity, 20)}${where}: ${toInline(text, 300)}`;
    }),
  ];
}

/** The pattern that an agent's note entered as, or bore out. */
function tellCandidate(text: string, { learned }: InsightContext): string {
  const signature = signInsight(text);
  const pattern = learned.find(({ signatures }) => signatures.includes(signature));
  return pattern === undefined ? "" : ` (${linkTo(pattern.name, "pattern")})`;
}

function withoutRepetition(insights: readonly InsightFact[]): InsightFact[] {
  const seen = new Set<string>();
  return insights.filter(({ text }) => {
    const key = text.trim().toLowerCase();
    if (key === "" || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function countOutcomes(tasks: readonly TaskFact[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of tasks) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  return `${tasks.length} task${tasks.length === 1 ? "" : "s"}, ${told.join(", ")}`;
}

function listTasks(ids: readonly string[]): string {
  const shown = ids.slice(0, 12).map((id) => toInline(id, 60));
  const more = ids.length - shown.length;
  return `${ids.length} task${ids.length === 1 ? "" : "s"}: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function bound(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES), `- and ${lines.length - MAX_LINES} more lines`];
}
