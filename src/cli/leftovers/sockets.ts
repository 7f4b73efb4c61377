/** Sockets of hosts that were killed. */
import { existsSync, rmSync } from "node:fs";
import { createSocketChannel, findDeadSockets, isDeadSocket } from "../../actors/control/control-socket.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

/** Those at which nobody listens: of this repository's runs, and old ones of others. */
export async function findLeftSockets(runs: Runs): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const run of await runs.list()) {
    const epoch = await runs.newestEpochOf(run);
    if (epoch === null || (await runs.findHolder(run)) !== null) continue;
    const path = createSocketChannel(runs.folderOf(run).path).addressOf(epoch);
    if (existsSync(path) && (await isDeadSocket(path))) left.push(describe(path, run));
  }
  const known = new Set(left.map(({ path }) => path));
  const others = (await findDeadSockets()).filter((path) => !known.has(path));
  return [...left, ...others.map((path) => describe(path, null))];
}

function describe(path: string, run: string | null): Leftover {
  const why = run === null ? "nobody listens at it" : `the host of run ${run} is dead`;
  return mendable({ kind: "socket", path, run, why }, "remove", async () => {
    if (existsSync(path) && !(await isDeadSocket(path))) return { kind: "kept", why: "a host listens at it" };
    rmSync(path, { force: true });
    return MENDED;
  });
}
