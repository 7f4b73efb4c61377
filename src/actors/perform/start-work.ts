/**
 * Performs `startAgent`: an attempt of a task's own work. A planning task's plan is taken in while it works, and an
 * attempt of one that handed in no sound plan has failed, whatever its agent says.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentSpec, Task, Work } from "../../plan/model.ts";
import { isPlanning, PLAN_ARTIFACT } from "../../plan/planning.ts";
import { taskActor } from "../../protocol/address.ts";
import type { Answer, Params, Performing, Reporter } from "../../protocol/effects.ts";
import type { Told } from "../../protocol/events.ts";
import { writeAtomically } from "../../safe-files/index.ts";
import type { PatternMatch } from "../../vault/index.ts";
import { type AgentExited, adapterOf } from "../agents/index.ts";
import { listTrackedFiles } from "../git/index.ts";
import { showPatterns } from "../patterns/show-patterns.ts";
import { transcriptPath } from "../projections/status.ts";
import { describeEstimate, estimateLarge, isTooLarge, windowOf } from "../prompt/context-estimate.ts";
import { TOOL_INSTRUCTIONS } from "../prompt/tell-coordination.ts";
import { PLAN_FILE, PlanIntake } from "./plan-intake.ts";
import { runAgent } from "./run-agent.ts";
import { agentNamed, type RunContext, scopeOf, sweepWorkers, taskOf } from "./run-context.ts";
import { suspensionOf } from "./running-agents.ts";
import { composeWorkPrompts, NO_PROMPTS } from "./work-prompt.ts";

/** Runs an attempt to its end. */
export async function startWork(
  run: RunContext,
  {
    task: id,
    attempt,
    number,
    workspace,
    feedback,
    goesOn,
    told: texts = [],
    agent: chosen,
    fresh,
  }: Params<"startAgent">,
  context: Performing<"startAgent">,
): Promise<Answer<"startAgent">> {
  if (context.recovering) {
    await run.toolGateway?.coordination.returnAll(taskActor(id));
    const killed = await sweepWorkers(run, id);
    // The rest of an attempt that nobody had begun yet is not lost: all that there is of it lies where it was left.
    const isBegun = goesOn === undefined || existsSync(join(run.folder.path, transcriptPath(id, attempt)));
    if (isBegun) return { type: "agent.lost", killed };
  }
  const task = taskOf(run, id);
  const work = workBy(task.work, chosen);
  const isIsolated = workspace.path !== "";
  const cwd = isIsolated ? workspace.path : run.folder.root;
  const transcript = transcriptPath(id, attempt);
  const planFile = isIsolated ? join(cwd, PLAN_FILE) : join(run.folder.out, `${id}.${attempt}.plan.md`);
  const intake = isPlanning(task) ? new PlanIntake(run, { task: id, file: planFile, context }) : null;
  const env: Record<string, string> = { PLEACH_ATTEMPT: String(number) };
  if (feedback !== null) env.PLEACH_FEEDBACK = join(run.folder.path, feedback);
  if (intake !== null) env.PLEACH_PLAN = planFile;
  const agent = work.kind === "agent" ? agentNamed(run, work.agent) : null;
  const patterns = agent === null ? [] : await patternsOf(run, task, { agent, attempt }, context);
  const place = { cwd, port: workspace.port, planFile: intake === null ? null : planFile };
  const about = { number, feedback, place, patterns, texts, ...(goesOn === undefined ? {} : { goesOn }) };
  const told = agent === null ? NO_PROMPTS : await composeWorkPrompts(run, task, about);
  if (isIsolated && agent !== null) await warnOfSize(run, { task, agent, prompt: told.prompt, cwd }, context);
  intake?.start();
  const stopReading = intake === null ? null : takePublished(run, id, intake);
  const outcome = await runAgent(
    run,
    {
      task,
      attempt: number,
      stream: task.stream,
      work,
      agent,
      ...told,
      toolInstructions: TOOL_INSTRUCTIONS,
      cwd,
      branch: workspace.branch,
      workspace,
      scope: () => (intake === null ? scopeOf(run, task) : [PLAN_FILE, ...(scopeOf(run, task) ?? [])]),
      session: id,
      ...(fresh === true ? { isFresh: true as const } : {}),
      transcript,
      timeoutMs: task.timeoutMs,
      env,
      ...(intake === null ? {} : { onEmit: (type: string, payload: unknown) => offerEmitted(intake, type, payload) }),
    },
    context,
  );
  stopReading?.();
  const taken = await intake?.finish();
  if (outcome.kind === "notStarted") {
    // Stopped before it began: nothing failed, and nothing is to be tried again.
    if (outcome.aborted) return { type: "agent.lost", killed: 0, stopped: true };
    return { type: "agent.notStarted", reason: outcome.reason, hint: outcome.hint };
  }
  const exited = toExited(outcome, transcript);
  const suspendedFor = suspensionOf(context.signal);
  if (outcome.aborted && suspendedFor !== null) {
    const { durationMs } = exited;
    return { type: "agent.suspended", reason: suspendedFor, durationMs, transcript: exited.transcript };
  }
  if (taken === undefined || !outcome.ok || taken.kind === "taken") return exited;
  const errors = taken.kind === "none" ? [`no plan was written to ${planFile}, and none was published`] : taken.errors;
  const path = `out/${id}.${attempt}.plan-errors.txt`;
  await writeAtomically(join(run.folder.path, path), `${errors.join("\n")}\n`, { durability: "none", mode: 0o600 });
  return { ...exited, ok: false, reason: `its plan was not taken: ${errors[0]}`, feedback: path };
}

/** The work of a task, done by the agent that was chosen for it. */
function workBy(work: Work, chosen: string | undefined): Work {
  return work.kind === "run" || chosen === undefined ? work : { ...work, agent: chosen };
}

function toExited(outcome: AgentExited, transcript: string): Told<"agent.exited"> {
  const { ok, code, signal, reason, faultOf, failure, durationMs, timedOut, tail, said = null } = outcome;
  const { bytes, sha256, truncated } = outcome.transcript;
  return {
    type: "agent.exited",
    ok,
    code,
    signal,
    reason,
    faultOf,
    ...(failure === null ? {} : { failure }),
    durationMs,
    timedOut,
    transcript: { path: transcript, bytes, sha256, truncated },
    ...(said === null ? {} : { said }),
    ...(ok ? {} : { tail: tail.slice(-2000) }),
  };
}

/** What the task publishes as its plan is taken like a version of its file. Returns how to stop. */
function takePublished(run: RunContext, task: string, intake: PlanIntake): (() => void) | null {
  const published = run.toolGateway?.coordination.readPublished(task, ({ name, read }) => {
    if (name === PLAN_ARTIFACT) void intake.offer(read());
  });
  return published ?? null;
}

/** An agent without a file to write may hand its plan in with the event that says it is ready. */
function offerEmitted(intake: PlanIntake, type: string, payload: unknown): void {
  const plan = (payload as { plan?: unknown } | null)?.plan;
  if (type === "plan_ready" && typeof plan === "string") void intake.offer(plan);
}

/** Says as a warning of the run when the task is too large for its agent; an estimate that fails holds nothing up. */
async function warnOfSize(
  run: RunContext,
  { task, agent, prompt, cwd }: { task: Task; agent: AgentSpec; prompt: string; cwd: string },
  context: Reporter<"run.warned">,
): Promise<void> {
  const [scope, window] = [scopeOf(run, task), windowOf(agent)];
  if (scope === undefined || window === null) return;
  const files = await listTrackedFiles({ root: cwd }).catch(() => []);
  const estimate = await estimateLarge({ prompt, scope, root: cwd, files, window }).catch(() => null);
  if (estimate === null || !isTooLarge(estimate)) return;
  await context.report({ type: "run.warned", text: `task ${task.id} ${describeEstimate(estimate)}` });
}

/** What earlier runs taught of such a task; nothing where nobody would read it. */
async function patternsOf(
  { patterns, manifest }: RunContext,
  task: Task,
  { agent, attempt }: { agent: AgentSpec; attempt: string },
  context: Performing<"startAgent">,
): Promise<PatternMatch[]> {
  if (patterns === null || !adapterOf(agent.kind).readsPrompt(agent)) return [];
  const found = await patterns.forWork(manifest.plan, task, context.signal);
  if (context.signal.aborted) return [];
  return showPatterns(found, { attempt, role: "work", predicted: manifest.patterns[task.id] ?? [] }, context);
}
