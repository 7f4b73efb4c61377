/**
 * Performs `prepareWorkspace` and `releaseWorkspace`: an attempt gets a place to work in, set up, and gives it back, torn
 * down. A worktree that was set up for an attempt before, in the same way, is not set up again; one that has something to
 * tear down is torn down after each attempt, and set up for each.
 */
import { basename } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Answer, Params, Performing, Reporter } from "../../protocol/effects.ts";
import { wordKept, wordOnBranch } from "../../protocol/left-words.ts";
import {
  describeLeftOut,
  isSlot,
  listLeftOut,
  noteReadyState,
  noteSetUp,
  type RemoveOutcome,
  removeWorktree,
  type SharedWindow,
} from "../git/index.ts";
import { inWindow } from "./in-window.ts";
import { excludedPaths, type RunContext, repositoryOf, sweepPlace, workspacesOf } from "./run-context.ts";
import { type HookFailure, runHook, setupEnvironment, type Worker } from "./run-hook.ts";
import { setupKeyOf } from "./setup-key.ts";
import { noteSetUpBegun, tearDown, tearDownLeft } from "./tear-down.ts";
import { workerIn } from "./worktrees.ts";

/** Files that are named of those that set-up changed. */
const MAX_SHOWN = 5;

/** `said`: what was told of once, and is not again. */
export async function prepareWorkspace(
  run: RunContext,
  { task, attempt, base, carry }: Params<"prepareWorkspace">,
  context: Performing<"prepareWorkspace">,
  said: Set<string>,
): Promise<Answer<"prepareWorkspace">> {
  const workspaces = workspacesOf(run);
  let port: number | null = null;
  const workerAt = async (path: string): Promise<Worker> => {
    port ??= await (isSlot(basename(path)) ? run.ports.of(basename(path)) : run.ports.take());
    return workerIn(run, task, { path, port });
  };
  const failed = (failure: HookFailure): Answer<"prepareWorkspace"> => {
    if (port !== null) run.ports.giveBack(port);
    return { type: "workspace.failed", ...failure };
  };
  const tell = (text: string): Promise<unknown> => context.report({ type: "run.warned", text });
  try {
    const wanted = { run: run.manifest.run, task, attempt, base, ...(carry === undefined ? {} : { carry }) };
    let key = "";
    const begin = async (place: string, wasHeld: boolean): Promise<string> => {
      // Whoever has it until now was cut off in the midst of this, or needs it no more.
      await tearDownLeft(run, place, tell);
      if (wasHeld) await sweepPlace(run, place);
      key = await setupKeyOf(run, { commit: base, env: setupEnvironment(run, await workerAt(place)) });
      return key;
    };
    const { id, path, branch, notes, isSetUp } = await workspaces.acquire({ ...wanted, begin });
    for (const note of notes) await tell(note);
    const worker = await workerAt(path);
    if (!isSetUp || run.config.worktree.teardown !== undefined) {
      const place = { path, worker, transcript: `${task}.${attempt}.setup.log` };
      run.shared?.forget(task);
      const window = { who: `the setup of ${task}`, task, branch };
      await noteSetUpBegun(run, place);
      const failure = await inHookWindow(run, "setup", window, context, () =>
        runHook(run, "setup", place, context.signal),
      );
      if (failure !== null) {
        // One that is only stopped goes on, or is torn down, when its task does.
        if (context.signal.aborted) return failed(failure);
        await tearDown(run, { path, worker, transcript: `${task}.teardown.log` }, tell);
        await workspaces.abandon({ id, branch });
        return failed(failure);
      }
      if (run.config.worktree.teardown === undefined) await workspaces.noteSetUp(id, key);
    }
    await noteSetUp(repositoryOf(run), path);
    for (const note of await describeSetUp(run, { path, ...wanted })) {
      if (said.has(note)) continue;
      said.add(note);
      await tell(note);
    }
    return { type: "workspace.prepared", workspace: { id, path, branch, port: worker.port ?? 0 } };
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

/** `said`: as of `prepareWorkspace`. */
export async function releaseWorkspace(
  run: RunContext,
  { task, workspace, disposition }: Params<"releaseWorkspace">,
  context: Performing<"releaseWorkspace">,
  said: Set<string>,
): Promise<Answer<"releaseWorkspace">> {
  const { id, path } = workspace;
  const tell = (text: string): Promise<unknown> => context.report({ type: "run.warned", text });
  try {
    const workspaces = workspacesOf(run);
    // Performed again, or given to another meanwhile, it is not this attempt's any more.
    const isHeld = (await workspaces.locate(id)) !== null;
    // What has landed was told of when it was committed.
    const ignored = disposition === "landed" || !isHeld ? [] : await tellIgnored(run, path);
    if (isHeld) {
      const place = { path, worker: workerIn(run, task, workspace), transcript: `${task}.teardown.log` };
      const window = { who: `the teardown of ${task}`, task, branch: workspace.branch };
      await inHookWindow(run, "teardown", window, context, () => tearDown(run, place, tell));
      const strays = await sweepPlace(run, path);
      if (strays > 0) {
        await tell(
          `${task} had left ${strays} of its processes at work in its worktree, out of sight: they were ended`,
        );
      }
    }
    const held = { id, branch: workspace.branch as string };
    const removed = await workspaces.release(held, disposition);
    // What is only committed is safe on its branch, with or without the worktree: the end of the run would take that away.
    const isOnBranch = removed.kind === "kept" && (!isHeld || (await isRemoved(run, path)));
    for (const text of isOnBranch ? [wordOnBranch(task, held.branch)] : tellRemoved(removed, task, path)) {
      await tell(text);
    }
    if (removed.kind === "removed" && removed.saved === null) {
      for (const text of ignored.map((note) => `${task}: ${note}`)) {
        if (said.has(text)) continue;
        said.add(text);
        await tell(text);
      }
    }
  } catch (thrown) {
    await tell(`${path} was not removed: ${messageOf(thrown)}`);
  } finally {
    run.ports.giveBack(workspace.port);
  }
  return { type: "workspace.released", id };
}

/** Runs a hook, if there is one, in a window of its own. */
function inHookWindow<T>(
  run: RunContext,
  hook: "setup" | "teardown",
  window: SharedWindow,
  { report }: Reporter<"refs.changed">,
  work: () => Promise<T>,
): Promise<T> {
  return run.config.worktree[hook] === undefined ? work() : inWindow(run, window, report, work);
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
  if (removed.kind === "kept") return [wordKept(path, removed.why, isSlot(basename(path)) ? task : null)];
  const saved = removed.saved === null ? [] : [`what an earlier attempt of ${task} had done is on ${removed.saved}`];
  return [...saved, ...(removed.left === undefined ? [] : [removed.left])];
}
