/**
 * Agents that a plan names and whose program this machine does not have: told by `plan check`, and by `run` before it makes
 * anything, for no task that names one could ever start. Only looks at the PATH; nothing is started.
 *
 * What cannot be known counts as there: a program named by a relative path, or a PATH with relative folders, is looked for in
 * a worktree that does not exist yet.
 */
import { delimiter, isAbsolute, join } from "node:path";
import { isProgram } from "../actors/agents/installed.ts";
import { factsOf } from "../actors/agents/program-facts.ts";
import type { AgentChoice, AgentSpec, Plan, PlanIssue } from "../plan/index.ts";
import { few } from "../protocol/words.ts";

/** Without a PATH the system looks in places of its own. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** An issue for each of them, at the first task that is lost by it. */
export function findMissingAgents(plan: Plan, env: NodeJS.ProcessEnv): PlanIssue[] {
  return plan.agents.flatMap((agent) => {
    const needing = listNeeding(plan, agent.name);
    const [first] = needing;
    const program = factsOf(agent).command;
    const path = agent.env?.PATH ?? plan.env?.PATH ?? env.PATH;
    if (first === undefined || program === null || isThere(program, path)) return [];
    const who = `${needing.length === 1 ? "task" : "tasks"} ${few(needing.map(({ id }) => id))}`;
    const where = isAbsolute(program) ? "" : " on the PATH";
    const message = `the agent ${JSON.stringify(agent.name)} of ${who} is not installed: no program ${program}${where}`;
    const { file = "", line = 1 } = first.at ?? {};
    return [{ code: "plan.agentMissing", message, hint: hintOf(agent), file, line }];
  });
}

function hintOf(agent: AgentSpec): string {
  const { install } = factsOf(agent);
  return `Install it${install === null ? "" : ` (${install})`}, or name another agent: no such task can start.`;
}

/** Tasks that this agent does, or whose work it reviews. */
export function listNeeding({ tasks, streams }: Plan, agent: string): Plan["tasks"] {
  const names = ({ agent: first, fallback = [] }: Partial<AgentChoice>): boolean =>
    first === agent || fallback.includes(agent);
  const its = new Set(streams.filter(names).map(({ name }) => name));
  const reviewed = new Set(
    streams.filter(({ reviewedBy }) => reviewedBy && its.has(reviewedBy)).map(({ name }) => name),
  );
  return tasks.filter(({ work, stream }) => (work.kind === "agent" && names(work)) || reviewed.has(stream));
}

/** Whether a program is where it would be looked for, as far as that is known. */
export function isThere(program: string, path: string | undefined): boolean {
  if (isAbsolute(program)) return isProgram(program);
  const folders = (path || USUAL_PATH).split(delimiter);
  if (program.includes("/") || !folders.every((folder) => isAbsolute(folder))) return true;
  return folders.some((folder) => isProgram(join(folder, program)));
}
