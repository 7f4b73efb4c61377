/** `pleach mcp [RUN]`: the coordination tools over stdio, for an agent that a person starts. */
import { basename, dirname } from "node:path";
import { readProgram } from "../../actors/control/program.ts";
import { type RunFolder, WORKSPACE } from "../../actors/control/run-folder.ts";
import { serveStdio } from "../../actors/coordination/stdio.ts";
import { findLiveHost } from "../../actors/host/host.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun, vaultFolders } from "../place.ts";

/** Serves until stdin ends; resolves with 0. Nothing but MCP goes to stdout. */
export async function mcp(wanted: string | undefined, options: CommonOptions & { stream?: string }): Promise<number> {
  const worker = readWorker(process.env);
  const place = await findPlace(options.C ?? worker?.root);
  const run = wanted ?? worker?.run;
  const findSocket = async (): Promise<{ socket: string } | { why: string }> => {
    const folder = await findFolder(place.root, run);
    if (typeof folder === "string") return { why: folder };
    const live = folder === null ? null : await findLiveHost(folder);
    if (live !== null && live.socket !== null) return { socket: live.socket };
    const which = run === undefined ? "no run is going on" : `run ${run} is not going on`;
    return {
      why: `${which} in ${place.root}. Start one (pleach run plan.md) or go on with one (pleach resume), then call again.`,
    };
  };
  await serveStdio({
    program: readProgram(),
    findSocket,
    stream: options.stream ?? null,
    task: options.stream === undefined ? (worker?.task ?? null) : null,
    vaults: vaultFolders(place, undefined),
    root: place.root,
  });
  return EXIT.done;
}

/** The newest run or the one that is named; null when there is none (yet), words when it is not clear which is meant. */
async function findFolder(root: string, run: string | undefined): Promise<RunFolder | string | null> {
  try {
    return await findRun(root, run);
  } catch (thrown) {
    return codeOf(thrown) === "run.notFound" ? null : `${messageOf(thrown)}.`;
  }
}

/** Started by an agent of a run: its worktree is not where the run lies, but its environment says where that is. */
function readWorker({ PLEACH_RUN: run, PLEACH_TASK: task, PLEACH_EVENTS: events }: NodeJS.ProcessEnv) {
  if (!run || !task || !events) return null;
  const workspace = dirname(dirname(events));
  return basename(workspace) === WORKSPACE ? { run, task, root: dirname(workspace) } : null;
}
