/**
 * Kinds of failure: those of a run sorted by signature, with the tasks that had them, how each ended, and what was
 * tried. Left to others are merge conflicts, time limits, and gates that go green without a change; a fault of the machine,
 * of an account or of a service is nobody's.
 *
 * A failure without a word of its own is no pattern, unless something that can be named ended the trouble (a file that
 * was changed, a person's choice): "it fails, and a retry helps" would fit any task.
 */
import type { FailureFact, RunFacts, TaskFact } from "../../facts/run-facts.ts";
import { LEARNED_AS, PATTERN_KINDS, type PatternKindName } from "../../patterns/kinds.ts";
import { whenTask } from "../../patterns/labels.ts";
import { identifyFailure } from "../../patterns/signatures.ts";
import { isMachineFault } from "../../text/machine-fault.ts";
import type { Signature } from "../../text/signature.ts";
import { toFence, toInline, toPlainLine } from "../../text/untrusted.ts";
import { withoutPassing } from "../../text/without-passing.ts";
import { nameSome, nameTask, type Observation, toPlainList } from "./observation.ts";
import { type Strategy, strategyAfter, tellStrategies } from "./strategies.ts";

interface TroubledTask {
  task: TaskFact;
  /** Attempts of it that ended this way. */
  times: number;
}

interface FailureGroup {
  kind: PatternKindName;
  signature: string;
  said: Signature;
  /** The first failure of this kind, shown as the example. */
  example: FailureFact;
  tasks: TroubledTask[];
  strategies: Strategy[];
  /** Files named by the failures, then those that the fixes changed; without repetition. */
  files: string[];
}

const MAX_EXAMPLE_CHARS = 2_000;

/**
 * The kinds of failure of a run, in the order of their first appearance; `isFlaky` tells those that are no failures.
 */
export function observeFailures(facts: RunFacts, isFlaky: (failure: FailureFact) => boolean): Observation[] {
  const groups = new Map<string, FailureGroup>();
  for (const task of facts.tasks) {
    for (const failure of task.failures) {
      const kind = LEARNED_AS[failure.kind];
      if (kind !== failure.kind || isFlaky(failure)) continue;
      addFailure(groups, task, failure, kind);
    }
  }
  return [...groups.values()].filter(isWorthKnowing).map(describe);
}

function addFailure(
  groups: Map<string, FailureGroup>,
  task: TaskFact,
  failure: FailureFact,
  kind: PatternKindName,
): void {
  const { signature, said } = identifyFailure(failure);
  if (failure.isOutside === true || isMachineFault(said.line)) return;
  let group = groups.get(signature);
  if (group === undefined) {
    group = { kind, signature, said, example: failure, tasks: [], strategies: [], files: [] };
    groups.set(signature, group);
  }
  const known = group.tasks.find((troubled) => troubled.task === task);
  if (known === undefined) group.tasks.push({ task, times: 1 });
  else known.times += 1;
  const strategy = strategyAfter(task, failure.attempt, (next) => identifyFailure(next).signature === signature);
  if (strategy !== undefined) group.strategies.push(strategy);
  group.files = [...new Set([...group.files, ...failure.files, ...(strategy?.files ?? [])])];
}

function isWorthKnowing({ kind, said, strategies, example }: FailureGroup): boolean {
  if (kind === "scope") return example.files.length > 0;
  if (said.line !== "") return true;
  return strategies.some(({ how, helped, files }) => helped && (files.length > 0 || how.startsWith("decision")));
}

function describe(group: FailureGroup): Observation {
  const { kind, said, tasks, example, strategies } = group;
  const title = titleOf(group);
  const count = (...endings: Ending[]) => tasks.filter(({ task }) => endings.includes(endingOf(task))).length;
  const isScope = kind === "scope";
  const text = isScope ? example.files.join("\n") : example.text.trim() === "" ? "(no output)" : example.text;
  const gate = said.gate === "" ? [] : [`gate ${said.gate}`];
  return {
    kind,
    signature: group.signature,
    also: [],
    title,
    fingerprint: {
      gate: said.gate,
      test: toPlainLine(said.test, 200),
      lines: said.line === "" ? [] : [toPlainLine(said.line, 200)],
      files: toPlainList(isScope ? example.files : group.files, 160),
    },
    head: `### What happens\n\n${isScope ? "A task changes these files, which are not in its scope:\n\n" : ""}${toFence(isScope ? text : withoutPassing(text), MAX_EXAMPLE_CHARS)}`,
    advice: isScope ? [`Give the task that has to change ${nameSome(example.files)} a scope that holds them.`] : [],
    words: ["seen", "fixed", "failed"],
    tasks: tasks.map(({ task }) => task.id),
    evidence: {
      seen: tasks.length,
      good: count("fixed"),
      bad: count("failed"),
      about: aboutOf(tasks),
      details: [...tellStrategies(strategies), ...agentsOf(tasks)],
    },
    earlier: [],
    appliesWhen: toPlainList([...gate, ...tasks.map(({ task }) => whenTask(task))], 200),
    symptoms: toPlainList(
      [said.line === "" ? title : said.line, ...(said.test === "" ? [] : [`test ${said.test}`])],
      200,
    ),
    scope: toPlainList(group.files.length > 0 ? group.files : tasks.flatMap(({ task }) => task.scope), 160),
    problemType: problemTypeOf(kind, said.gate),
  };
}

type Ending = "fixed" | "failed" | "open";

/** How a task that had a trouble ended. */
export function endingOf(task: TaskFact): Ending {
  if (task.outcome === "merged" || task.outcome === "done") return "fixed";
  return task.outcome === "failed" ? "failed" : "open";
}

/** One line that names the trouble. */
function titleOf({ kind, said, example }: FailureGroup): string {
  if (kind === "scope") return toPlainLine(`Scope: changes ${example.files.slice(0, 3).join(", ")} outside it`, 140);
  const what = said.line === "" ? "fails without a message" : said.line;
  const where = said.gate === "" ? PATTERN_KINDS[kind].title : `${PATTERN_KINDS.gate.title} ${said.gate}`;
  const test = said.test === "" ? "" : ` (${said.test})`;
  return toPlainLine(`${where}: ${what}${test}`, 140);
}

function aboutOf(tasks: readonly TroubledTask[]): string {
  const names = tasks.slice(0, 5).map(({ task, times }) => `${nameTask(task)}${times === 1 ? "" : `, ${times} times`}`);
  const more = tasks.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
}

/** How the tasks of each agent fared: `agent codex: succeeded on retry 1 of 2`. */
function agentsOf(tasks: readonly TroubledTask[]): string[] {
  const agents = new Map<string, TaskFact[]>();
  for (const { task } of tasks) {
    if (task.agent === null || endingOf(task) === "open") continue;
    const name = toInline(task.agent, 60);
    agents.set(name, [...(agents.get(name) ?? []), task]);
  }
  return [...agents].map(([name, all]) => {
    const fixed = all.filter((task) => endingOf(task) === "fixed").length;
    return `agent ${name}: succeeded on retry ${fixed} of ${all.length}`;
  });
}

function problemTypeOf(kind: PatternKindName, gate: string): string {
  if (kind === "scope" || kind === "review") return "workflow_issue";
  if (kind !== "gate") return "runtime_error";
  if (/build|compile|tsc|type/i.test(gate)) return "build_error";
  return /lint|format|style/i.test(gate) ? "developer_experience" : "test_failure";
}
