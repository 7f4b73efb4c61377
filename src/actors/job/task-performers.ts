/**
 * Performs what tasks ask for. Everything here may be performed twice with the same effect (DESIGN R6): worktrees and
 * commits find what they made before; an agent is never continued but lost and started anew.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, messageOf } from "../../errors.ts";
import type { Workspace } from "../../machines/effects.ts";
import { type AgentReport, type AgentRequest, ownVariables } from "../agents/index.ts";
import { runGates } from "../gates/index.ts";
import { commitWork, compareRefs, prepareWorktree, removeWorktree, snapshotRefs } from "../git/index.ts";
import type { Outcome, PerformContext, Performers } from "../ports.ts";
import { runProcess } from "../process/index.ts";
import { transcriptPath } from "../view/status.ts";
import { isWorthKeeping, sessionNote } from "./agent-sessions.ts";
import { EVENT_NAME, refuseEmission } from "./board.ts";
import { toGateOutcomes } from "./gate-outcomes.ts";
import { environmentOf, excludedPaths, type Job, repositoryOf, sweepWorkers, taskOf, worktreePath } from "./job.ts";
import { decidePermission } from "./permit.ts";

/** Bytes of a transcript that are kept: its first and its last half. */
const MOST_TRANSCRIPT = 16 * 1024 * 1024;
const SETUP_TIMEOUT_MS = 10 * 60_000;

interface Attempt {
  task: string;
  attempt: string;
}

/** The performers of one run's tasks. */
export function taskPerformers(job: Job): Performers {
  const running = new Map<string, AbortController>();
  return {
    prepareWorkspace: (params: Attempt & { base: string }, context: PerformContext) => prepare(job, params, context),
    startAgent: (params: StartParams, context: PerformContext) => start(job, running, params, context),
    stopAgent: async ({ task }: { task: string }) => {
      running.get(task)?.abort();
      return undefined;
    },
    commitWork: (params: CommitParams, context: PerformContext) => commit(job, params, context),
    runGates: (params: GateParams, context: PerformContext) => check(job, params, context),
    releaseWorkspace: (params: ReleaseParams, context: PerformContext) => release(job, params, context),
  };
}

async function prepare(
  job: Job,
  { task, attempt, base }: Attempt & { base: string },
  context: PerformContext,
): Promise<Outcome> {
  const repo = repositoryOf(job);
  const { worktree: config } = job.config;
  const port = job.ports.take();
  const failed = (reason: string): Outcome => {
    job.ports.giveBack(port);
    return { type: "workspace.failed", reason };
  };
  try {
    const path = worktreePath(job, `${task}.${attempt}`);
    const { branch, notes } = await prepareWorktree(repo, { run: job.about.run, task, attempt, base, path, config });
    for (const note of notes) await context.report({ type: "workspace.noted", note });
    if (config.setup !== undefined) {
      const transcript = join(job.folder.out, `${task}.${attempt}.setup.log`);
      const reason = await runSetup(job, config.setup, { task, path, port, transcript }, context.signal);
      if (reason !== null) return failed(reason);
    }
    return { type: "workspace.prepared", workspace: { path, branch, port } satisfies Workspace };
  } catch (thrown) {
    return failed(messageOf(thrown));
  }
}

/** Runs `setup` or `teardown`; null when it went well. */
async function runSetup(
  job: Job,
  command: string,
  { task, path, port, transcript }: { task: string; path: string; port: number; transcript: string },
  signal: AbortSignal,
): Promise<string | null> {
  await mkdir(dirname(transcript), { recursive: true });
  const outcome = await runProcess({
    command,
    cwd: path,
    env: environmentOf(job, { task, stream: taskOf(job, task).stream, port }),
    transcript,
    maxTranscriptBytes: MOST_TRANSCRIPT,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal,
    identity: { run: job.about.run, task },
  });
  if (outcome.kind === "notStarted") return `${command} could not be started: ${outcome.reason}`;
  return outcome.code === 0
    ? null
    : `${command} exited with ${outcome.code ?? outcome.signal}: ${outcome.tail.trim().split("\n").at(-1) ?? ""}`;
}

interface StartParams extends Attempt {
  number: number;
  workspace: Workspace;
  feedback: string | null;
}

async function start(
  job: Job,
  running: Map<string, AbortController>,
  { task: id, attempt, number, workspace, feedback }: StartParams,
  context: PerformContext,
): Promise<Outcome> {
  const { run, plan } = job.about;
  if (context.recovering) {
    return { type: "agent.lost", killed: await sweepWorkers(job.folder, id) };
  }
  const task = taskOf(job, id);
  const { work } = task;
  const agent = work.kind === "agent" ? (plan.agents.find(({ name }) => name === work.agent) ?? null) : null;
  const transcript = transcriptPath(id, attempt);
  const cwd = workspace.path === "" ? job.folder.root : workspace.path;
  const env = environmentOf(
    job,
    { task: id, stream: task.stream, port: workspace.port },
    { ...(agent?.env && { set: agent.env }), pass: [...ownVariables(agent?.kind), ...(agent?.pass ?? [])] },
  );
  env.PLEACH_ATTEMPT = String(number);
  if (feedback !== null) env.PLEACH_FEEDBACK = join(job.folder.path, feedback);
  const home = join(job.folder.path, "agents", agent?.name ?? "");
  const note = sessionNote(home, id);
  const request: AgentRequest = {
    run,
    task: id,
    attempt: number,
    stream: task.stream,
    work,
    agent,
    prompt: work.kind === "agent" ? work.instruction : "",
    session: await note.find(),
    home,
    tools: null,
    cwd,
    transcript: join(job.folder.path, transcript),
    maxTranscriptBytes: MOST_TRANSCRIPT,
    timeoutMs: agent?.timeoutMs ?? task.timeoutMs,
    env,
  };
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, context.signal]);
  running.set(id, abort);
  const before = job.repo ? await snapshotRefs(job.repo).catch(() => null) : null;
  let emitted = 0;
  const tell = (event: AgentReport): Promise<void> => {
    if (event.kind === "cost") return context.report({ type: "cost.reported", usd: event.usd, tokens: event.tokens });
    if (event.kind === "session") return note.keep(event.id);
    if (event.kind !== "emit") return Promise.resolve();
    const refused = EVENT_NAME.test(event.type) ? refuseEmission(event.type, task.stream) : "not a name of an event";
    if (refused !== null)
      return context.report({ type: "workspace.noted", note: `${id} may not emit ${event.type}: ${refused}` });
    const fact = {
      type: "event.emitted",
      event_type: event.type,
      key: `${context.effect}#${++emitted}`,
      task: id,
      payload: event.payload ?? null,
    };
    return context.report(fact, `stream:${task.stream}`);
  };
  const told: Promise<void>[] = [];
  const report = (event: AgentReport): void => void told.push(tell(event));
  try {
    const outcome = await job.startAgent(request, {
      signal,
      report,
      waitFor: (awaited) => job.board.waitFor(awaited),
      permit: async (asked) => decidePermission(asked, { cwd, scope: task.scope }),
      onMessage: (deliver) => job.messages.listen(id, deliver),
    });
    await Promise.all(told);
    if (job.repo && before) {
      const changes = compareRefs(before, await snapshotRefs(job.repo)).map(({ name }) => name);
      if (changes.length > 0) await context.report({ type: "refs.changed", changes });
    }
    if (outcome.kind === "notStarted") return { type: "agent.notStarted", reason: outcome.reason, hint: outcome.hint };
    const { ok, code, signal: killedBy, reason, blame, failure, durationMs, timedOut, tail } = outcome;
    if (!isWorthKeeping(failure)) await note.forget();
    const { bytes, sha256, truncated } = outcome.transcript;
    return {
      type: "task.exited",
      ok,
      code,
      signal: killedBy,
      reason,
      blame,
      ...(failure === null ? {} : { failure }),
      durationMs,
      timedOut,
      transcript: { path: transcript, bytes, sha256, truncated },
      ...(ok ? {} : { tail: tail.slice(-2000) }),
    };
  } finally {
    running.delete(id);
  }
}

interface CommitParams {
  task: string;
  workspace: Workspace;
  base: string;
  since: string | null;
}

async function commit(
  job: Job,
  { task: id, workspace, base, since }: CommitParams,
  context: PerformContext,
): Promise<Outcome> {
  const task = taskOf(job, id);
  try {
    const outcome = await commitWork(repositoryOf(job), {
      worktree: workspace.path,
      base,
      branch: workspace.branch as string,
      message: task.title,
      trailers: { run: job.about.run, task: id, effect: context.effect },
      excluded: excludedPaths(job),
      ...(task.scope ? { scope: task.scope } : {}),
      ...(since === null ? {} : { since }),
    });
    if (outcome.kind === "empty") return { type: "work.empty" };
    if (outcome.kind === "outsideScope") return { type: "work.outOfScope", files: outcome.files.slice(0, 100) };
    const { commit: made, files, removesMerged } = outcome;
    return { type: "work.committed", commit: made, files, removesMerged };
  } catch (thrown) {
    return { type: "work.failed", reason: messageOf(thrown), code: codeOf(thrown) ?? null };
  }
}

interface GateParams extends Attempt {
  workspace: Workspace;
  gates: string[];
}

async function check(
  job: Job,
  { task: id, attempt, workspace, gates }: GateParams,
  context: PerformContext,
): Promise<Outcome> {
  const { run, plan } = job.about;
  const identity = { run, task: id };
  if (context.recovering) await sweepWorkers(job.folder, id);
  const startedAt = performance.now();
  const outDir = join(job.folder.out, `${id}.${attempt}.gates`);
  const results = await runGates({
    gates: plan.gates.filter(({ name }) => gates.includes(name)),
    cwd: workspace.path === "" ? job.folder.root : workspace.path,
    env: environmentOf(job, { task: id, stream: taskOf(job, id).stream, port: workspace.port }),
    outDir,
    identity,
    signal: context.signal,
    concurrency: job.gateConcurrency,
  });
  const durationMs = Math.round(performance.now() - startedAt);
  return { type: "gates.finished", results: toGateOutcomes(job, results, outDir), durationMs };
}

interface ReleaseParams {
  task: string;
  workspace: Workspace;
  fate: "landed" | "superseded" | "kept";
}

async function release(job: Job, { task, workspace, fate }: ReleaseParams, context: PerformContext): Promise<Outcome> {
  const { teardown } = job.config.worktree;
  try {
    if (teardown !== undefined) {
      const transcript = join(job.folder.out, `${task}.teardown.log`);
      const at = { task, path: workspace.path, port: workspace.port, transcript };
      const reason = await runSetup(job, teardown, at, context.signal);
      if (reason !== null) await context.report({ type: "workspace.noted", note: `teardown of ${task}: ${reason}` });
    }
    const branch = workspace.branch === null ? {} : { branch: workspace.branch };
    const removed = await removeWorktree(repositoryOf(job), {
      path: workspace.path,
      ...branch,
      mergedCommit: fate === "landed",
      salvage: fate === "superseded",
    });
    if (removed.kind === "kept")
      await context.report({ type: "workspace.noted", note: `kept ${workspace.path}: ${removed.why}` });
    else if (removed.saved !== null) {
      await context.report({
        type: "workspace.noted",
        note: `what an earlier attempt of ${task} had done is on ${removed.saved}`,
      });
    }
  } catch (thrown) {
    await context.report({ type: "workspace.noted", note: `${workspace.path} was not removed: ${messageOf(thrown)}` });
  } finally {
    job.ports.giveBack(workspace.port);
  }
  return { type: "workspace.released", path: workspace.path };
}
