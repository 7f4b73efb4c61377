/**
 * Starts an agent for a task, whether it works or judges: its request, its environment, its door to the runtime, and
 * what it reports on the way as facts. What the outcome means is the caller's.
 */
import { join } from "node:path";
import type { AgentSpec, Task, Work } from "../../plan/model.ts";
import { type AgentContext, type AgentOutcome, type AgentRequest, ownVariables } from "../agents/index.ts";
import { compareRefs, snapshotRefs } from "../git/index.ts";
import type { PerformContext } from "../runtime/ports.ts";
import { isWorthKeeping, sessionNote } from "./agent-sessions.ts";
import { attendAgent } from "./attend-agent.ts";
import { environmentOf, type Job } from "./job.ts";
import { decidePermission } from "./permit.ts";
import { createTeller } from "./teller.ts";

/** Bytes of a transcript that are kept: its first and its last half. */
export const MOST_TRANSCRIPT = 16 * 1024 * 1024;

export interface AgentJob {
  task: Task;
  /** One-based. */
  attempt: number;
  /** The stream in whose name it speaks. */
  stream: string;
  work: Work;
  agent: AgentSpec | null;
  prompt: string;
  /** What it is told besides when it reaches the coordination tools. */
  toldOfTools: string;
  cwd: string;
  port: number;
  /** Globs that it may change when it asks, as they are then; undefined: any file. */
  scope: () => readonly string[] | undefined;
  /** Under which name its own session is kept for the next attempt: never that of another role. */
  session: string;
  /** Transcript, relative to the run's folder. */
  transcript: string;
  timeoutMs: number;
  /** Variables of pleach for this agent. */
  env: Readonly<Record<string, string>>;
  /** Sees each emitted event that was accepted. */
  onEmit?: (type: string, payload: unknown) => void;
}

/** Runs the agent to its end; `stopped` ends it, as its effect's own signal does. */
export async function runAgent(
  job: Job,
  stopped: AbortSignal,
  given: AgentJob,
  context: PerformContext,
): Promise<AgentOutcome> {
  const { task, agent, cwd, stream } = given;
  const { id } = task;
  const passed = {
    ...(agent?.env && { set: agent.env }),
    pass: [...ownVariables(agent?.kind), ...(agent?.pass ?? [])],
  };
  const home = join(job.folder.path, "agents", agent?.name ?? "");
  const note = sessionNote(home, given.session);
  const request: AgentRequest = {
    run: job.about.run,
    task: id,
    attempt: given.attempt,
    stream,
    work: given.work,
    agent,
    prompt: given.prompt,
    session: agent === null ? null : await note.find(),
    home,
    tools: null,
    cwd,
    transcript: join(job.folder.path, given.transcript),
    maxTranscriptBytes: MOST_TRANSCRIPT,
    timeoutMs: agent?.timeoutMs ?? given.timeoutMs,
    env: { ...environmentOf(job, { task: id, stream, port: given.port }, passed), ...given.env },
  };
  const signal = AbortSignal.any([stopped, context.signal]);
  const before = job.repo ? await snapshotRefs(job.repo).catch(() => null) : null;
  const told: Promise<void>[] = [];
  const { onEmit } = given;
  const onSession = (session: string): Promise<void> => note.keep(session);
  const tell = createTeller({ task: id, stream, onSession, ...(onEmit === undefined ? {} : { onEmit }) }, context);
  const door: AgentContext = {
    signal,
    report: (event) => void told.push(tell(event)),
    waitFor: (awaited) => job.board.waitFor(awaited),
    permit: async (asked) => decidePermission(asked, { cwd, scope: given.scope() }),
    onMessage: (deliver) => job.messages.listen(id, deliver),
  };
  const outcome = await attendAgent(job, request, door, { effect: context.effect, toldOfTools: given.toldOfTools });
  await Promise.all(told);
  if (outcome.kind === "exited" && !isWorthKeeping(outcome.failure)) await note.forget();
  if (job.repo && before) {
    const changes = compareRefs(before, await snapshotRefs(job.repo)).map(({ name }) => name);
    if (changes.length > 0) await context.report({ type: "refs.changed", changes });
  }
  return outcome;
}
