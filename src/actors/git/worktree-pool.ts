/**
 * Workspaces that are used again: a worktree that was released is reset and given to the next attempt, which is quicker
 * than checking out all files, and set up already. The path of an attempt may be that of attempts before it, and files
 * that did not change keep their dates.
 *
 * POOL-1 What a worktree's mark says is all that is known of it, also to another host: whose workspace it is, or that it is
 *    free. One without a mark was being prepared, or reset, and is nobody's.
 * POOL-2 A free worktree is reset when it is acquired. What cannot be proved to be as a fresh one (PRISTINE-1) is made anew.
 * POOL-3 A worktree that holds work nobody wants saved stays what it was, and is not used again.
 * POOL-4 What `worktree.keep` names stays only where the attempt before ended well.
 * POOL-5 Where no worktree is free, one is taken whose attempt only waits for its merge and whose files are all in its commit;
 *    that attempt has no workspace from then on.
 * POOL-6 There are at most `capacity` worktrees besides those of attempts that are apart; more are removed when they are
 *    released.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Disposition } from "../../protocol/values.ts";
import { copyConfiguredFiles, listCarried } from "./copy-configured-files.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import {
  notePreparedFiles,
  type PreparedFiles,
  readPreparedFiles,
  stayingFiles,
  writePreparedFiles,
} from "./prepared-files.ts";
import { listIfThere } from "./presence.ts";
import { moveBranch, readBranch, taskBranch } from "./refs.ts";
import { asCommit, type Repository } from "./repository.ts";
import { resetWorktree } from "./reset-worktree.ts";
import { findOwnWork, holdsWork, saveWork } from "./saved-work.ts";
import {
  type AcquiredWorkspace,
  carryOver,
  type Standing,
  type WorkspaceRequest,
  type Workspaces,
  type WorkspacesOptions,
  workspaceId,
} from "./workspaces.ts";
import {
  addWorktree,
  checkOutToReuse,
  detach,
  dropBranch,
  makeWorktreeFolder,
  type RemoveOutcome,
  removeWorktree,
  settleWork,
  startBranch,
  withLeft,
} from "./worktree.ts";
import {
  type CheckoutShape,
  canonicalPath,
  findAdminDir,
  isMade,
  isSlot,
  markReady,
  noteInAdmin,
  readMark,
  removeMark,
  SLOT,
  type WorktreeMark,
  writeMark,
} from "./worktree-admin.ts";

/** One worktree of the pool. */
interface Slot {
  name: string;
  path: string;
  /** Null when git knows none there. */
  admin: string | null;
  mark: WorktreeMark | null;
  /** Whether what lies there is somebody else's: it is left alone. */
  isForeign: boolean;
}

/** A worktree that is ready but for what is brought in. */
interface Prepared {
  admin: string;
  shape: CheckoutShape;
  isSetUp: boolean;
}

/** Opens the pool in a folder; worktrees that are there already belong to it. */
export function pooledWorktrees(repo: Repository, options: WorkspacesOptions): Workspaces {
  return new WorktreePool(repo, options);
}

class WorktreePool implements Workspaces {
  readonly #repo: Repository;
  readonly #options: WorkspacesOptions;
  /** Slots that something is being done to. */
  readonly #busy = new Set<string>();

  constructor(repo: Repository, options: WorkspacesOptions) {
    this.#repo = repo;
    this.#options = options;
  }

  async acquire(request: WorkspaceRequest): Promise<AcquiredWorkspace> {
    const id = workspaceId(request);
    const branch = taskBranch(request);
    const base = asCommit(request.base);
    const excluded = listCarried(this.#options.config);
    const taken = await this.#takeFor(id);
    try {
      const slot = { ...taken, path: await canonicalPath(taken.path) };
      await this.#claimBranch(slot, { id, branch, base });
      const wasHeld = taken.mark !== null && taken.mark.holder !== null;
      const key = (await request.begin?.(slot.path, wasHeld)) ?? "";
      const { admin, shape, isSetUp } = await this.#prepare(slot, { branch, base, key });
      const notes = await copyConfiguredFiles(this.#repo.root, slot.path, this.#options.config);
      await markReady(admin, { branch, base, excluded, holder: id, shape });
      return { id, path: slot.path, branch, notes: [...notes, ...(await carryOver(slot.path, request))], isSetUp };
    } finally {
      this.#busy.delete(taken.name);
    }
  }

  async release(
    { id, branch }: Pick<AcquiredWorkspace, "id" | "branch">,
    disposition: Disposition,
  ): Promise<RemoveOutcome> {
    const slot = await this.#takeHeld(id);
    try {
      const { path = "", admin = null, mark = null } = slot ?? {};
      const outcome = await settleWork(this.#repo, { path, admin, branch }, disposition);
      if (outcome.kind === "kept") {
        if (admin !== null && mark !== null) await writeMark(admin, { ...mark, isLeft: true });
        return outcome;
      }
      if (admin !== null && mark !== null) {
        // Off the branch, so that the branch can go.
        await noteInAdmin(admin, "HEAD", `${mark.base}\n`);
        const { isLeft: _, ...free } = mark;
        await writeMark(admin, { ...free, branch: null, holder: null, endedWell: disposition === "landed" });
      }
      const left = await dropBranch(this.#repo, branch, disposition === "landed");
      if (slot !== null && (await this.#isTooMany())) await this.#remove(slot);
      return withLeft(outcome, left);
    } finally {
      if (slot !== null) this.#busy.delete(slot.name);
    }
  }

  async locate(id: string): Promise<string | null> {
    // One that is being given to another is not this one's any more.
    return (await this.#listSlots()).find((slot) => isHeldBy(id)(slot) && !this.#busy.has(slot.name))?.path ?? null;
  }

  async noteSetUp(id: string, key: string): Promise<void> {
    const slot = (await this.#listSlots()).find(isHeldBy(id));
    if (slot?.admin == null || key === "") return;
    const { path, admin } = slot;
    const { config } = this.#options;
    await notePreparedFiles({ path, admin, brought: listCarried(config), keep: config.keep ?? [] }, key);
  }

  async abandon({ id, branch }: Pick<AcquiredWorkspace, "id" | "branch">): Promise<void> {
    const slot = await this.#takeHeld(id);
    if (slot === null) return;
    try {
      await removeWorktree(this.#repo, { path: slot.path, branch }, "landed");
    } finally {
      this.#busy.delete(slot.name);
    }
  }

  /** The slot of an attempt: the one that it has, a free one, one of an attempt that needs it no more, or a new one. */
  async #takeFor(id: string): Promise<Slot> {
    const passed = new Set<string>();
    for (;;) {
      const slot = await this.#take((idle, all) => {
        const isEnough =
          all.filter((each) => this.#isCounted(each)).length >= (this.#options.capacity?.() ?? 0) - SPARE;
        const isSettled = (each: Slot): boolean => this.#standing(each) === "settled" && !passed.has(each.name);
        const free = idle.find(isHeldBy(id)) ?? idle.find(isFree);
        return free ?? (isEnough ? idle.find(isSettled) : undefined) ?? nameSlot(all, this.#options.folder);
      });
      if (isFree(slot) || isHeldBy(id)(slot)) return slot;
      // What only waits for its merge has ended well.
      const { mark } = slot;
      const isSettled = mark !== null && (await this.#isCommitted(slot).catch(() => false));
      if (isSettled) return { ...slot, mark: { ...mark, endedWell: true } };
      passed.add(slot.name);
      this.#busy.delete(slot.name);
    }
  }

  #takeHeld(id: string): Promise<Slot | null> {
    return this.#take((idle) => idle.find(isHeldBy(id)) ?? null);
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
    const known = new Set([...names.filter(isSlot), ...this.#busy]);
    return Promise.all([...known].sort().map((name) => this.#readSlot(name)));
  }

  async #readSlot(name: string): Promise<Slot> {
    const path = await canonicalPath(join(this.#options.folder, name));
    const admin = await findAdminDir(this.#repo, path);
    const mark = admin === null ? null : await readMark(admin);
    const isOwn = mark !== null || (admin === null ? await isVacant(path) : await isMade(admin, path));
    return { name, path, admin, mark, isForeign: !isOwn };
  }

  #standing({ mark }: Slot): Standing {
    if (mark?.holder == null) return "working";
    return mark.isLeft === true ? "apart" : (this.#options.standingOf?.(mark.holder) ?? "working");
  }

  #isCounted(slot: Slot): boolean {
    return this.#standing(slot) !== "apart";
  }

  async #isTooMany(): Promise<boolean> {
    const { capacity } = this.#options;
    if (capacity === undefined) return false;
    return (await this.#listSlots()).filter((slot) => this.#isCounted(slot)).length > capacity();
  }

  /** Whether the branch of an attempt that is `settled` holds what the worktree does: it is there, and has moved. */
  async #isCommitted({ admin, mark }: Slot): Promise<boolean> {
    if (admin === null || mark?.branch == null) return false;
    const head = await readFile(join(admin, "HEAD"), "utf8").catch(() => "");
    if (head !== `ref: refs/heads/${mark.branch}\n`) return false;
    const tip = await readBranch(this.#repo, mark.branch);
    return tip !== null && tip !== mark.base;
  }

  /** Puts the attempt's branch at its base; what an earlier workspace of this id held is saved first (WORKSPACE-2). */
  async #claimBranch(slot: Slot, { id, branch, base }: { id: string; branch: string; base: string }): Promise<void> {
    const isOwn = isHeldBy(id)(slot);
    // Most attempts are begun once: then there is no such branch.
    if (!isOwn && (await moveBranch(this.#repo, branch, null, base))) return;
    const tip = await readBranch(this.#repo, branch);
    const work = await findOwnWork(this.#repo, slot.path, isOwn ? slot.admin : null, branch);
    if (holdsWork(work)) await saveWork(this.#repo, branch, work);
    await startBranch(this.#repo, { path: slot.path, branch, tip, base });
  }

  /** See POOL-2. */
  async #prepare(slot: Slot, { branch, base, key }: { branch: string; base: string; key: string }): Promise<Prepared> {
    const { path, admin, mark } = slot;
    if (admin !== null && mark !== null) {
      const prepared = await this.#findPrepared(slot, key);
      await removeMark(admin);
      if (await this.#reset(slot, { branch, base, prepared })) {
        return { admin, shape: mark.shape as CheckoutShape, isSetUp: prepared !== null };
      }
    }
    const made = await withKeyedMutex(this.#repo.commonDir, async () => {
      await makeWorktreeFolder(this.#repo, this.#options.folder);
      await (await detach(this.#repo, path, admin))();
      return addWorktree(this.#repo, path, base, branch);
    });
    return { admin: made, shape: await checkOutToReuse(this.#repo, path, made, base), isSetUp: key === "" };
  }

  /** What the set-up of this key has left in the slot; null when it has to be run. Without set-up it is nothing. */
  async #findPrepared({ admin, mark }: Slot, key: string): Promise<PreparedFiles | null> {
    if (key === "") return { key, files: {} };
    const { keep = [] } = this.#options.config;
    // A kept folder of an attempt that did not end well goes, and set-up is what fills it.
    if (admin === null || (keep.length > 0 && mark?.endedWell !== true)) return null;
    const prepared = await readPreparedFiles(admin);
    return prepared?.key === key ? prepared : null;
  }

  async #reset(
    { path, admin, mark }: Slot,
    { branch, base, prepared }: { branch: string; base: string; prepared: PreparedFiles | null },
  ): Promise<boolean> {
    if (admin === null) return false;
    const keep = mark?.endedWell === true ? (this.#options.config.keep ?? []) : [];
    const files = prepared?.files ?? {};
    const isPlain = keep.length === 0 && Object.keys(files).length === 0;
    const untracked = isPlain ? {} : { untracked: stayingFiles({ path, admin, brought: [], keep }, { files }) };
    const request = { path, admin, commit: base, branch, shape: mark?.shape, ...untracked };
    if (!(await resetWorktree(this.#repo, request))) return false;
    if (prepared !== null && prepared.key !== "") await writePreparedFiles(admin, prepared);
    return true;
  }

  async #remove({ path }: Slot): Promise<void> {
    await removeWorktree(this.#repo, { path }, "landed");
  }
}

/** Worktrees beyond those of attempts that may be at work at the same time. */
export const SPARE = 2;

function nameSlot(taken: readonly Slot[], folder: string): Slot {
  const names = new Set(taken.map(({ name }) => name));
  let number = 1;
  while (names.has(`${SLOT}${number}`)) number++;
  const name = `${SLOT}${number}`;
  return { name, path: join(folder, name), admin: null, mark: null, isForeign: false };
}

/** Whether nothing is in the way of a worktree; a git that was killed may have left its file. */
async function isVacant(path: string): Promise<boolean> {
  return (await listIfThere(path)).every((name) => name === ".git");
}

const isHeldBy =
  (id: string) =>
  ({ mark }: Slot): boolean =>
    mark?.holder === id;

/** Released, or never given to anybody. */
const isFree = ({ mark, isForeign }: Slot): boolean => !isForeign && (mark === null || mark.holder === null);
