/**
 * What the agents of a plan's tasks would be told in their first attempt, and their reviewers, as far as that is known
 * before a run begins. `<…>` stands for what a task is given when it starts.
 */
import { promptWithTools } from "../actors/agents/agent.ts";
import { adapterOf } from "../actors/agents/registry.ts";
import { composePrompt } from "../actors/prompt/prompt.ts";
import { composeReviewPrompt } from "../actors/prompt/review-prompt.ts";
import { readRole } from "../actors/prompt/roles.ts";
import { findOthersWork, findSurroundings, NOT_BEGUN } from "../actors/prompt/surroundings.ts";
import { TOOL_INSTRUCTIONS, tellDropBox } from "../actors/prompt/tell-coordination.ts";
import { gatesOfMerge, type KnownTests } from "../actors/prompt/tell-gates.ts";
import { fitPatterns, type ToldPattern } from "../actors/prompt/tell-patterns.ts";
import { estimateTokens } from "../actors/prompt/token-estimate.ts";
import { findNearest } from "../arguments/nearest.ts";
import { PleachError } from "../errors.ts";
import { reviewersOf } from "../machines/scheduler/begin.ts";
import type { AgentSpec, Plan, ProjectConfig, Task } from "../plan/index.ts";
import { isPlanning } from "../plan/planning.ts";
import { brief, fewOf } from "./words.ts";

const [ITS_WORKTREE, ITS_EVENTS] = ["<its worktree>", "<folder of the run>/.ce-events"];

export interface PromptGround {
  root: string;
  config: Pick<ProjectConfig, "worktree">;
  plan: Plan;
  tests: readonly KnownTests[] | null;
}

/** What one agent would be told. */
export interface FirstPrompt {
  task: string;
  for: "work" | "review";
  stream: string;
  /** Name of the agent; null for a command. */
  agent: string | null;
  /** Null where nobody is told anything: a command, a script, a recording. */
  prompt: string | null;
  /** Estimated. */
  tokens: number;
}

/** The prompt of a task's first attempt, without what is said after it of reaching the others. */
export function composeFirstPrompt(
  { root, config, plan, tests }: PromptGround,
  task: Task,
  patterns: readonly ToldPattern[] = [],
): string {
  const cwd = plan.isolation === "worktree" ? ITS_WORKTREE : root;
  return composePrompt({
    role: readRole(root, task.stream),
    goal: plan.goal,
    task,
    plan,
    attempt: 1,
    before: null,
    place: {
      cwd,
      prepared: config.worktree,
      ports: null,
      planFile: isPlanning(task) ? `${cwd}/pleach-plan.md` : null,
    },
    around: findSurroundings(plan, task, NOT_BEGUN),
    tests,
    patterns,
  });
}

/** Whether a task would be told how the repository is tested. */
export const asksForTests = (plan: Plan): boolean =>
  gatesOfMerge(plan).length === 0 && plan.tasks.some((task) => task.gates.length === 0 && !isPlanning(task));

/** The prompts of all tasks, or of one, in the plan's order; throws `usage.noTask`. */
export async function listFirstPrompts(
  ground: PromptGround,
  { only, predictions }: { only: string | null; predictions: readonly { task: string; patterns: ToldPattern[] }[] },
): Promise<FirstPrompt[]> {
  const { plan } = ground;
  const wanted = only === null ? plan.tasks : plan.tasks.filter(({ id }) => id === only);
  if (only !== null && wanted.length === 0) throw noTask(plan, only);
  const prompts: FirstPrompt[] = [];
  const reviewers = reviewersOf(plan);
  for (const task of wanted) {
    const known = predictions.find((each) => each.task === task.id)?.patterns ?? [];
    const prompt = tellWork(ground, task, await fitPatterns(known));
    const agent = task.work.kind === "agent" ? task.work.agent : null;
    prompts.push({ task: task.id, for: "work", stream: task.stream, agent, prompt, tokens: await count(prompt) });
    const { [task.stream]: reviewer } = reviewers;
    if (reviewer === undefined || plan.isolation === "none" || task.scope?.length === 0) continue;
    const asked = tellReview(ground, task, reviewer);
    prompts.push({ task: task.id, for: "review", ...reviewer, prompt: asked, tokens: await count(asked) });
  }
  return prompts;
}

/** The prompts as text: one of them alone, several under a line that names each. */
export function printFirstPrompts(prompts: readonly FirstPrompt[]): string {
  const [first, ...others] = prompts;
  if (first === undefined) return "";
  if (others.length === 0) return textOf(first);
  return prompts.map((each) => `==> ${nameOf(each)} <==\n\n${textOf(each)}`).join("\n");
}

const textOf = ({ prompt, task }: FirstPrompt): string =>
  prompt === null
    ? `(nobody is told anything: ${brief(task)} is done by a command or a script)\n`
    : `${prompt.trimEnd()}\n`;

function nameOf({ task, for: what, stream, agent, prompt, tokens }: FirstPrompt): string {
  const facts = [
    `stream ${stream}`,
    agent === null ? "a command" : `agent ${agent}`,
    ...(prompt === null ? [] : [`about ${tokens.toLocaleString("en-US")} tokens`]),
  ];
  return brief(`${task}${what === "review" ? ", its review" : ""} (${facts.join(", ")})`);
}

function tellWork(ground: PromptGround, task: Task, patterns: readonly ToldPattern[]): string | null {
  const { work, stream } = task;
  if (work.kind === "run") return null;
  return tellAgent(agentOf(ground.plan, work.agent), {
    instruction: work.instruction,
    prompt: composeFirstPrompt(ground, task, patterns),
    dropBox: tellDropBox(stream, ITS_EVENTS),
    instructions: TOOL_INSTRUCTIONS,
  });
}

function tellReview(ground: PromptGround, task: Task, reviewer: { stream: string; agent: string }): string | null {
  const { plan, root, config } = ground;
  const prompt = composeReviewPrompt({
    role: readRole(root, reviewer.stream),
    goal: plan.goal,
    task,
    others: findOthersWork(plan, task, NOT_BEGUN),
    round: 1,
    place: { cwd: ITS_WORKTREE, prepared: config.worktree },
    commit: "<its commit>",
    base: "<its base>",
    diff: "<the diff>",
    files: ["<its files>"],
    gates: plan.gates
      .filter(({ name }) => task.gates.includes(name))
      .map(({ name, run }) => ({ name, run, status: "passed", summary: "" })),
    said: task.work.kind === "agent" ? "<its last message>" : null,
    findings: [],
    patterns: [],
  });
  return tellAgent(agentOf(plan, reviewer.agent), { instruction: prompt, prompt, dropBox: "", instructions: "" });
}

interface Telling {
  instruction: string;
  prompt: string;
  dropBox: string;
  instructions: string;
}

/** What an agent gets of it, by its kind. */
function tellAgent(agent: AgentSpec | null, { instruction, prompt, dropBox, instructions }: Telling): string | null {
  if (agent === null) return null;
  const { readsPrompt, tools } = adapterOf(agent.kind);
  // A program that nobody adapted gets the instruction alone; what follows a script, or plays one back, is told nothing.
  if (!readsPrompt(agent)) return tools === "environment" ? instruction : null;
  const reached = tools === "mcp" ? { url: "", token: "", instructions } : null;
  return promptWithTools({ prompt, dropBox, tools: reached });
}

const agentOf = ({ agents }: Plan, name: string): AgentSpec | null =>
  agents.find((agent) => agent.name === name) ?? null;

const count = async (prompt: string | null): Promise<number> => (prompt === null ? 0 : estimateTokens(prompt));

function noTask({ tasks }: Plan, wanted: string): PleachError {
  const ids = tasks.map(({ id }) => id);
  const nearest = findNearest(wanted, ids);
  const meant = nearest === undefined ? "" : `did you mean ${brief(nearest)}? `;
  return new PleachError("usage.noTask", `the plan has no task ${JSON.stringify(brief(wanted))}`, {
    hint: `${meant}it has ${fewOf(ids, 8)}`,
  });
}
