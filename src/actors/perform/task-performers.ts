/**
 * Performs what tasks ask for. Everything here may be performed twice with the same effect (RULE-6): worktrees and
 * commits find what they made before; an agent is never continued but lost and started anew.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, messageOf } from "../../errors.ts";
import { isPlanning } from "../../plan/planning.ts";
import type { Answer, Params, Performers, Performing, TaskEffect } from "../../protocol/effects.ts";
import { runGates } from "../gates/index.ts";
import { commitWork, prepareWorktree, reapplyCommit, removeWorktree } from "../git/index.ts";
import { runProcess } from "../process/index.ts";
import { toGateOutcomes } from "./gate-outcomes.ts";
import { PLAN_FILE } from "./plan-intake.ts";
import { MAX_TRANSCRIPT_BYTES } from "./run-agent.ts";
import {
  environmentOf,
  excludedPaths,
  type RunContext,
  repositoryOf,
  sweepWorkers,
  taskOf,
  worktreePath,
} from "./run-context.ts";
import { RunningAgents } from "./running-agents.ts";
import { startReview } from "./start-review.ts";
import { startWork } from "./start-work.ts";

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** The performers of one run's tasks. */
export function taskPerformers(run: RunContext): Performers<TaskEffect> {
  const running = new RunningAgents();
  return {
    prepareWorkspace: (params, context) => prepare(run, params, context),
    startAgent: (params, context) => running.run(params.task, (stopped) => startWork(run, stopped, params, context)),
    startReview: (params, context) => running.run(params.task, (stopped) => startReview(run, stopped, params, context)),
    stopAgent: async ({ task }) => {
      running.stop(task);
      return undefined;
    },
    commitWork: (params, context) => commit(run, params, context),
    runGates: (params, context) => check(run, params, context),
    releaseWorkspace: (params, context) => release(run, params, context),
  };
}

async function prepare(
  run: RunContext,
  { task, attempt, base, carry }: Params<"prepareWorkspace">,
  context: Performing<"prepareWorkspace">,
): Promise<Answer<"prepareWorkspace">> {
  const repo = repositoryOf(run);
  const { worktree: config } = run.config;
  const port = run.ports.take();
  const failed = (reason: string): Answer<"prepareWorkspace"> => {
    run.ports.giveBack(port);
    return { type: "workspace.failed", reason };
  };
  try {
    const path = worktreePath(run, `${task}.${attempt}`);
    const { branch, notes } = await prepareWorktree(repo, { run: run.manifest.run, task, attempt, base, path, config });
    if (carry !== undefined && !(await reapplyCommit(path, carry))) {
      notes.push(`${task} begins anew: what it had no longer fits what was merged meanwhile`);
    }
    for (const note of notes) await context.report({ type: "run.warned", text: note });
    if (config.setup !== undefined) {
      const transcript = join(run.folder.out, `${task}.${attempt}.setup.log`);
      const reason = await runSetup(run, config.setup, { task, path, port, transcript }, context.signal);
      if (reason !== null) return failed(reason);
    }
    return { type: "workspace.prepared", workspace: { path, branch, port } };
  } catch (thrown) {
    return failed(messageOf(thrown));
  }
}

/** Runs `setup` or `teardown`; null when it went well. */
async function runSetup(
  run: RunContext,
  command: string,
  { task, path, port, transcript }: { task: string; path: string; port: number; transcript: string },
  signal: AbortSignal,
): Promise<string | null> {
  await mkdir(dirname(transcript), { recursive: true });
  const outcome = await runProcess({
    command,
    cwd: path,
    env: environmentOf(run, { task, stream: taskOf(run, task).stream, port }),
    transcript,
    maxTranscriptBytes: MAX_TRANSCRIPT_BYTES,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal,
    identity: { run: run.manifest.run, task },
  });
  if (outcome.kind === "notStarted") return `${command} could not be started: ${outcome.reason}`;
  return outcome.code === 0
    ? null
    : `${command} exited with ${outcome.code ?? outcome.signal}: ${outcome.tail.trim().split("\n").at(-1) ?? ""}`;
}

async function commit(
  run: RunContext,
  { task: id, workspace, base, since, widened = [] }: Params<"commitWork">,
  context: Performing<"commitWork">,
): Promise<Answer<"commitWork">> {
  const task = taskOf(run, id);
  try {
    const outcome = await commitWork(repositoryOf(run), {
      worktree: workspace.path,
      base,
      branch: workspace.branch as string,
      message: task.title,
      trailers: { run: run.manifest.run, task: id, effect: context.effect },
      excluded: [...excludedPaths(run), ...(isPlanning(task) ? [PLAN_FILE] : [])],
      ...(task.scope ? { scope: [...task.scope, ...widened] } : {}),
      ...(since === null ? {} : { since }),
    });
    if (outcome.kind === "empty") return { type: "work.empty" };
    if (outcome.kind === "outsideScope") return { type: "work.outOfScope", files: outcome.files.slice(0, 100) };
    const { commit: made, tree, files, removesMerged } = outcome;
    return { type: "work.committed", commit: made, tree, files, removesMerged };
  } catch (thrown) {
    return { type: "work.failed", reason: messageOf(thrown), code: codeOf(thrown) ?? null };
  }
}

async function check(
  run: RunContext,
  { task: id, attempt, workspace, gates }: Params<"runGates">,
  context: Performing<"runGates">,
): Promise<Answer<"runGates">> {
  const { plan } = run.manifest;
  const identity = { run: run.manifest.run, task: id };
  if (context.recovering) await sweepWorkers(run.folder, id);
  const startedAt = performance.now();
  const outDir = join(run.folder.out, `${id}.${attempt}.gates`);
  const results = await runGates({
    gates: plan.gates.filter(({ name }) => gates.includes(name)),
    cwd: workspace.path === "" ? run.folder.root : workspace.path,
    env: environmentOf(run, { task: id, stream: taskOf(run, id).stream, port: workspace.port }),
    outDir,
    identity,
    signal: context.signal,
    concurrency: run.gateConcurrency,
  });
  const durationMs = Math.round(performance.now() - startedAt);
  return { type: "gates.finished", results: toGateOutcomes(run, results, outDir), durationMs };
}

async function release(
  run: RunContext,
  { task, workspace, disposition }: Params<"releaseWorkspace">,
  context: Performing<"releaseWorkspace">,
): Promise<Answer<"releaseWorkspace">> {
  const { teardown } = run.config.worktree;
  try {
    if (teardown !== undefined) {
      const transcript = join(run.folder.out, `${task}.teardown.log`);
      const at = { task, path: workspace.path, port: workspace.port, transcript };
      const reason = await runSetup(run, teardown, at, context.signal);
      if (reason !== null) await context.report({ type: "run.warned", text: `teardown of ${task}: ${reason}` });
    }
    const branch = workspace.branch === null ? {} : { branch: workspace.branch };
    const removed = await removeWorktree(repositoryOf(run), {
      path: workspace.path,
      ...branch,
      mergedCommit: disposition === "landed",
      salvage: disposition === "superseded",
    });
    if (removed.kind === "kept")
      await context.report({ type: "run.warned", text: `kept ${workspace.path}: ${removed.why}` });
    else if (removed.saved !== null) {
      await context.report({
        type: "run.warned",
        text: `what an earlier attempt of ${task} had done is on ${removed.saved}`,
      });
    }
  } catch (thrown) {
    await context.report({ type: "run.warned", text: `${workspace.path} was not removed: ${messageOf(thrown)}` });
  } finally {
    run.ports.giveBack(workspace.port);
  }
  return { type: "workspace.released", path: workspace.path };
}
