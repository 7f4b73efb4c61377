/**
 * A run's note: how it went, what was predicted for its tasks and whether that happened, and every failure with the
 * pattern that it belongs to. A run that was resumed and learned again has its note brought up to date; what a person
 * wrote into it stays. Its tables are also what later runs remember of it (`run-memory.ts`). Every text in it is made
 * harmless first. Pure.
 */
import { effortMs } from "../facts/effort.ts";
import type { FailureFact, RunFacts } from "../facts/run-facts.ts";
import { spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import { makeId, nameOf, toIso } from "../notes/names.ts";
import { findGeneratedSection, type Note, parseNote, spliceGeneratedSection } from "../notes/note.ts";
import { renderZettel } from "../notes/zettel.ts";
import { kindOf, PATTERN_KINDS } from "../patterns/kinds.ts";
import { linkTo } from "../text/link-to.ts";
import { signatureOf } from "../text/signature.ts";
import { toFence, toInline, toPlainLine } from "../text/untrusted.ts";
import { observeFlakyGates } from "./observe/flaky-gates.ts";
import { nameSome, quantile, toSeconds } from "./observe/observation.ts";
import { strategyAfter, tellStrategies } from "./observe/strategies.ts";
import type { MergeOutcome } from "./pattern-note.ts";
import { findLearned, type LearnedPattern, type RunFindings } from "./run-findings.ts";
import { tellFiles, tellGates, tellTasks, toUsd } from "./run-memory.ts";

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
    findGeneratedSection(edited).kind === "ambiguous"
      ? [`${note.path}: only its properties were updated: it has more than one generated section.`]
      : [];
  const text = spliceGeneratedSection(edited, tellSection(facts, findings)) ?? spliced.text;
  return text === note.text ? { kind: "same" } : { kind: "changed", text, warnings };
}

function titleOfRun(facts: RunFacts): string {
  return toPlainLine(facts.goal, 140) || toPlainLine(`Run ${facts.run}`, 140);
}

function propertiesOf(facts: RunFacts, { learned, shown }: RunFindings): Map<string, Value> {
  const title = titleOfRun(facts);
  const hits = shown.filter(({ happened }) => happened === true).length;
  const misses = shown.filter(({ happened }) => happened === false).length;
  const names = new Map(shown.map(({ id, record }) => [id, record?.name]));
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

const MAX_ROWS = 300;
const MAX_FAILURES = 60;
const MAX_TEXT_CHARS = 800;

/** The section's content, with its last newline. */
function tellSection(facts: RunFacts, { learned, shown }: RunFindings): string {
  const flaky = observeFlakyGates(facts);
  const parts = [`Outcome: ${facts.outcome}.`];
  if (facts.speedup !== null) parts.push(`${facts.speedup.toFixed(1)} times as fast as one task after the other.`);
  const { costUsd, estimatedUsd } = facts;
  if (estimatedUsd > 0) parts.push(`Of $${costUsd.toFixed(4)} it cost, $${estimatedUsd.toFixed(4)} are estimated (~).`);
  const files = tellFiles(facts);
  const sections: [string, string[]][] = [
    ["### Tasks", tellTasks(facts)],
    ["### Gates", tellGates(facts, flaky.flips)],
    ["### Effort", tellEffort(facts)],
    ["### Predicted", tellShown({ learned, shown })],
    ["### Trouble", tellTrouble(facts, learned, flaky.isFlaky)],
    ["### What was tried", tellTried(facts)],
    ["### Conflicts", tellConflicts(facts)],
    ...tellKinds(learned),
  ];
  const told = sections
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([heading, lines]) => [heading, "", ...lines, ""]);
  const lines = [parts.join(" "), "", ...told, ...files];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** What tasks of each stream and agent took. */
function tellEffort({ tasks }: RunFacts): string[] {
  const kinds = new Map<string, { stream: string; agent: string; ms: number[]; usd: number; estimatedUsd: number }>();
  for (const task of tasks) {
    if (task.outcome !== "merged" && task.outcome !== "done") continue;
    const [stream, agent] = [toInline(task.stream, 40), task.agent === null ? "" : toInline(task.agent, 40)];
    const key = JSON.stringify([stream, agent]);
    const kind = kinds.get(key) ?? { stream, agent, ms: [], usd: 0, estimatedUsd: 0 };
    kinds.set(key, kind);
    kind.ms.push(effortMs(task));
    kind.usd += task.costUsd;
    kind.estimatedUsd += task.estimatedUsd;
  }
  if (kinds.size === 0) return [];
  const rows = [...kinds.values()].map(({ stream, agent, ms, usd, estimatedUsd }) => {
    const figures = `${toSeconds(quantile(ms, 0.5))} | ${toSeconds(quantile(ms, 0.8))} | ${toUsd(usd, estimatedUsd)}`;
    return `| ${stream} | ${agent} | ${ms.length} | ${figures} |`;
  });
  return ["| Stream | Agent | Finished | Median (s) | Four of five (s) | USD |", `|${" --- |".repeat(6)}`, ...rows];
}

/** Which patterns were shown for which tasks, and whether their trouble happened. */
function tellShown({ shown }: RunFindings): string[] {
  if (shown.length === 0) return [];
  const rows = shown.slice(0, MAX_ROWS).map(({ task, id, record, happened }) => {
    const pattern = record === null ? toInline(id, 120) : `[[${record.name}]]`;
    return `| ${toInline(task, 60)} | ${pattern} | ${happened === null ? "cannot be said" : happened ? "happened" : "did not happen"} |`;
  });
  const more = shown.length - rows.length;
  return [
    "| Task | Pattern | Trouble |",
    "| --- | --- | --- |",
    ...rows,
    ...(more > 0 ? ["", `and ${more} more`] : []),
  ];
}

function tellTrouble(
  facts: RunFacts,
  learned: readonly LearnedPattern[],
  isFlaky: (failure: FailureFact) => boolean,
): string[] {
  const failures = facts.tasks.flatMap((task) => task.failures);
  const lines = failures.slice(0, MAX_FAILURES).flatMap((failure) => {
    const by = failure.by === failure.kind ? "" : ` ${toInline(failure.by, 60)}`;
    const where = `task ${toInline(failure.task, 60)}, attempt ${failure.attempt}, ${failure.kind}${by}`;
    const pattern = findLearned(learned, failure, isFlaky(failure));
    if (pattern !== undefined) return [`- ${where}: ${linkTo(pattern.name, pattern.title)}`];
    if (failure.text.trim() === "") return [`- ${where}: no output`];
    const fence = toFence(failure.text, MAX_TEXT_CHARS).split("\n");
    return [`- ${where}:`, "", ...fence.map((line) => `  ${line}`), ""];
  });
  const more = failures.length - MAX_FAILURES;
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}

/** What was tried after failures, over the whole run. */
function tellTried({ tasks }: RunFacts): string[] {
  const strategies = tasks.flatMap((task) =>
    task.failures.flatMap((failure) => {
      const said = signatureOf(failure).hash;
      const strategy = strategyAfter(task, failure.attempt, (next) => signatureOf(next).hash === said);
      return strategy === undefined ? [] : [{ ...strategy, files: [] }];
    }),
  );
  return tellStrategies(strategies).map((line) => `- ${line}`);
}

function tellConflicts(facts: RunFacts): string[] {
  const lines = facts.conflicts.slice(0, MAX_ROWS).map((conflict) => {
    const choice = conflict.choice === null ? "open" : `decided: ${toInline(conflict.choice, 60)}`;
    const others = conflict.others.length === 0 ? "" : ` with ${nameSome(conflict.others, 60)}`;
    const about = conflict.files.length > 0 ? nameSome(conflict.files, 120) : toInline(conflict.why, 200);
    return `- ${toInline(conflict.kind, 20)} in task ${toInline(conflict.task, 60)}${others} (${choice}): ${about}`;
  });
  const more = facts.conflicts.length - lines.length;
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}

/** The patterns of those kinds that have a heading of their own. */
function tellKinds(learned: readonly LearnedPattern[]): [string, string[]][] {
  const headings = new Set(Object.values(PATTERN_KINDS).flatMap(({ runSection }) => runSection ?? []));
  return [...headings].map((heading) => {
    const listed = learned.filter(({ kind }) => kindOf(kind).runSection === heading).slice(0, MAX_FAILURES);
    return [`### ${heading}`, listed.map(({ name, title, about }) => `- ${linkTo(name, title)}: ${about}`)];
  });
}
