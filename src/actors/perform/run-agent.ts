/**
 * Starts an agent for a task, whether it works or judges: its request, its environment, its context, and what it
 * reports on the way as facts. What the outcome means is the caller's.
 */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { AgentSpec, Task, Work } from "../../plan/model.ts";
import type { Performing, Reporter } from "../../protocol/effects.ts";
import type { Workspace } from "../../protocol/values.ts";
import { type AgentContext, type AgentOutcome, type AgentRequest, adapterOf, listUnasked } from "../agents/index.ts";
import { GUARD } from "../control/run-folder.ts";
import { type Guard, openGuard, type SharedWindow } from "../git/index.ts";
import { createReportSink } from "./agent-report-events.ts";
import { isWorthKeeping, sessionNote } from "./agent-sessions.ts";
import { inWindow } from "./in-window.ts";
import { judgeService } from "./judge-service.ts";
import { requestPermission } from "./request-permission.ts";
import { environmentOf, type RunContext } from "./run-context.ts";
import { findSecretPlaces } from "./secret-places.ts";
import { startAgentSession } from "./start-agent-session.ts";
import { workerIn } from "./worktrees.ts";

export interface AgentAssignment {
  task: Task;
  /** One-based. */
  attempt: number;
  /** The stream in whose name it speaks. */
  stream: string;
  work: Work;
  agent: AgentSpec | null;
  /** What it is told, if it begins anew. */
  prompt: string;
  /** What it is told that goes on with its session. */
  resumePrompt: string;
  /** What its prompt says besides when it does not reach the coordination tools. */
  dropBox: string;
  /** What its prompt says besides when it reaches the coordination tools. */
  toolInstructions: string;
  cwd: string;
  /** The branch that is checked out there, if it has one of its own. */
  branch: string | null;
  /** The attempt's workspace: whoever works for it may reach what set-up started there. */
  workspace: Pick<Workspace, "path" | "port">;
  /** Globs that it may change when it asks, as they are then; undefined: any file. */
  scope: () => readonly string[] | undefined;
  /** Under which name its own session is kept for the next attempt: never that of another role. */
  session: string;
  /** Whether it does not go on with that; absent: it does. */
  isFresh?: true;
  /** Transcript, relative to the run's folder. */
  transcript: string;
  timeoutMs: number;
  /** Variables of pleach for this agent. */
  env: Readonly<Record<string, string>>;
  /** Sees each emitted event that was accepted. */
  onEmit?: (type: string, payload: unknown) => void;
}

/** Runs the agent to its end; the signal of `context` ends it. */
export async function runAgent(
  run: RunContext,
  given: AgentAssignment,
  context: Performing<"startAgent" | "startReview">,
): Promise<AgentOutcome> {
  const { task, agent, cwd, stream } = given;
  const { id } = task;
  const isAgent = agent !== null;
  const usual = agent === null ? [] : listUnasked(agent, run.parentEnv, run.manifest.plan);
  const { worktree } = workerIn(run, id, given.workspace);
  const worker = { task: id, stream, port: given.workspace.port, ...(worktree === undefined ? {} : { worktree }) };
  const home = join(run.folder.path, "agents", agent?.name ?? "");
  const note = sessionNote(home, given.session);
  const own = { ...environmentOf(run, worker, agent ?? {}, { usual, isAgent }), ...given.env };
  const guard = await guardWorker(run, given, own, context);
  const request: AgentRequest = {
    run: run.manifest.run,
    task: id,
    attempt: given.attempt,
    stream,
    work: given.work,
    agent,
    prompt: given.prompt,
    resumePrompt: given.resumePrompt,
    dropBox: given.dropBox,
    session: agent === null || given.isFresh === true ? null : await note.find(),
    home,
    tools: null,
    cwd,
    transcript: join(run.folder.path, given.transcript),
    timeoutMs: agent?.timeoutMs ?? given.timeoutMs,
    env: guard?.env ?? own,
  };
  const reported: Promise<void>[] = [];
  const { onEmit } = given;
  const onSession = (session: string): Promise<void> => note.keep(session);
  const tell = createReportSink(
    { task: id, stream, agent: agent?.name ?? "", onSession, ...(onEmit === undefined ? {} : { onEmit }) },
    context,
  );
  const secrets = findSecretPlaces([run.parentEnv, request.env]);
  const hasTools = agent !== null && run.toolGateway !== null && adapterOf(agent.kind).tools === "mcp";
  const agentContext: AgentContext = {
    signal: context.signal,
    executor: run.executor,
    report: (event) => void reported.push(tell(event)),
    waitFor: (awaited) => run.emittedEvents.waitFor(awaited),
    requestPermission: async (asked) => requestPermission(asked, { cwd, scope: given.scope(), secrets, hasTools }),
    onMessage: (deliver) => run.messages.listen(id, deliver),
  };
  const window: SharedWindow = {
    ...{ who: `task ${id}`, task: id, branch: given.branch, isFree: isFree(given) },
    // Whoever ends an attempt may take its worktree away.
    get worktree() {
      return given.branch === null || context.signal.aborted ? undefined : cwd;
    },
  };
  const work = (): Promise<AgentOutcome> =>
    startAgentSession(run, request, agentContext, {
      effect: context.effect,
      toolInstructions: given.toolInstructions,
    });
  const warn = (text: string): Promise<unknown> => context.report({ type: "run.warned", text });
  const outcome = await inWindow(run, window, context.report, () =>
    run.checkout === undefined ? work() : run.checkout.during(window.who, warn, work),
  );
  await guard?.close();
  await Promise.all(reported);
  if (outcome.kind === "exited" && !isWorthKeeping(outcome.failure)) await note.forget();
  return judgeService(run, outcome, agent?.name ?? null);
}

/** Whether a person granted it all branches, tags and the stash. */
const isFree = ({ task, agent }: Pick<AgentAssignment, "task" | "agent">): boolean =>
  (task.git ?? agent?.git) === "open";

/** Keeps it to its own branch; null where it works in the person's own files, or may do more. */
async function guardWorker(
  { repo, folder }: RunContext,
  { task, agent, cwd, branch, session }: AgentAssignment,
  env: Readonly<Record<string, string>>,
  context: Reporter<"run.warned">,
): Promise<Guard | null> {
  if (repo === null || cwd === folder.root || isFree({ task, agent })) return null;
  try {
    return await openGuard(repo, { folder: join(folder.path, GUARD, session), worktree: cwd, branch, env });
  } catch (thrown) {
    // What it changes for others is seen all the same.
    const text = `task ${task.id} works without a guard of branches and pushes: ${messageOf(thrown)}`;
    await context.report({ type: "run.warned", text });
    return null;
  }
}
