/** Which processes are workers of a repository's runs, by what their environment says; also of runs that nobody knows any more. */
import { IDENTITY_VARIABLES } from "./identity.ts";
import { readProcStat } from "./process-start.ts";
import { readProcessTable } from "./process-table.ts";
import { isReaper } from "./strays.ts";

export interface Worker {
  pid: number;
  run: string;
}

/** Lists them by the mark of the repository; none where the system does not tell variables apart. Never rejects. */
export async function listWorkers(repo: string): Promise<Worker[]> {
  const table = await readProcessTable();
  if (table.kind === "notAvailable" || table.separator !== "\0") return [];
  return [...table.environments].flatMap(([pid, text]) => {
    const variables = text.split("\0");
    const read = (name: string): string | undefined =>
      variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
    const run = read(IDENTITY_VARIABLES.run);
    return run !== undefined && read(IDENTITY_VARIABLES.repo) === repo ? [{ pid, run }] : [];
  });
}

/** Of these, one whose parent lives, is none of them, and takes over no orphans: who started it may look after it. */
export function findAttended(pids: readonly number[]): number | null {
  const known = new Set(pids);
  const isAttended = (pid: number): boolean => {
    const parent = readProcStat(pid)?.parent ?? 1;
    return parent > 1 && !known.has(parent) && !isReaper(parent);
  };
  return pids.find(isAttended) ?? null;
}
