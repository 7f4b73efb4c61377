/**
 * Starts an agent with what surrounds its work: the coordination tools while it lives, and the recording of its session
 * (`recording.ts`). Whatever becomes of that, the agent's outcome is its own.
 */
import { attemptLabel } from "../../machines/task-state.ts";
import type { AgentContext, AgentOutcome, AgentRequest } from "../agents/index.ts";
import { type Admission, type Caller, callerOfTask } from "../coordination/index.ts";
import type { Job } from "./job.ts";

/** Kinds of agents that speak MCP, or may. */
const SPEAK_MCP: ReadonlySet<string> = new Set(["claude", "codex", "acp", "command"]);

/** As `job.startAgent`; `effect` is the identity of the attempt. */
export async function attendAgent(
  job: Job,
  request: AgentRequest,
  context: AgentContext,
  effect: string,
): Promise<AgentOutcome> {
  const { agent } = request;
  if (agent === null) return job.startAgent(request, context);
  const admission = SPEAK_MCP.has(agent.kind) ? await admit(job, request, context.signal, effect) : null;
  try {
    return await job.startAgent(admission === null ? request : withTools(request, admission), context);
  } finally {
    await admission?.close();
  }
}

/** Null when there are no tools to be had; the agent can work without. */
async function admit(job: Job, request: AgentRequest, signal: AbortSignal, effect: string): Promise<Admission | null> {
  if (job.desk === null) return null;
  const caller = callerOf(job, request, effect);
  return job.desk.admit({ caller, name: effect, signal, onDone: () => {} }).catch(() => null);
}

/** Its task's attempt; one that judges instead of working speaks for its own stream. */
function callerOf(job: Job, { task, stream }: AgentRequest, effect: string): Caller {
  const context = job.desk?.coordination.runningTask(task);
  return callerOfTask({ id: task, stream }, context ? attemptLabel(context) : effect);
}

/** A program that nobody adapted finds its tools by its environment. */
function withTools(request: AgentRequest, { url, token }: Admission): AgentRequest {
  const tools = { url, token };
  if (request.agent?.kind !== "command") return { ...request, tools };
  return { ...request, tools, env: { ...request.env, PLEACH_TOOLS_URL: url, PLEACH_TOOLS_TOKEN: token } };
}
