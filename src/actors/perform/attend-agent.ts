/**
 * Starts an agent with what surrounds its work: the coordination tools while it lives, and the recording of its session.
 * Whatever becomes of these, the agent's outcome is its own.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { attemptLabel } from "../../machines/task/task-state.ts";
import type { AgentContext, AgentOutcome, AgentRequest, AgentTools } from "../agents/index.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import { type Admission, type Caller, callerOfTask } from "../coordination/index.ts";
import type { Job } from "./job.ts";
import { finishRecording, listenIn, noteTool, openRecorder } from "./record-session.ts";

/** Kinds of agents that speak MCP, or may. */
const SPEAK_MCP: ReadonlySet<string> = new Set(["claude", "codex", "acp", "command"]);

/**
 * As `job.startAgent`; `effect` is the identity of the attempt, `toldOfTools` what an agent is told that gets the tools.
 * Plain commands get neither tools nor a recording.
 */
export async function attendAgent(
  job: Job,
  request: AgentRequest,
  context: AgentContext,
  { effect, toldOfTools }: { effect: string; toldOfTools: string },
): Promise<AgentOutcome> {
  const { agent, task } = request;
  if (agent === null) return job.startAgent(request, context);
  const caller = callerOf(job, request, effect);
  if (agent.kind === "recorded")
    return job.startAgent(withRecordings(job, request), withCalls(job, context, caller, effect));
  const startedAt = performance.now();
  const base = job.desk?.coordination.runningTask(task)?.base ?? null;
  const done: { tell: (tool: string, args: unknown) => void } = { tell: () => {} };
  const admission = SPEAK_MCP.has(agent.kind)
    ? await admit(job, { caller, name: effect, signal: context.signal, onDone: (...call) => done.tell(...call) })
    : null;
  try {
    const served = admission === null ? request : withTools(request, { ...admission, told: toldOfTools });
    const recorder = await openRecorder(served, admission?.token ?? null);
    if (recorder === null) return await job.startAgent(served, context);
    done.tell = (tool, args) => noteTool(recorder, tool, args);
    const outcome = await job.startAgent(served, listenIn(context, recorder));
    await finishRecording(job, recorder, { request, outcome, base, durationMs: performance.now() - startedAt });
    return outcome;
  } finally {
    await admission?.close();
  }
}

/** Null when there are no tools to be had; an agent can work without. */
async function admit(job: Job, options: Parameters<NonNullable<Job["desk"]>["admit"]>[0]): Promise<Admission | null> {
  return job.desk === null ? null : job.desk.admit(options).catch(() => null);
}

/** Its task's attempt; one that judges instead of working speaks for its own stream. */
function callerOf(job: Job, { task, stream }: AgentRequest, effect: string): Caller {
  const context = job.desk?.coordination.runningTask(task);
  return callerOfTask({ id: task, stream }, context ? attemptLabel(context) : effect);
}

/** A program that nobody adapted finds its tools by its environment. */
function withTools(request: AgentRequest, { url, token, told }: AgentTools): AgentRequest {
  const tools = { url, token, told };
  if (request.agent?.kind !== "command") return { ...request, tools };
  return { ...request, tools, env: { ...request.env, PLEACH_TOOLS_URL: url, PLEACH_TOOLS_TOKEN: token } };
}

/** `from` names a run of this repository, or a folder: of sessions, or of a run that was copied. */
function withRecordings(job: Job, request: AgentRequest): AgentRequest {
  const from = request.agent?.from;
  if (from === undefined) return request;
  const { root } = job.folder;
  const ofRun = join(root, WORKSPACE, from, "out");
  if (/^[\w-]+$/.test(from) && existsSync(ofRun)) return { ...request, recordings: ofRun };
  const folder = resolve(root, from);
  const inside = join(folder, "out");
  return { ...request, recordings: existsSync(inside) ? inside : folder };
}

/** What plays a session back lives here: it calls the tools without a way round. */
function withCalls(job: Job, context: AgentContext, caller: Caller, effect: string): AgentContext {
  const { desk } = job;
  if (desk === null) return context;
  let calls = 0;
  const call = (tool: string, args: unknown) =>
    desk.answer({ caller, tool, args, key: `${effect}#tool${++calls}`, patienceMs: 0, signal: context.signal });
  return { ...context, call };
}
