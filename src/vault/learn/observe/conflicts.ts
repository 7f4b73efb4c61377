/**
 * Conflicts: which files tasks run into each other in, which tasks these were, and what settled it. A merge conflict is
 * told apart by its files; a disagreement that a person was asked about, by what was asked.
 */
import type { ConflictFact, RunFacts, TaskFact } from "../../facts/run-facts.ts";
import { whenTask } from "../../patterns/labels.ts";
import { signParts } from "../../patterns/signatures.ts";
import { normaliseLine } from "../../text/normalise.ts";
import { toInline, toPlainLine } from "../../text/untrusted.ts";
import { endingOf } from "./failures.ts";
import { nameSome, nameTasks, type Observation, toPlainList } from "./observation.ts";
import { type Strategy, tellStrategies } from "./strategies.ts";

interface ConflictGroup {
  kind: ConflictFact["kind"];
  signature: string;
  /** What was asked, normalised; empty for a merge. */
  line: string;
  conflicts: ConflictFact[];
  tasks: TaskFact[];
  others: TaskFact[];
}

/** The conflicts of a run by what they were about, in the order of their first appearance. */
export function observeConflicts(facts: RunFacts): Observation[] {
  const tasks = new Map(facts.tasks.map((task) => [task.id, task]));
  const groups = new Map<string, ConflictGroup>();
  for (const conflict of facts.conflicts) {
    const task = tasks.get(conflict.task);
    if (task === undefined) continue;
    const line = conflict.kind === "merge" ? "" : readQuestion(conflict);
    // One that names neither files nor a reason cannot be recognised again.
    if (conflict.kind === "merge" ? conflict.files.length === 0 : line === "") continue;
    const about = conflict.kind === "merge" ? [...conflict.files].sort() : [line];
    const signature = signParts("conflict", conflict.kind, ...about);
    const group = groups.get(signature) ?? {
      kind: conflict.kind,
      signature,
      line,
      conflicts: [],
      tasks: [],
      others: [],
    };
    groups.set(signature, group);
    group.conflicts.push(conflict);
    if (!group.tasks.includes(task)) group.tasks.push(task);
    for (const id of conflict.others) {
      const other = tasks.get(id);
      if (other !== undefined && other !== task && !group.others.includes(other)) group.others.push(other);
    }
  }
  return [...groups.values()].map(describe);
}

/** What was asked, without the name of the task that asks. */
function readQuestion({ why, task }: ConflictFact): string {
  const asked = why.startsWith(`${task}: `) ? why.slice(task.length + 2) : why;
  return toPlainLine(normaliseLine(toPlainLine(asked, 400)), 200);
}

function describe(group: ConflictGroup): Observation {
  const { kind, conflicts, tasks, others, line } = group;
  const files = [...new Set(conflicts.flatMap((conflict) => conflict.files))];
  const isMerge = kind === "merge";
  const title = toPlainLine(
    isMerge ? `Merge conflicts in ${files.slice(0, 3).join(", ")}` : `${KIND_WORDS[kind]}: ${line}`,
    140,
  );
  const asked = new Set(conflicts.map(({ why }) => toInline(why, 300)));
  const happens = isMerge
    ? `Tasks that work at the same time change the same lines of ${nameSome(files)}.`
    : [...asked].map((why) => `A person was asked: ${why}`).join("\n\n");
  const count = (ending: string) => tasks.filter((task) => endingOf(task) === ending).length;
  const involved = [...tasks, ...others];
  return {
    kind: "conflict",
    signature: group.signature,
    also: [],
    title,
    fingerprint: { gate: kind, test: "", lines: isMerge ? [] : [line], files: isMerge ? toPlainList(files, 160) : [] },
    head: `### What happens\n\n${happens}`,
    advice: isMerge
      ? [`Let tasks that change ${nameSome(files)} need each other, or let only one of them change these files.`]
      : [],
    words: ["seen", "settled", "failed"],
    tasks: tasks.map(({ id }) => id),
    evidence: {
      seen: tasks.length,
      good: count("fixed"),
      bad: count("failed"),
      about: others.length === 0 ? nameTasks(tasks) : `${nameTasks(tasks)}, with ${nameTasks(others)}`,
      details: tellStrategies(conflicts.flatMap((conflict) => settle(conflict, tasks))),
    },
    earlier: [],
    appliesWhen: toPlainList([`conflict ${kind}`, ...involved.map(whenTask)], 200),
    symptoms: toPlainList([isMerge ? title : line], 200),
    scope: toPlainList(files.length > 0 ? files : tasks.flatMap(({ scope }) => scope), 160),
    problemType: isMerge ? "integration_issue" : "workflow_issue",
  };
}

const KIND_WORDS: Record<ConflictFact["kind"], string> = {
  merge: "Merge",
  resource: "Conflict over a resource",
  quality: "Conflict over quality",
  timeline: "Conflict over the timeline",
  approach: "Conflict over the approach",
};

/** What was done about it, once that is known. Giving the task up settles a conflict, and helps nobody. */
function settle({ choice, task: id }: ConflictFact, tasks: readonly TaskFact[]): Strategy[] {
  const task = tasks.find((one) => one.id === id);
  if (choice === null || task === undefined || endingOf(task) === "open") return [];
  const how = choice === "rerun on the new base" ? choice : `decision: ${choice}`;
  return [{ how, helped: endingOf(task) === "fixed", files: [] }];
}
