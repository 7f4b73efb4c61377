/**
 * Who a process works for. Every worker carries its identity in its environment, which its descendants inherit even
 * when they leave its process group; that is how they are found again after their parent, or this program, has died.
 *
 * Four variables: PLEACH_RUN and PLEACH_TASK name run and task, which are unique in one repository only; PLEACH_REPO
 * is a mark of that repository; PLEACH_WORKER is unique to one started command, so
 * that sweeping after it never ends what another command of the same task (a gate beside it) still needs.
 */

/** The run and the task that a process belongs to. */
export interface WorkerIdentity {
  run: string;
  task: string;
}

/** What to look for: all processes of a run, of one task of it, or of one started command. */
export interface ProcessQuery {
  run: string;
  /** Mark of the repository; without it runs of that name in any repository match. */
  repo?: string;
  task?: string;
  worker?: string;
  /** Absolute folder: instead of those that carry the identity, those that hide it and were left at work there. */
  place?: string;
}

/** The variables that carry an identity. */
export const IDENTITY_VARIABLES = {
  run: "PLEACH_RUN",
  repo: "PLEACH_REPO",
  task: "PLEACH_TASK",
  worker: "PLEACH_WORKER",
} as const;

/** The `NAME=value` entries that an environment must hold to match. */
export function listIdentityEntries(query: ProcessQuery): string[] {
  const entries = [`${IDENTITY_VARIABLES.run}=${query.run}`];
  if (query.repo !== undefined) entries.push(`${IDENTITY_VARIABLES.repo}=${query.repo}`);
  if (query.task !== undefined) entries.push(`${IDENTITY_VARIABLES.task}=${query.task}`);
  if (query.worker !== undefined) entries.push(`${IDENTITY_VARIABLES.worker}=${query.worker}`);
  return entries;
}
