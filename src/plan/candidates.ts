/**
 * Candidates: a task that several agents try side by side, of which at most one is merged. Here such a task becomes one task
 * a candidate, and what names it comes to name all of them.
 *
 * CANDIDATE-1 Whoever needs the task is content with one of its candidates, and needs everything else as before: no two of them
 *    succeed, so that the number of successes says it.
 */
import { followsScript } from "./agent-kinds.ts";
import { completeTask, type Declared } from "./complete-task.ts";
import { MAX_CANDIDATES } from "./defaults.ts";
import { type Read, readEntries, readNumber, refuse } from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { Isolation, Plan, Task } from "./model.ts";
import { explainBadName } from "./names.ts";
import { isPlanning } from "./planning.ts";
import type { RawTask } from "./raw.ts";
import { refuseAgent } from "./resolve-work.ts";

/** How one of the candidates is chosen; the first is the default. */
export const CHOOSE = ["first", "review"] as const;

/** `candidates: {claude: 2, codex: 1}`. */
export const readCandidates: Read<NonNullable<RawTask["candidates"]>> = (field) => {
  const { errors } = field.issues;
  const before = errors.length;
  const agents = readEntries(readNumber({ min: 1, max: MAX_CANDIDATES, isWhole: true }))(field);
  if (agents === undefined || errors.length > before) return undefined;
  const count = agents.reduce((sum, { value }) => sum + value, 0);
  if (count === 0) return refuse(field, "names no agent", "Write how many of each agent: {claude: 2, codex: 1}.");
  if (count <= MAX_CANDIDATES) return { line: field.line, agents };
  return refuse(field, `is ${count} in all`, `Use at most ${MAX_CANDIDATES}: each of them costs as much as the task.`);
};

/** How many tasks one as it was written becomes. */
export function countCandidates({ candidates }: RawTask): number {
  return candidates === undefined ? 1 : candidates.agents.reduce((sum, { value }) => sum + value, 0);
}

export interface CandidateRules {
  isolation: Isolation;
  /** Whether somebody reviews what the tasks of a stream change. */
  isReviewed: (stream: string) => boolean;
}

/** The rules of a plan's tasks. */
export function rulesOf({ isolation, streams }: Pick<Plan, "isolation" | "streams">): CandidateRules {
  const reviewed = new Set(streams.flatMap(({ name, reviewedBy }) => (reviewedBy === undefined ? [] : [name])));
  return { isolation, isReviewed: (stream) => reviewed.has(stream) };
}

/** The tasks that one as it was written becomes: itself, or its candidates; none when something is wrong with it. */
export function completeTasks(raw: RawTask, declared: Declared, rules: CandidateRules, issues: IssueList): Task[] {
  const { candidates, choose, ...alone } = raw;
  if (candidates === undefined) {
    if (choose !== undefined && raw.hasBadWork !== true) {
      const message = `task ${quote(raw.id.text)} has \`choose\` and no \`candidates\``;
      issues.fail("plan.badValue", choose.line, message, "Add `candidates: {AGENT: N}`, or remove it.", raw.file);
    }
    const task = completeTask(raw, declared, issues);
    return task === null ? [] : [task];
  }
  const agents = knownAgents(raw, declared, issues);
  const [first] = agents;
  if (!checkWork(raw, issues) || first === undefined) return [];
  const task = completeTask({ ...alone, agent: [{ text: first.name, line: first.line }] }, declared, issues);
  if (task === null || task.work.kind === "run") return [];
  checkRules(raw, task, rules, issues);
  const { work } = task;
  return agents.flatMap(({ name, line, value }) =>
    Array.from({ length: value }, (_, at): Task => {
      const id = `${task.id}-${name}-${at + 1}`;
      const bad = explainBadName(id);
      if (bad !== null) {
        const message = `a candidate for ${quote(task.id)} would be called ${quote(id)}: ${bad}`;
        issues.fail("plan.badId", line, message, "Give the task a shorter `id`.", raw.file);
      }
      const how = choose?.text === "review" ? { choose: "review" as const } : {};
      return { ...task, id, work: { ...work, agent: name }, candidateOf: task.id, ...how };
    }),
  );
}

function knownAgents(
  { candidates, id, file }: RawTask,
  declared: Declared,
  issues: IssueList,
): NonNullable<RawTask["candidates"]>["agents"] {
  return (candidates?.agents ?? []).filter(({ name, line }) => {
    const agent = declared.agents.get(name);
    if (agent === undefined) {
      refuseAgent(name, line, file, declared, issues);
      return false;
    }
    if (!followsScript(agent)) return true;
    const message = `task ${quote(id.text)} has the candidate ${quote(name)}, which follows a script`;
    issues.fail("plan.badValue", line, message, "Name agents that read.", file);
    return false;
  });
}

/** Whether nothing else says who does the work. */
function checkWork({ run, agent, scriptLine, candidates, id, file }: RawTask, issues: IssueList): boolean {
  const others: [string, number | undefined][] = [
    ["run", run?.line],
    ["agent", agent?.[0].line],
    ["script", scriptLine],
  ];
  const given = others.filter(([, line]) => line !== undefined);
  for (const [key, line] of given) {
    const message = `task ${quote(id.text)} has both \`candidates\` and \`${key}\``;
    const at = Math.max(line ?? 1, candidates?.line ?? 1);
    issues.fail("plan.badValue", at, message, "Keep the one that does the work.", file);
  }
  return given.length === 0;
}

/** What a task with candidates may not be. */
function checkRules(raw: RawTask, task: Task, { isolation, isReviewed }: CandidateRules, issues: IssueList): void {
  const { file } = raw;
  const line = raw.candidates?.line ?? raw.line;
  const label = `task ${quote(raw.id.text)} has \`candidates\``;
  const fail = (message: string, hint: string, at = line): void => {
    issues.fail("plan.badValue", at, message, hint, file);
  };
  if (isolation === "none") fail(`${label} under \`isolation: none\``, "Candidates need a worktree each.");
  if (isPlanning(task)) fail(`${label} and plans`, "Let one agent plan; what it plans may have candidates.");
  else if (task.artifacts.length > 0) {
    const hint = "Let a task that needs it publish them: what those publish that are not chosen would count, too.";
    fail(`${label} and \`artifacts\``, hint);
  }
  if (task.continueOnError) fail(`${label} and \`continueOnError\``, "Remove one of the two.");
  if (raw.choose?.text === "review" && !isReviewed(task.stream)) {
    const message = `task ${quote(raw.id.text)} has \`choose: review\`, and nobody reviews its stream ${quote(task.stream)}`;
    fail(message, "Add `reviewedBy` to the stream, or use `choose: first`.", raw.choose.line);
  }
}

/** A `join` may not require a task with candidates: one of several never comes. */
export function checkRequired(tasks: readonly RawTask[], others: Iterable<Task>, issues: IssueList): void {
  const groups = new Set([
    ...tasks.flatMap(({ id, candidates }) => (candidates === undefined ? [] : [id.text])),
    ...[...others].flatMap(({ candidateOf }) => candidateOf ?? []),
  ]);
  for (const { id, join, file } of tasks) {
    for (const { text, line } of join?.require ?? []) {
      if (!groups.has(text)) continue;
      const message = `task ${quote(id.text)} requires ${quote(text)} in its \`join\`, which has candidates`;
      issues.fail("plan.badJoin", line, message, "Leave it out of `require`: one of its candidates is enough.", file);
    }
  }
}

/** Names the candidates in place of the task that they are for (CANDIDATE-1). `others`: tasks of the plan so far. */
export function linkCandidates(tasks: readonly Task[], others: readonly Task[] = []): Task[] {
  const groups = new Map<string, Set<string>>();
  for (const { id, candidateOf } of [...others, ...tasks]) {
    if (candidateOf === undefined) continue;
    const group = groups.get(candidateOf) ?? new Set();
    groups.set(candidateOf, group.add(id));
  }
  if (groups.size === 0) return [...tasks];
  const named = (ids: readonly string[]): string[] => ids.flatMap((id) => [...(groups.get(id) ?? [id])]);
  return tasks.map((task) => {
    const { needs, prefers, feeds } = task;
    const linked = { ...task, needs: named(needs), prefers: named(prefers), feeds: named(feeds) };
    if (task.join !== undefined || !needs.some((need) => groups.has(need))) return linked;
    return { ...linked, join: { min: needs.length, require: needs.filter((need) => !groups.has(need)) } };
  });
}

/** The candidates' ids must be nobody else's, and the name of what they are for no task's. */
export function checkCandidateIds(tasks: readonly Task[], issues: IssueList): void {
  const owners = new Map<string, Task>();
  const groups = new Set(tasks.flatMap(({ candidateOf }) => candidateOf?.toLowerCase() ?? []));
  for (const task of tasks) {
    const key = task.id.toLowerCase();
    const other = owners.get(key);
    owners.set(key, task);
    const candidate = task.candidateOf === undefined ? other : task;
    if (candidate?.candidateOf === undefined || (other === undefined && !groups.has(key))) continue;
    const message = `a candidate for ${quote(candidate.candidateOf)} is called ${quote(task.id)}, and so is another task`;
    const { file, line } = task.at ?? { file: issues.file, line: 1 };
    issues.fail("plan.duplicateId", line, message, "Give one of the two another `id`.", file);
  }
}
