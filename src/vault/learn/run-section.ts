/** The machine's section of a run's note, written whole each time. Every text in it is made harmless first. Pure. */
import type { FailureFact, RunFacts } from "../facts/run-facts.ts";
import { kindOf, patternKinds } from "../patterns/kinds.ts";
import { signatureOf } from "../text/signature.ts";
import { toFence, toInline } from "../text/untrusted.ts";
import { findLearned, type LearnedPattern } from "./learned-pattern.ts";
import { observeFlakyGates } from "./observe/flaky-gates.ts";
import { nameSome, quantile, toSeconds } from "./observe/observation.ts";
import { strategyAfter, tellStrategies } from "./observe/strategies.ts";
import { tellFiles, tellGates, tellTasks } from "./run-memory.ts";
import type { RunFindings } from "./score-shown.ts";

const maxRows = 300;
const maxFailures = 60;
const maxTextChars = 800;

/** The section's content, with its last newline. */
export function tellSection(facts: RunFacts, { learned, shown }: RunFindings): string {
  const flaky = observeFlakyGates(facts);
  const parts = [`Outcome: ${facts.outcome}.`];
  if (facts.speedup !== null) parts.push(`${facts.speedup.toFixed(1)} times as fast as one task after the other.`);
  const files = tellFiles(facts);
  const sections: [string, string[]][] = [
    ["### Tasks", tellTasks(facts)],
    ["### Gates", tellGates(facts, flaky.flips)],
    ["### Effort", tellEffort(facts)],
    ["### Foretold", tellShown({ learned, shown })],
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
  const kinds = new Map<string, { stream: string; agent: string; ms: number[]; usd: number }>();
  for (const task of tasks) {
    if (task.outcome !== "merged" && task.outcome !== "done") continue;
    const [stream, agent] = [toInline(task.stream, 40), task.agent === null ? "" : toInline(task.agent, 40)];
    const key = JSON.stringify([stream, agent]);
    const kind = kinds.get(key) ?? { stream, agent, ms: [], usd: 0 };
    kinds.set(key, kind);
    kind.ms.push(task.tries.reduce((sum, { ms }) => sum + ms, 0));
    kind.usd += task.costUsd;
  }
  if (kinds.size === 0) return [];
  const rows = [...kinds.values()].map(({ stream, agent, ms, usd }) => {
    const figures = `${toSeconds(quantile(ms, 0.5))} | ${toSeconds(quantile(ms, 0.8))} | ${usd.toFixed(4)}`;
    return `| ${stream} | ${agent} | ${ms.length} | ${figures} |`;
  });
  return ["| Stream | Agent | Finished | Median (s) | Four of five (s) | USD |", `|${" --- |".repeat(6)}`, ...rows];
}

/** Which patterns were shown for which tasks, and whether their trouble came. */
function tellShown({ shown }: RunFindings): string[] {
  if (shown.length === 0) return [];
  const rows = shown.slice(0, maxRows).map(({ task, id, keeper, came }) => {
    const pattern = keeper === null ? toInline(id, 120) : `[[${keeper.name}]]`;
    return `| ${toInline(task, 60)} | ${pattern} | ${came === null ? "cannot be said" : came ? "came" : "did not come"} |`;
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
  const lines = failures.slice(0, maxFailures).flatMap((failure) => {
    const where = `task ${toInline(failure.task, 60)}, attempt ${failure.attempt}, ${failure.kind} ${toInline(failure.by, 60)}`;
    const pattern = findLearned(learned, failure, isFlaky(failure));
    if (pattern !== undefined) return [`- ${where}: [[${pattern.name}]]`];
    if (failure.text.trim() === "") return [`- ${where}: no output`];
    const fence = toFence(failure.text, maxTextChars).split("\n");
    return [`- ${where}:`, "", ...fence.map((line) => `  ${line}`), ""];
  });
  const more = failures.length - maxFailures;
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
  const lines = facts.conflicts.slice(0, maxRows).map((conflict) => {
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
  const headings = new Set(Object.values(patternKinds).flatMap(({ runSection }) => runSection ?? []));
  return [...headings].map((heading) => {
    const listed = learned.filter(({ kind }) => kindOf(kind).runSection === heading).slice(0, maxFailures);
    return [`### ${heading}`, listed.map(({ name, about }) => `- [[${name}]]: ${about}`)];
  });
}
