/**
 * The Workspaces port: where attempts of tasks work. What an attempt acquires has an id, by which it is released; its path
 * is where the executor finds it, and may be that of another workspace later.
 *
 * WORKSPACE-1 An attempt finds the files of its base, what is configured to be copied and linked, and what it carries; no
 *    file, index or setting of an attempt before, whatever that one did.
 * WORKSPACE-2 Acquired again under the same id, a workspace begins afresh; what it held is on `<branch>-saved` first.
 * WORKSPACE-3 To release it again does no harm, nor does an id that nobody has. A workspace has one holder at a time.
 * WORKSPACE-4 Work that is neither merged nor saved is never deleted, unless the caller says that it has landed.
 */
import { join } from "node:path";
import type { WorktreeConfig } from "../../plan/model.ts";
import type { Disposition } from "../../protocol/values.ts";
import { reapplyCommit } from "./reapply-commit.ts";
import type { AttemptName } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { prepareWorktree, type RemoveOutcome, removeWorktree } from "./worktree.ts";
import { canonicalPath, findAdminDir } from "./worktree-admin.ts";

export interface WorkspaceRequest extends AttemptName {
  /** The integration commit to start from. */
  base: string;
  /** A commit of an earlier attempt whose changes this one begins with, where they still fit. */
  carry?: string;
  /**
   * Called with where the workspace will be, before anything is done there; `wasHeld`: by another attempt until now. Resolves
   * with what set-up comes to there, as a key; "" where there is none.
   */
  begin?: (path: string, wasHeld: boolean) => Promise<string>;
}

export interface AcquiredWorkspace {
  id: string;
  path: string;
  /** The attempt's own branch, at the base. */
  branch: string;
  /** What could not be brought along, a line each. */
  notes: string[];
  /** Whether set-up of this key has been run here, and all that it left is there: it need not be run again. */
  isSetUp: boolean;
}

export interface Workspaces {
  /** Rejects with `git.pathTaken`, `git.badName`, `git.outsideRoot`, `git.branchMoved` or another error of git. */
  acquire(request: WorkspaceRequest): Promise<AcquiredWorkspace>;
  release(held: Pick<AcquiredWorkspace, "id" | "branch">, disposition: Disposition): Promise<RemoveOutcome>;
  /** Where the workspace of this id is; null when it has none, or none any more. */
  locate(id: string): Promise<string | null>;
  /** Notes that set-up of this key was run to its end, before anybody works there. */
  noteSetUp(id: string, key: string): Promise<void>;
  /** Takes a workspace away in which nobody has worked: its set-up failed. */
  abandon(held: Pick<AcquiredWorkspace, "id" | "branch">): Promise<void>;
}

/** What becomes of an attempt: `settled`: it waits for its merge; `apart`: for a person, or for its turn to go on. */
export type Standing = "working" | "settled" | "apart";

export interface WorkspacesOptions {
  /** Absolute folder of all workspaces; made when the first is acquired. */
  folder: string;
  config: Pick<WorktreeConfig, "copy" | "link" | "keep">;
  /** Worktrees that are kept at hand besides those of attempts that are `apart`; absent: any number. */
  capacity?: () => number;
  /** How the attempt stands that has the workspace of this id; absent: all are at work. */
  standingOf?: (id: string) => Standing;
}

/** The id of an attempt's workspace; the attempt's label is unique to its task. */
export function workspaceId({ task, attempt }: AttemptName): string {
  return `${task}.${attempt}`;
}

/** Brings the changes of an earlier attempt, or says that they do not fit. */
export async function carryOver(path: string, { task, carry }: WorkspaceRequest): Promise<string[]> {
  if (carry === undefined || (await reapplyCommit(path, carry))) return [];
  return [`${task} begins anew: what it had no longer fits what was merged meanwhile`];
}

/** A worktree for each attempt, made for it and removed after it. Its folder is called as its id. */
export function attemptWorktrees(repo: Repository, { folder, config }: WorkspacesOptions): Workspaces {
  return {
    async acquire(request) {
      const id = workspaceId(request);
      const { path, branch, notes } = await prepareWorktree(repo, { ...request, path: join(folder, id), config });
      return { id, path, branch, notes: [...notes, ...(await carryOver(path, request))], isSetUp: false };
    },
    release: ({ id, branch }, disposition) => removeWorktree(repo, { path: join(folder, id), branch }, disposition),
    async locate(id) {
      const path = await canonicalPath(join(folder, id));
      return (await findAdminDir(repo, path)) === null ? null : path;
    },
    noteSetUp: () => Promise.resolve(),
    async abandon({ id, branch }) {
      await removeWorktree(repo, { path: join(folder, id), branch }, "landed");
    },
  };
}
