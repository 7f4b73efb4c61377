/**
 * A run's note: how it went, which patterns were shown for its tasks and whether the trouble came, and every failure
 * with the pattern it belongs to. A run that was resumed and learned again has its note brought up to date; what a
 * person wrote into it stays. Pure.
 */
import type { FailureFact, RunFacts } from "../facts.ts";
import { renderProperty, spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import { makeId, nameOf, toIso } from "../notes/names.ts";
import { findSection, type Note, parseNote, sectionEnd, sectionStart, spliceSection } from "../notes/note.ts";
import { signatureOf } from "../text/signature.ts";
import { toFence, toInline, toPlainLine } from "../text/untrusted.ts";
import type { MergeOutcome } from "./pattern-note.ts";

/** A pattern that the run confirmed or brought up. */
export interface LearnedPattern {
  signatureHash: string;
  /** As predictions name it. */
  id: string;
  /** File name without ending: what a link says. */
  name: string;
  /** Ids of the run's tasks that had this trouble. */
  tasks: readonly string[];
}

const maxRows = 300;
const maxFailures = 60;
const maxTextChars = 800;

/** Id, file name without ending, and path of a run's note. */
export function nameRun(facts: RunFacts): { id: string; name: string; path: string } {
  const id = makeId(facts.startedAt, facts.run);
  const name = nameOf(id, toPlainLine(facts.goal, 200));
  const iso = toIso(facts.startedAt);
  return { id, name, path: `runs/${iso.slice(0, 4)}/${iso.slice(5, 7)}/${name}.md` };
}

/**
 * The text of a new run's note. `names` maps the ids of patterns that exist to their file names, for links to those
 * that were shown.
 */
export function renderRun(
  facts: RunFacts,
  learned: readonly LearnedPattern[],
  names: ReadonlyMap<string, string>,
): string {
  const title = titleOfRun(facts);
  const properties = [...propertiesOf(facts, learned, names)].map(([key, value]) => renderProperty(key, value));
  return [
    `---\n${properties.join("")}---`,
    `# ${toInline(title, 200)}`,
    "",
    `${sectionStart}\n${sectionOf(facts, learned)}${sectionEnd}`,
    "",
    "## Notes",
    "",
  ].join("\n");
}

/** Brings a run's note up to date, byte for byte the same where a person wrote. */
export function mergeRun(
  note: Note,
  facts: RunFacts,
  learned: readonly LearnedPattern[],
  names: ReadonlyMap<string, string>,
): MergeOutcome {
  const ours = new Set(["id", "type", "schema", "title", "aliases", "tags"]);
  const changes = new Map([...propertiesOf(facts, learned, names)].filter(([key]) => !ours.has(key)));
  const spliced = spliceFrontmatter(note.text, changes);
  if (spliced.kind === "refused") return { kind: "refused", why: spliced.why };
  const edited = parseNote(note.path, spliced.text);
  const warnings =
    findSection(edited).kind === "ambiguous"
      ? [`${note.path}: only its properties were updated: it has more than one machine section.`]
      : [];
  const text = spliceSection(edited, sectionOf(facts, learned)) ?? spliced.text;
  return text === note.text ? { kind: "same" } : { kind: "changed", text, warnings };
}

function titleOfRun(facts: RunFacts): string {
  return toPlainLine(facts.goal, 140) || toPlainLine(`Run ${facts.run}`, 140);
}

function propertiesOf(
  facts: RunFacts,
  learned: readonly LearnedPattern[],
  names: ReadonlyMap<string, string>,
): Map<string, Value> {
  const title = titleOfRun(facts);
  const score = scoreShown(facts, learned);
  const used = [...new Set(Object.values(facts.patternsUsed).flat())];
  return new Map<string, Value>([
    ["id", nameRun(facts).id],
    ["type", "run"],
    ["schema", 1],
    ["title", title],
    ["aliases", [title]],
    ["tags", ["zettel/run"]],
    ["run", toPlainLine(facts.run, 120)],
    ["goal", toPlainLine(facts.goal, 500)],
    ["repo", toPlainLine(facts.repo, 120)],
    ["branch", facts.branch === null ? null : toPlainLine(facts.branch, 160)],
    ["outcome", facts.outcome],
    ["started", toIso(facts.startedAt)],
    ["ended", toIso(facts.endedAt)],
    ["duration_s", Math.max(0, Math.round((facts.endedAt - facts.startedAt) / 1000))],
    ["cost_usd", Math.round(facts.costUsd * 10_000) / 10_000],
    ["tasks", facts.tasks.length],
    ["retries", facts.tasks.reduce((sum, task) => sum + Math.max(0, task.attempts - 1), 0)],
    ["conflicts", facts.conflicts.length],
    ["predicted", score.hits + score.misses],
    ["hits", score.hits],
    ["misses", score.misses],
    ["brier", null],
    ["patterns_used", used.map((id) => (names.has(id) ? `[[${names.get(id)}]]` : toPlainLine(id, 120)))],
    ["patterns_learned", learned.map((pattern) => `[[${pattern.name}]]`)],
  ]);
}

/** Of the patterns shown for tasks that were tried: how often the trouble came, and how often it did not. */
function scoreShown(facts: RunFacts, learned: readonly LearnedPattern[]): { hits: number; misses: number } {
  const tried = new Set(facts.tasks.filter((task) => task.attempts > 0).map((task) => task.id));
  let hits = 0;
  let misses = 0;
  for (const [task, ids] of Object.entries(facts.patternsUsed)) {
    if (!tried.has(task)) continue;
    for (const id of new Set(ids)) {
      if (learned.some((pattern) => pattern.id === id && pattern.tasks.includes(task))) hits += 1;
      else misses += 1;
    }
  }
  return { hits, misses };
}

function sectionOf(facts: RunFacts, learned: readonly LearnedPattern[]): string {
  const parts = [`Outcome: ${facts.outcome}.`];
  if (facts.speedup !== null) {
    parts.push(`${facts.speedup.toFixed(1)} times as fast as one task after the other.`);
  }
  const lines = [parts.join(" "), "", "### Tasks", "", ...tasksOf(facts)];
  const failures = facts.tasks.flatMap((task) => task.failures);
  if (failures.length > 0) {
    lines.push("", "### Trouble", "");
    for (const failure of failures.slice(0, maxFailures)) lines.push(...troubleOf(failure, learned));
    if (failures.length > maxFailures) lines.push(`- and ${failures.length - maxFailures} more`);
  }
  if (facts.conflicts.length > 0) lines.push("", "### Conflicts", "", ...conflictsOf(facts));
  return `${lines.join("\n").trimEnd()}\n`;
}

function tasksOf(facts: RunFacts): string[] {
  const rows = facts.tasks.slice(0, maxRows).map((task) => {
    const by = task.agent === null ? "" : toInline(task.agent, 40);
    const seconds = (task.workMs / 1000).toFixed(1);
    const fixed = task.fixedBy === null ? "" : toInline(task.fixedBy, 80);
    const title = `${toInline(task.id, 60)}: ${toInline(task.title, 80)}`;
    return `| ${title} | ${toInline(task.stream, 40)} | ${by} | ${task.outcome} | ${task.attempts} | ${seconds} | ${fixed} |`;
  });
  const more = facts.tasks.length - rows.length;
  return [
    "| Task | Stream | Agent | Outcome | Attempts | Seconds | Fixed by |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    ...(more > 0 ? ["", `and ${more} more tasks`] : []),
  ];
}

function troubleOf(failure: FailureFact, learned: readonly LearnedPattern[]): string[] {
  const pattern = learned.find((one) => one.signatureHash === signatureOf(failure).hash);
  const where = `task ${toInline(failure.task, 60)}, attempt ${failure.attempt}, ${failure.kind} ${toInline(failure.by, 60)}`;
  if (pattern !== undefined) return [`- ${where}: [[${pattern.name}]]`];
  if (failure.text.trim() === "") return [`- ${where}: no output`];
  const fence = toFence(failure.text, maxTextChars).split("\n");
  return [`- ${where}:`, "", ...fence.map((line) => `  ${line}`), ""];
}

function conflictsOf(facts: RunFacts): string[] {
  const lines = facts.conflicts.slice(0, maxRows).map((conflict) => {
    const files = conflict.files.slice(0, 10).map((file) => toInline(file, 120));
    const choice = conflict.choice === null ? "open" : `decided: ${toInline(conflict.choice, 60)}`;
    return `- ${toInline(conflict.kind, 20)} in task ${toInline(conflict.task, 60)} (${choice}): ${files.join(", ")}`;
  });
  const more = facts.conflicts.length - lines.length;
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}
