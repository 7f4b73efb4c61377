/**
 * Workspaces that are used again: a worktree that was released is reset and given to the next attempt, which is quicker
 * than checking out all files. It is no part of a run unless whoever opens the run's host asks for it: the path of an
 * attempt is then that of attempts before it, and files that did not change keep their dates.
 *
 * POOL-1 What a worktree's mark says is all that is known of it, also to another host: whose workspace it is, or that it is
 *    free. One without a mark was being prepared, or reset, and is nobody's.
 * POOL-2 A free worktree is reset when it is acquired. What cannot be reset is made anew.
 * POOL-3 A worktree that holds work nobody wants saved stays what it was, and is not used again.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Disposition } from "../../protocol/values.ts";
import { copyConfiguredFiles, listCarried } from "./copy-configured-files.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import { listIfThere } from "./presence.ts";
import { readBranch, taskBranch } from "./refs.ts";
import { asCommit, type Repository } from "./repository.ts";
import { resetWorktree } from "./reset-worktree.ts";
import { findOwnWork, holdsWork, saveWork } from "./saved-work.ts";
import {
  type AcquiredWorkspace,
  carryOver,
  type WorkspaceRequest,
  type Workspaces,
  type WorkspacesOptions,
  workspaceId,
} from "./workspaces.ts";
import {
  addWorktree,
  checkOut,
  detach,
  dropBranch,
  makeWorktreeFolder,
  type RemoveOutcome,
  settleWork,
  startBranch,
  withLeft,
} from "./worktree.ts";
import {
  canonicalPath,
  findAdminDir,
  markReady,
  readMark,
  removeMark,
  type WorktreeMark,
  writeMark,
} from "./worktree-admin.ts";

export interface PoolOptions extends WorkspacesOptions {
  /** Leaves files that .gitignore names to the attempts that follow: caches, packages. Against WORKSPACE-1; default false. */
  keepsIgnored?: boolean;
}

/** No id of a task begins so. */
const SLOT = "@slot-";

/** One worktree of the pool. */
interface Slot {
  name: string;
  path: string;
  /** Null when git knows none there. */
  admin: string | null;
  mark: WorktreeMark | null;
}

/** Opens the pool in a folder; worktrees that are there already belong to it. */
export function pooledWorktrees(repo: Repository, options: PoolOptions): Workspaces {
  return new WorktreePool(repo, options);
}

class WorktreePool implements Workspaces {
  readonly #repo: Repository;
  readonly #options: PoolOptions;
  /** Slots that something is being done to. */
  readonly #busy = new Set<string>();

  constructor(repo: Repository, options: PoolOptions) {
    this.#repo = repo;
    this.#options = options;
  }

  async acquire(request: WorkspaceRequest): Promise<AcquiredWorkspace> {
    const id = workspaceId(request);
    const branch = taskBranch(request);
    const base = asCommit(request.base);
    const excluded = listCarried(this.#options.config);
    const taken = await this.#take((idle, all) => idle.find(isHeldBy(id)) ?? idle.find(isFree) ?? this.#nameSlot(all));
    try {
      const slot = { ...taken, path: await canonicalPath(taken.path) };
      await this.#claimBranch(slot, { id, branch, base });
      const admin = await this.#prepare(slot, { branch, base });
      const notes = await copyConfiguredFiles(this.#repo.root, slot.path, this.#options.config);
      await markReady(admin, { branch, base, excluded, holder: id });
      return { id, path: slot.path, branch, notes: [...notes, ...(await carryOver(slot.path, request))] };
    } finally {
      this.#busy.delete(taken.name);
    }
  }

  async release(
    { id, branch }: Pick<AcquiredWorkspace, "id" | "branch">,
    disposition: Disposition,
  ): Promise<RemoveOutcome> {
    const slot = await this.#take((idle) => idle.find(isHeldBy(id)) ?? null);
    try {
      const { path = "", admin = null, mark = null } = slot ?? {};
      const outcome = await settleWork(this.#repo, { path, admin, branch }, disposition);
      if (outcome.kind === "kept") return outcome;
      if (admin !== null && mark !== null) {
        // Off the branch, so that the branch can go.
        await writeFile(join(admin, "HEAD"), `${mark.base}\n`);
        await writeMark(admin, { ...mark, branch: null, holder: null });
      }
      return withLeft(outcome, await dropBranch(this.#repo, branch, disposition === "landed"));
    } finally {
      if (slot !== null) this.#busy.delete(slot.name);
    }
  }

  /** Chooses among the slots that nothing is being done to, and makes the chosen one busy. */
  #take<Chosen extends Slot | null>(choose: (idle: Slot[], all: readonly Slot[]) => Chosen): Promise<Chosen> {
    return withKeyedMutex(`${this.#repo.commonDir} pool`, async () => {
      // What is let go meanwhile was read before.
      const busy = new Set(this.#busy);
      const all = await this.#listSlots();
      const idle = all.filter(({ name }) => !busy.has(name));
      const chosen = choose(idle, all);
      if (chosen !== null) this.#busy.add(chosen.name);
      return chosen;
    });
  }

  /** Those on disk, and those that are only being made. */
  async #listSlots(): Promise<Slot[]> {
    const names = await listIfThere(this.#options.folder);
    const known = new Set([...names.filter((name) => name.startsWith(SLOT)), ...this.#busy]);
    return Promise.all([...known].sort().map((name) => this.#readSlot(name)));
  }

  async #readSlot(name: string): Promise<Slot> {
    const path = await canonicalPath(join(this.#options.folder, name));
    const admin = await findAdminDir(this.#repo, path);
    return { name, path, admin, mark: admin === null ? null : await readMark(admin) };
  }

  #nameSlot(taken: readonly Slot[]): Slot {
    const names = new Set(taken.map(({ name }) => name));
    let number = 1;
    while (names.has(`${SLOT}${number}`)) number++;
    const name = `${SLOT}${number}`;
    return { name, path: join(this.#options.folder, name), admin: null, mark: null };
  }

  /** Puts the attempt's branch at its base; what an earlier workspace of this id held is saved first (WORKSPACE-2). */
  async #claimBranch(slot: Slot, { id, branch, base }: { id: string; branch: string; base: string }): Promise<void> {
    const tip = await readBranch(this.#repo, branch);
    const work = await findOwnWork(this.#repo, slot.path, isHeldBy(id)(slot) ? slot.admin : null, branch);
    if (holdsWork(work)) await saveWork(this.#repo, branch, work);
    await startBranch(this.#repo, { path: slot.path, branch, tip, base });
  }

  /** See POOL-2; returns the admin folder. */
  async #prepare({ path, admin, mark }: Slot, { branch, base }: { branch: string; base: string }): Promise<string> {
    const { folder, keepsIgnored = false } = this.#options;
    const untracked = keepsIgnored ? "ignored" : "none";
    if (admin !== null) await removeMark(admin);
    if (admin !== null && mark !== null && (await resetWorktree({ path, admin, head: { branch }, untracked })))
      return admin;
    const made = await withKeyedMutex(this.#repo.commonDir, async () => {
      await makeWorktreeFolder(this.#repo, folder);
      await (await detach(this.#repo, path, admin))();
      return addWorktree(this.#repo, path, base, branch);
    });
    await checkOut(this.#repo, path, made, base);
    return made;
  }
}

const isHeldBy =
  (id: string) =>
  ({ mark }: Slot): boolean =>
    mark?.holder === id;

/** Released, or never given to anybody. */
const isFree = ({ mark }: Slot): boolean => mark === null || mark.holder === null;
