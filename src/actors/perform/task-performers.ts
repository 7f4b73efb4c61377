/**
 * Performs what tasks ask for. Everything here may be performed twice with the same effect (RULE-6): worktrees and
 * commits find what they made before; an agent is never continued but lost and started anew.
 */
import { codeOf, messageOf } from "../../errors.ts";
import type { Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import type { Answer, Params, Performers, Performing, Reporter, TaskEffect } from "../../protocol/effects.ts";
import type { Told } from "../../protocol/events.ts";
import { wordKept, wordOnBranch } from "../../protocol/left-words.ts";
import type { Workspace } from "../../protocol/values.ts";
import { adapterOf } from "../agents/index.ts";
import { describeGateChanges, mayConcernGates } from "../gates/index.ts";
import {
  commitWork,
  composeWorkMessage,
  describeLeftOut,
  findForeignWork,
  keepTakenWork,
  listLeftOut,
  noteReadyState,
  noteSetUp,
  type RemoveOutcome,
  readChangedTexts,
  removeWorktree,
  type SharedWindow,
  takeBack,
} from "../git/index.ts";
import { checkTree } from "./check-tree.ts";
import { inWindow } from "./in-window.ts";
import { PLAN_FILE } from "./plan-intake.ts";
import {
  agentNamed,
  excludedPaths,
  type RunContext,
  repositoryOf,
  sweepPlace,
  sweepWorkers,
  taskOf,
  workspacesOf,
} from "./run-context.ts";
import { RunningAgents } from "./running-agents.ts";
import { startReview } from "./start-review.ts";
import { startWork } from "./start-work.ts";
import { findWorkspace, type HookFailure, nameLog, runHook } from "./worktrees.ts";

/** Files that are named of those that set-up changed. */
const MAX_SHOWN = 5;

/** The performers of one run's tasks. */
export function taskPerformers(run: RunContext): Performers<TaskEffect> {
  const running = new RunningAgents();
  const find = <P extends { workspace: Workspace }>(params: P): P => ({
    ...params,
    workspace: findWorkspace(run, params.workspace),
  });
  const said = new Set<string>();
  return {
    prepareWorkspace: (params, context) => prepare(run, params, context, said),
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
    releaseWorkspace: (params, context) => release(run, find(params), context, said),
  };
}

/** A context whose signal is aborted by `stopped`, too. */
function stoppedBy<Name extends TaskEffect>(stopped: AbortSignal, context: Performing<Name>): Performing<Name> {
  return { ...context, signal: AbortSignal.any([stopped, context.signal]) };
}

async function prepare(
  run: RunContext,
  { task, attempt, base, carry }: Params<"prepareWorkspace">,
  context: Performing<"prepareWorkspace">,
  said: Set<string>,
): Promise<Answer<"prepareWorkspace">> {
  const port = await run.ports.take();
  const failed = (failure: HookFailure): Answer<"prepareWorkspace"> => {
    run.ports.giveBack(port);
    return { type: "workspace.failed", ...failure };
  };
  try {
    const wanted = { run: run.manifest.run, task, attempt, base, ...(carry === undefined ? {} : { carry }) };
    const { id, path, branch, notes } = await workspacesOf(run).acquire(wanted);
    for (const note of notes) await context.report({ type: "run.warned", text: note });
    const worker = { task, stream: taskOf(run, task).stream, port };
    const setup = { path, worker, transcript: `${task}.${attempt}.setup.log` };
    run.shared?.forget(task);
    const window = { who: `the setup of ${task}`, task, branch };
    const failure = await inHookWindow(run, "setup", window, context, () =>
      runHook(run, "setup", setup, context.signal),
    );
    if (failure !== null) return failed(failure);
    await noteSetUp(repositoryOf(run), path);
    for (const note of await describeSetUp(run, { path, ...wanted })) {
      if (said.has(note)) continue;
      said.add(note);
      await context.report({ type: "run.warned", text: note });
    }
    return { type: "workspace.prepared", workspace: { id, path, branch, port } };
  } catch (thrown) {
    return failed({ reason: messageOf(thrown) });
  }
}

/** What set-up changed in a worktree is no part of the work; it is told. */
async function describeSetUp(
  run: RunContext,
  { path, base, carry }: { path: string; base: string; carry?: string },
): Promise<string[]> {
  if (run.config.worktree.setup === undefined) return [];
  const place = { path, base, excluded: excludedPaths(run), ...(carry === undefined ? {} : { carry }) };
  const files = await noteReadyState(repositoryOf(run), place);
  if (files.length === 0) return [];
  const shown = files.slice(0, MAX_SHOWN).join(", ");
  const more = files.length > MAX_SHOWN ? ` and ${files.length - MAX_SHOWN} more` : "";
  const hint = "let it leave tracked files alone (npm ci instead of npm install), and name in .gitignore what it makes";
  return [`setup changes ${shown}${more}, which is taken for no task's work: ${hint}`];
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

/** Runs a hook, if there is one, in a window of its own. */
function inHookWindow(
  run: RunContext,
  hook: "setup" | "teardown",
  window: SharedWindow,
  { report }: Reporter<"refs.changed">,
  work: () => Promise<HookFailure | null>,
): Promise<HookFailure | null> {
  return run.config.worktree[hook] === undefined ? work() : inWindow(run, window, report, work);
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
    path: workspace.path === "" ? run.folder.root : workspace.path,
    worker: { task: id, stream: taskOf(run, id).stream, port: workspace.port },
    reports: `${id}.${attempt}.gates`,
    report: context.report,
  };
  const window = { who: `the gates of ${id}`, task: id, branch: workspace.branch };
  const results = await inWindow(run, window, context.report, () => checkTree(run, check, context.signal));
  return { type: "gates.finished", results, durationMs: Math.round(performance.now() - startedAt) };
}

async function release(
  run: RunContext,
  { task, workspace, disposition }: Params<"releaseWorkspace">,
  context: Performing<"releaseWorkspace">,
  said: Set<string>,
): Promise<Answer<"releaseWorkspace">> {
  try {
    // What has landed was told of when it was committed.
    const ignored = disposition === "landed" ? [] : await tellIgnored(run, workspace.path);
    const worker = { task, stream: taskOf(run, task).stream, port: workspace.port };
    const teardown = { path: workspace.path, worker, transcript: `${task}.teardown.log` };
    const window = { who: `the teardown of ${task}`, task, branch: workspace.branch };
    const hook = (): Promise<HookFailure | null> => runHook(run, "teardown", teardown, context.signal);
    const failure = await inHookWindow(run, "teardown", window, context, hook);
    if (failure !== null) {
      const text = `teardown of ${task}: ${failure.reason}${nameLog(run, failure.log)}`;
      await context.report({ type: "run.warned", text });
    }
    const strays = await sweepPlace(run, workspace.path);
    if (strays > 0) {
      const text = `${task} had left ${strays} of its processes at work in its worktree, out of sight: they were ended`;
      await context.report({ type: "run.warned", text });
    }
    const held = { id: workspace.id, branch: workspace.branch as string };
    const removed = await workspacesOf(run).release(held, disposition);
    // What is only committed is safe on its branch, with or without the worktree: the end of the run would take that away.
    const isOnBranch = removed.kind === "kept" && (await isRemoved(run, workspace.path));
    const texts = isOnBranch ? [wordOnBranch(task, held.branch)] : tellRemoved(removed, task, workspace.path);
    for (const text of texts) await context.report({ type: "run.warned", text });
    if (removed.kind === "removed" && removed.saved === null) {
      for (const text of ignored.map((note) => `${task}: ${note}`)) {
        if (said.has(text)) continue;
        said.add(text);
        await context.report({ type: "run.warned", text });
      }
    }
  } catch (thrown) {
    await context.report({ type: "run.warned", text: `${workspace.path} was not removed: ${messageOf(thrown)}` });
  } finally {
    run.ports.giveBack(workspace.port);
  }
  return { type: "workspace.released", id: workspace.id };
}

/** What goes with a worktree although somebody wrote it there: ignored files alone are no work. */
async function tellIgnored(run: RunContext, path: string): Promise<string[]> {
  const wanted = { excluded: excludedPaths(run), wantsIgnored: true };
  // A worktree that git cannot look into is kept or told of by who removes it.
  return listLeftOut(repositoryOf(run), path, wanted).then(describeLeftOut, () => []);
}

/** Whether a worktree that was kept held nothing but what its branch holds: it is removed then. */
async function isRemoved(run: RunContext, path: string): Promise<boolean> {
  return (await removeWorktree(repositoryOf(run), { path }, "kept")).kind === "removed";
}

/** What a person should know of a workspace's removal. */
function tellRemoved(removed: RemoveOutcome, task: string, path: string): string[] {
  if (removed.kind === "kept") return [wordKept(path, removed.why)];
  const saved = removed.saved === null ? [] : [`what an earlier attempt of ${task} had done is on ${removed.saved}`];
  return [...saved, ...(removed.left === undefined ? [] : [removed.left])];
}
