/**
 * Performs what tasks ask for. Everything here may be performed twice with the same effect (RULE-6): worktrees and
 * commits find what they made before; an agent is never continued but lost and started anew.
 */
import { codeOf, messageOf } from "../../errors.ts";
import type { Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import type { Answer, Params, Performers, Performing, TaskEffect } from "../../protocol/effects.ts";
import type { Told } from "../../protocol/events.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { Workspace } from "../../protocol/values.ts";
import { adapterOf } from "../agents/index.ts";
import { describeGateChanges, mayConcernGates } from "../gates/index.ts";
import {
  commitWork,
  composeWorkMessage,
  findForeignWork,
  keepTakenWork,
  readChangedTexts,
  takeBack,
} from "../git/index.ts";
import { type Check, checkTree } from "./check-tree.ts";
import { inWindow } from "./in-window.ts";
import { PLAN_FILE } from "./plan-intake.ts";
import {
  agentNamed,
  excludedPaths,
  type RunContext,
  repositoryOf,
  sweepWorkers,
  taskOf,
  workspacesOf,
} from "./run-context.ts";
import { RunningAgents } from "./running-agents.ts";
import { startReview } from "./start-review.ts";
import { startWork } from "./start-work.ts";
import { prepareWorkspace, releaseWorkspace } from "./workspace-performers.ts";
import { AGAIN_WORKTREE, findWorkspace, openGateWorktree, removeGateWorktree, workerIn } from "./worktrees.ts";

/** The performers of one run's tasks. */
export function taskPerformers(run: RunContext): Performers<TaskEffect> {
  const running = new RunningAgents();
  const find = <P extends { workspace: Workspace }>(params: P): P => ({
    ...params,
    workspace: findWorkspace(run, params.workspace),
  });
  const said = new Set<string>();
  return {
    prepareWorkspace: (params, context) => prepareWorkspace(run, params, context, said),
    startAgent: (params, context) =>
      running.run(params.task, (stopped) => startWork(run, find(params), stoppedBy(stopped, context))),
    startReview: (params, context) =>
      running.run(params.task, (stopped) => startReview(run, find(params), stoppedBy(stopped, context))),
    stopAgent: async ({ task, reason, suspends }) => {
      running.stop(task, suspends === true ? reason : null);
      return undefined;
    },
    commitWork: (params, context) => commit(run, find(params), context),
    markWork: (params) => mark(run, find(params)),
    resetWork: (params) => reset(run, find(params)),
    runGates: (params, context) => check(run, find(params), context),
    releaseWorkspace: (params, context) => releaseWorkspace(run, find(params), context, said),
  };
}

/** A context whose signal is aborted by `stopped`, too. */
function stoppedBy<Name extends TaskEffect>(stopped: AbortSignal, context: Performing<Name>): Performing<Name> {
  return { ...context, signal: AbortSignal.any([stopped, context.signal]) };
}

/** Says where a task's work changes what those gates run that judge it. */
async function describeGatesOf(
  run: RunContext,
  id: string,
  trees: { from: string; to: string },
): Promise<string | null> {
  const named = new Set(taskOf(run, id).gates);
  const gates = run.manifest.plan.gates.filter(({ name, required }) => required || named.has(name));
  const isWanted = (path: string): boolean => mayConcernGates(path, gates);
  return describeGateChanges(await readChangedTexts(repositoryOf(run), { ...trees, isWanted }), gates);
}

async function commit(
  run: RunContext,
  { task: id, workspace, base, since, widened = [] }: Params<"commitWork">,
  context: Performing<"commitWork">,
): Promise<Answer<"commitWork">> {
  const task = taskOf(run, id);
  const before = run.taskState(id)?.commit ?? null;
  try {
    const outcome = await commitWork(repositoryOf(run), {
      worktree: workspace.path,
      base,
      branch: workspace.branch as string,
      message: composeWorkMessage(task.title, run.taskState(id)?.said ?? null),
      trailers: { run: run.manifest.run, task: id, effect: context.effect },
      excluded: [...excludedPaths(run), ...(isPlanning(task) ? [PLAN_FILE] : [])],
      ...(task.scope ? { scope: [...task.scope, ...widened] } : {}),
      ...(since === null ? {} : { since }),
      ...(before === null ? {} : { before }),
    });
    for (const note of outcome.notes ?? []) await context.report({ type: "run.warned", text: `${id}: ${note}` });
    if (outcome.kind === "empty") return describeEmpty(run, task);
    if (outcome.kind === "outsideScope") {
      return { type: "work.outOfScope", files: outcome.files.slice(0, 100), why: outcome.why };
    }
    const { commit: made, tree, files, removesMerged } = outcome;
    const foreign = await findForeignWork(repositoryOf(run), { base, tree, entries: run.shared?.takenBy(id) ?? [] });
    if (foreign.length > 0) return { type: "work.failed", reason: describeForeign(foreign), code: "git.foreignWork" };
    const told = await describeGatesOf(run, id, { from: base, to: tree });
    if (told !== null) await context.report({ type: "run.warned", text: `${id} ${told}`, isRisk: true });
    return { type: "work.committed", commit: made, tree, files, removesMerged };
  } catch (thrown) {
    return { type: "work.failed", reason: messageOf(thrown), code: codeOf(thrown) ?? null };
  }
}

/** Keeps how a worktree is that a person takes over. */
async function mark(run: RunContext, { workspace, base }: Params<"markWork">): Promise<Answer<"markWork">> {
  try {
    const { path, branch } = workspace;
    const taken = await keepTakenWork(repositoryOf(run), { path, branch: branch as string, base });
    return { type: "work.marked", taken };
  } catch (thrown) {
    return { type: "work.failed", reason: messageOf(thrown), code: codeOf(thrown) ?? null };
  }
}

/** Puts it back to how it was then; what the person did is saved. */
async function reset(run: RunContext, { workspace, taken }: Params<"resetWork">): Promise<Answer<"resetWork">> {
  try {
    const { path, branch } = workspace;
    const place = { path, branch: branch as string, taken, excluded: excludedPaths(run) };
    return { type: "work.reset", saved: await takeBack(repositoryOf(run), place) };
  } catch (thrown) {
    return { type: "work.failed", reason: messageOf(thrown), code: codeOf(thrown) ?? null };
  }
}

/** Commands, planners and whoever publishes artifacts have done something without a change; a scope says that files are to change. */
function describeEmpty(run: RunContext, { id, work, scope, artifacts }: Task): Told<"work.empty"> {
  const agent = work.kind === "agent" ? agentNamed(run, run.taskState(id)?.chosen ?? work.agent) : null;
  if (agent === null || artifacts.length > 0) return { type: "work.empty" };
  const hears = scope !== undefined && adapterOf(agent.kind).abilities.resume === true;
  return { type: "work.empty", agent: agent.name, ...(hears ? { hears } : {}) };
}

function describeForeign(files: readonly string[]): string {
  const shown = files.slice(0, 5).join(", ");
  const more = files.length > 5 ? ` and ${files.length - 5} more` : "";
  return `it took what another had put aside with git stash, which all worktrees share: ${shown}${more}`;
}

async function check(
  run: RunContext,
  { task: id, attempt, workspace, gates }: Params<"runGates">,
  context: Performing<"runGates">,
): Promise<Answer<"runGates">> {
  if (context.recovering) await sweepWorkers(run, id);
  const startedAt = performance.now();
  const check = {
    gates: run.manifest.plan.gates.filter(({ name }) => gates.includes(name)),
    worker: workerIn(run, id, workspace),
    reports: `${id}.${attempt}.gates`,
    report: context.report,
  };
  const window = { who: `the gates of ${id}`, task: id, branch: workspace.branch };
  const results = await inWindow(run, window, context.report, async () => {
    const own = workspace.path === "" ? run.folder.root : workspace.path;
    const commit = run.taskState(id)?.commit ?? null;
    if (workspace.path === "" || commit === null || (await workspacesOf(run).locate(workspace.id)) !== null)
      return checkTree(run, { ...check, path: own }, context.signal);
    return checkElsewhere(run, { ...check, commit }, context.signal);
  });
  return { type: "gates.finished", results, durationMs: Math.round(performance.now() - startedAt) };
}

/** Checks a commit whose worktree was given to another while it waited for its merge. */
async function checkElsewhere(
  run: RunContext,
  { commit, ...check }: Omit<Check, "path"> & { commit: string },
  signal: AbortSignal,
): Promise<GateOutcome[]> {
  const name = `${AGAIN_WORKTREE}${check.worker.task}`;
  const place = await openGateWorktree(run, { name, commit, afresh: true }, signal);
  try {
    if (place.kind === "open") return await checkTree(run, { ...check, path: place.path }, signal);
    const unready = { status: "error", durationMs: 0, summary: place.reason, report: null, sha256: null } as const;
    return check.gates.map((gate) => ({ name: gate.name, required: gate.required, ...unready }));
  } finally {
    await removeGateWorktree(run, name);
  }
}
