/**
 * Teardown: what set-up started outside of its worktree (containers, servers, databases) is ended.
 *
 * TEARDOWN-1 Where a teardown is configured, each set-up that began is torn down once nobody works there any more, and before
 *    the worktree is removed or set up anew: for whom it began is noted in the worktree's admin folder first, and found there
 *    by a host that goes on after a kill. That it fails is told; it is not tried again.
 */
import { basename } from "node:path";
import { noteSetUpFor, readSetUpFor } from "../git/index.ts";
import { type CheckContext, repositoryOf } from "./run-context.ts";
import { nameLog, runHook, type Worker } from "./run-hook.ts";

export interface TornPlace {
  path: string;
  worker: Worker;
  /** Of what it says, relative to the folder of transcripts. */
  transcript: string;
}

type Tell = (text: string) => Promise<unknown>;

const NOBODY: Tell = () => Promise.resolve();

/** Notes that set-up begins, where there is a teardown. */
export async function noteSetUpBegun(
  run: CheckContext,
  { path, worker }: Pick<TornPlace, "path" | "worker">,
): Promise<void> {
  if (run.config.worktree.teardown !== undefined) await noteSetUpFor(repositoryOf(run), path, worker);
}

/** Runs the teardown, if there is one. Not ended with the effect that asks for it. Rejects only as `tell` does. */
export async function tearDown(run: CheckContext, place: TornPlace, tell: Tell): Promise<void> {
  if (run.config.worktree.teardown === undefined) return;
  const failure = await runHook(run, "teardown", place, new AbortController().signal);
  if (failure !== null) await tell(`teardown of ${place.worker.task}: ${failure.reason}${nameLog(run, failure.log)}`);
  await noteSetUpFor(repositoryOf(run), place.path, null).catch(() => undefined);
}

/** The same for a set-up of which nobody knows any more but its note; nothing where there is none. */
export async function tearDownLeft(run: CheckContext, path: string, tell: Tell = NOBODY): Promise<void> {
  if (run.config.worktree.teardown === undefined || run.repo === null) return;
  const worker = readWorker(await readSetUpFor(run.repo, path).catch(() => null), path);
  if (worker !== null) await tearDown(run, { path, worker, transcript: `${basename(path)}.teardown.log` }, tell);
}

/** A worktree's admin folder may be written by who works there: only what has the right form is taken. */
function readWorker(noted: unknown, path: string): Worker | null {
  if (typeof noted !== "object" || noted === null) return null;
  const { task, stream, port } = noted as Partial<Record<keyof Worker, unknown>>;
  if (typeof task !== "string" || typeof stream !== "string") return null;
  return { task, stream, worktree: basename(path), ...(Number.isInteger(port) ? { port: port as number } : {}) };
}
