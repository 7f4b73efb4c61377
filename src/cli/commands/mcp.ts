/** `pleach mcp [RUN]`: the coordination tools over stdio, for an agent that a person starts. */
import { basename, dirname } from "node:path";
import { findHost } from "../../actors/control/engine.ts";
import { readProgram } from "../../actors/control/program.ts";
import { type RunFolder, WORKSPACE } from "../../actors/control/run-folder.ts";
import { type StdioOptions, serveStdio } from "../../actors/coordination/stdio.ts";
import { codeOf, messageOf } from "../../errors.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun, type Place } from "../place.ts";
import { vaultFolders } from "../vault-folders.ts";

/** Serves until stdin ends; resolves with 0. Nothing but MCP goes to stdout. */
export async function mcp(wanted: string | undefined, options: CommonOptions & { stream?: string }): Promise<number> {
  const worker = readWorker(process.env);
  const place = await findPlace(options.C ?? worker?.root);
  const run = wanted ?? worker?.run;
  const { engine } = place;
  const findRunHost: StdioOptions["findHost"] = async () => {
    const folder = await findFolder(place, run);
    if (typeof folder === "string") return { why: folder };
    const socket = folder === null ? null : ((await findHost(engine, folder))?.socket ?? null);
    if (folder !== null && socket !== null) {
      return { send: (command) => engine.openChannel(folder).send(socket, command) };
    }
    const which = run === undefined ? "no run is going on" : `run ${run} is not going on`;
    return {
      why: `${which} in ${place.root}. Start one (pleach run plan.md) or go on with one (pleach resume), then call again.`,
    };
  };
  await serveStdio({
    program: readProgram(),
    findHost: findRunHost,
    stream: options.stream ?? null,
    task: options.stream === undefined ? (worker?.task ?? null) : null,
    vaults: vaultFolders(place, undefined),
    root: place.root,
  });
  return EXIT.done;
}

/** The newest run or the one that is named; null when there is none (yet), words when it is not clear which is meant. */
async function findFolder(place: Place, run: string | undefined): Promise<RunFolder | string | null> {
  try {
    return await findRun(place, run);
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
