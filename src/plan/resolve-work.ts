/** Who does a task: its command, or the agent that it names or inherits. */
import { agentsOf, choiceOf, type ListedChoice } from "./agent-choice.ts";
import { followsScript, hintOfKind } from "./agent-kinds.ts";
import { type IssueList, quote } from "./issues.ts";
import type { AgentChoice, AgentSpec, Work } from "./model.ts";
import type { RawTask } from "./raw.ts";

const MAX_LISTED = 20;

/** The agents that there are, and which of them tasks inherit. */
export interface Workers {
  agents: ReadonlyMap<string, AgentSpec>;
  /** The agent of a stream's tasks that name none. A name that no agent has was reported where it was written. */
  agentOf: (stream: string) => AgentChoice | undefined;
  /** Whether the run has begun, so that nothing can be declared any more. */
  isFixed: boolean;
}

/** How a task of this stream does its work; null when that is wrong, which is then among `issues`. */
export function resolveWork(task: RawTask, stream: string, workers: Workers, issues: IssueList): Work | null {
  if (task.hasBadWork) return null;
  const label = `task ${quote(task.id.text)}`;
  const given: ListedChoice | undefined =
    task.agent ?? (task.script ? [{ text: "scripted", line: task.scriptLine ?? 1 }] : undefined);
  if (task.run !== undefined) {
    if (given === undefined) return { kind: "run", command: task.run.text };
    const message = `${label} has both \`run\` and \`${task.agent ? "agent" : "script"}\``;
    const line = Math.max(task.run.line, given[0].line);
    issues.fail("plan.badValue", line, message, "Keep the one that does the work.", task.file);
    return null;
  }
  const choice = given === undefined ? workers.agentOf(stream) : choiceOf(given);
  if (choice === undefined) {
    const hint = "Add `run:` with a command or `agent:`, or set a default `agent` in pleach.yaml.";
    issues.fail("plan.noWork", task.line, `${label} has neither \`run\` nor \`agent\``, hint, task.file);
    return null;
  }
  const agents = agentsOf(choice).flatMap((name) => workers.agents.get(name) ?? []);
  if (agents.length === agentsOf(choice).length) return checkScript(task, { agents, choice }, label, issues);
  for (const { text, line } of given ?? []) {
    if (!workers.agents.has(text)) refuseAgent(text, line, task.file, workers, issues);
  }
  return null;
}

/** Files that there is no agent of this name. */
export function refuseAgent(
  name: string,
  line: number,
  file: string,
  { agents, isFixed }: Pick<Workers, "agents" | "isFixed">,
  issues: IssueList,
): void {
  const kindHint = isFixed ? undefined : hintOfKind(name);
  const advice = adviseOn({ isFixed }, agents.keys(), "Declare it in pleach.yaml under `agents`.");
  const hint = kindHint ?? issues.suggest(name, agents.keys()) + advice;
  issues.fail("plan.unknownAgent", line, `there is no agent ${quote(name)}`, hint, file);
}

/** What to do about a name that nobody declared: declare it, or where that cannot be, use one of those there are. */
export function adviseOn({ isFixed }: Pick<Workers, "isFixed">, known: Iterable<string>, advice: string): string {
  if (!isFixed) return advice;
  const names = [...known];
  if (names.length === 0) return "The run has none, and a planner cannot add any: leave it out.";
  const listed = names.slice(0, MAX_LISTED).join(", ");
  return `The run has these, and a planner cannot add any: ${listed}${names.length > MAX_LISTED ? ", …" : ""}.`;
}

function checkScript(
  task: RawTask,
  { agents, choice }: { agents: readonly AgentSpec[]; choice: AgentChoice },
  label: string,
  issues: IssueList,
): Work {
  const scripted = agents.filter(followsScript);
  const isScripted = scripted.length > 0;
  if (isScripted && agents.length > 1) {
    const message = `${label} names ${quote(scripted[0]?.name ?? "")} beside others, which follows a script and cannot stand in`;
    issues.fail("plan.badValue", task.agent?.[0].line ?? task.line, message, "Name agents that read.", task.file);
  }
  if (isScripted && task.script === undefined) {
    const line = task.agent?.[0].line ?? task.line;
    const message = `${label} is scripted and has no \`script\``;
    issues.fail("plan.badValue", line, message, "Add `script:` with a list of steps.", task.file);
  }
  if (!isScripted && task.script !== undefined) {
    const message = `${label} has a \`script\`, but its agent ${quote(choice.agent)} is of kind ${agents[0]?.kind}`;
    issues.fail("plan.badValue", task.scriptLine ?? task.line, message, "Use `agent: scripted`.", task.file);
  }
  if (!isScripted && task.instruction.trim() === "") {
    const hint = "Write what the agent is to do under the heading (or in `instruction`).";
    issues.warn("plan.noInstruction", task.line, `${label} tells its agent nothing but the title`, hint, task.file);
  }
  const script = task.script === undefined ? {} : { script: task.script };
  return { kind: "agent", ...choice, ...script, instruction: task.instruction };
}
