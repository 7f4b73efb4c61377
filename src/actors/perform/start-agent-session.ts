/**
 * Starts an agent with what surrounds its work: the coordination tools while it lives, and the recording of its session.
 * Whatever becomes of these, the agent's outcome is its own.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { attemptLabel } from "../../machines/task/task-state.ts";
import {
  type AgentAdapter,
  type AgentContext,
  type AgentOutcome,
  type AgentRequest,
  type AgentTools,
  adapterOf,
} from "../agents/index.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import { type AccessGrant, type Caller, callerOfTask } from "../coordination/index.ts";
import { finishRecording, listenIn, noteTool, openRecorder } from "./record-session.ts";
import type { RunContext } from "./run-context.ts";

/**
 * As `RunContext.startAgent`; `effect` is the identity of the attempt, `toolInstructions` are for an agent that gets the
 * tools. Plain commands get neither tools nor a recording.
 */
export async function startAgentSession(
  run: RunContext,
  request: AgentRequest,
  context: AgentContext,
  { effect, toolInstructions }: { effect: string; toolInstructions: string },
): Promise<AgentOutcome> {
  const { agent, task } = request;
  if (agent === null) return run.startAgent(request, context);
  const { tools, isRecorded } = adapterOf(agent.kind);
  const caller = callerOf(run, request, effect);
  const given = withRecordings(run, request);
  const within = tools === "calls" ? withCalls(run, context, caller, effect) : context;
  const startedAt = performance.now();
  const base = run.toolGateway?.coordination.runningTask(task)?.base ?? null;
  let noteCall = (_tool: string, _args: unknown): void => {};
  const onDone = (tool: string, args: unknown): void => noteCall(tool, args);
  const speaksMcp = tools === "mcp" || tools === "environment";
  const access = speaksMcp ? await grantAccess(run, { caller, name: effect, signal: context.signal, onDone }) : null;
  try {
    const served = access === null ? given : withTools(given, tools, { ...access, instructions: toolInstructions });
    const recorder = isRecorded ? await openRecorder(run, served, access?.token ?? null) : null;
    if (recorder === null) return await run.startAgent(served, within);
    noteCall = (tool, args) => noteTool(recorder, tool, args);
    const outcome = await run.startAgent(served, listenIn(within, recorder));
    await finishRecording(run, recorder, { request, outcome, base, durationMs: performance.now() - startedAt });
    return outcome;
  } finally {
    await access?.close();
  }
}

/** Null when there are no tools to be had; an agent can work without. */
async function grantAccess(
  run: RunContext,
  options: Parameters<NonNullable<RunContext["toolGateway"]>["grantAccess"]>[0],
): Promise<AccessGrant | null> {
  return run.toolGateway === null ? null : run.toolGateway.grantAccess(options).catch(() => null);
}

/** Its task's attempt; one that judges instead of working speaks for its own stream. */
function callerOf(run: RunContext, { task, stream }: AgentRequest, effect: string): Caller {
  const context = run.toolGateway?.coordination.runningTask(task);
  return callerOfTask({ id: task, stream }, context ? attemptLabel(context) : effect);
}

/** A program that nobody adapted finds its tools by its environment. */
function withTools(
  request: AgentRequest,
  how: AgentAdapter["tools"],
  { url, token, instructions }: AgentTools,
): AgentRequest {
  if (how !== "environment") return { ...request, tools: { url, token, instructions } };
  // Most such programs do not look for them, and what they are told of must be there.
  const tools = { url, token, instructions: "" };
  return { ...request, tools, env: { ...request.env, PLEACH_TOOLS_URL: url, PLEACH_TOOLS_TOKEN: token } };
}

/** `from` names a run of this repository, or a folder: of sessions, or of a run that was copied. */
function withRecordings(run: RunContext, request: AgentRequest): AgentRequest {
  const from = request.agent?.from;
  if (from === undefined) return request;
  const { root } = run.folder;
  const ofRun = join(root, WORKSPACE, from, "out");
  if (/^[\w-]+$/.test(from) && existsSync(ofRun)) return { ...request, recordings: ofRun };
  const folder = resolve(root, from);
  const inside = join(folder, "out");
  return { ...request, recordings: existsSync(inside) ? inside : folder };
}

/** What plays a session back lives here: it calls the tools without a way round. */
function withCalls(run: RunContext, context: AgentContext, caller: Caller, effect: string): AgentContext {
  const { toolGateway } = run;
  if (toolGateway === null) return context;
  let calls = 0;
  const call = (tool: string, args: unknown) =>
    toolGateway.answer({ caller, tool, args, key: `${effect}#tool${++calls}`, patienceMs: 0, signal: context.signal });
  return { ...context, call };
}
