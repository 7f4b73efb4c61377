/**
 * A run's note: how it went, what was shown for its tasks and whether that came, and every failure with the pattern that
 * it belongs to. A run that was resumed and learned again has its note brought up to date; what a person wrote into it
 * stays. Its tables are also what later runs remember of it (`run-memory.ts`). Pure.
 */

import type { RunFacts } from "../facts/run-facts.ts";
import { spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import { makeId, nameOf, toIso } from "../notes/names.ts";
import { findSection, type Note, parseNote, spliceSection } from "../notes/note.ts";
import { renderZettel } from "../notes/zettel.ts";
import { toPlainLine } from "../text/untrusted.ts";
import type { MergeOutcome } from "./pattern-note.ts";
import { tellSection } from "./run-section.ts";
import type { RunFindings } from "./score-shown.ts";

/** Id, file name without ending, and path of a run's note. */
export function nameRun(facts: RunFacts): { id: string; name: string; path: string } {
  const id = makeId(facts.startedAt, facts.run);
  const name = nameOf(id, toPlainLine(facts.goal, 200));
  const iso = toIso(facts.startedAt);
  return { id, name, path: `runs/${iso.slice(0, 4)}/${iso.slice(5, 7)}/${name}.md` };
}

/** The text of a new run's note. */
export function renderRun(facts: RunFacts, findings: RunFindings): string {
  return renderZettel(propertiesOf(facts, findings), titleOfRun(facts), tellSection(facts, findings));
}

/** Brings a run's note up to date, byte for byte the same where a person wrote. */
export function mergeRun(note: Note, facts: RunFacts, findings: RunFindings): MergeOutcome {
  const ours = new Set(["id", "type", "schema", "title", "aliases", "tags"]);
  const changes = new Map([...propertiesOf(facts, findings)].filter(([key]) => !ours.has(key)));
  const spliced = spliceFrontmatter(note.text, changes);
  if (spliced.kind === "refused") return { kind: "refused", why: spliced.why };
  const edited = parseNote(note.path, spliced.text);
  const warnings =
    findSection(edited).kind === "ambiguous"
      ? [`${note.path}: only its properties were updated: it has more than one machine section.`]
      : [];
  const text = spliceSection(edited, tellSection(facts, findings)) ?? spliced.text;
  return text === note.text ? { kind: "same" } : { kind: "changed", text, warnings };
}

function titleOfRun(facts: RunFacts): string {
  return toPlainLine(facts.goal, 140) || toPlainLine(`Run ${facts.run}`, 140);
}

function propertiesOf(facts: RunFacts, { learned, shown }: RunFindings): Map<string, Value> {
  const title = titleOfRun(facts);
  const hits = shown.filter(({ came }) => came === true).length;
  const misses = shown.filter(({ came }) => came === false).length;
  const names = new Map(shown.map(({ id, keeper }) => [id, keeper?.name]));
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
    ["predicted", hits + misses],
    ["hits", hits],
    ["misses", misses],
    ["brier", null],
    ["patterns_used", used.map((id) => (names.get(id) === undefined ? toPlainLine(id, 120) : `[[${names.get(id)}]]`))],
    ["patterns_learned", learned.map(({ name }) => `[[${name}]]`)],
  ]);
}
