/** Git, as the runtime uses it. Every operation here may be performed twice with the same effect id. */
export { branchOff, bringOnto, findBase, RECOVERED, snapshotFolder } from "./bring-back.ts";
export { buildChain } from "./chain.ts";
export { type ChangedText, listChangedPaths, readChangedTexts } from "./changed-texts.ts";
export { CheckoutWatch } from "./checkout-watch.ts";
export { composeWorkMessage } from "./commit-body.ts";
export { commitWork } from "./commit-work.ts";
export { listCarried } from "./copy-configured-files.ts";
export { excludeLocally, patternOf } from "./exclude.ts";
export { findForeignWork } from "./foreign-work.ts";
export { keepPreparedState, prepareGateWorktree } from "./gate-worktree.ts";
export { checkGit, openGitStarter } from "./git.ts";
export { type Guard, openGuard } from "./guard.ts";
export { describeLost, dropRef, holdCommit, letGo, listHeld } from "./held.ts";
export { followLine } from "./hunks.ts";
export {
  findBlobs,
  type LandedChange,
  type LandedFile,
  type LineChanges,
  readLandedChanges,
  readLineChanges,
  readSmallTexts,
} from "./landed-changes.ts";
export { findLeftGits, waitForLeftGits } from "./left-gits.ts";
export { clearLeftLocks, lookAtLocks } from "./left-locks.ts";
export { describeWay, listLeft } from "./left-of-run.ts";
export { describeLeftOut, listLeftOut } from "./list-left-out.ts";
export { describeLock, type LookedAtLock, lookAtLock, removeLock } from "./locks.ts";
export { isLasting, lookAtWork, lookForWork } from "./look-for-work.ts";
export {
  type BroughtOver,
  findThere,
  listRefs,
  listUnheld,
  type OwnRef,
  type OwnRefKind,
  readBroughtOver,
  readNewHistory,
} from "./own-refs.ts";
export { applyPatch, writePatch } from "./patch.ts";
export { isPlainPath, showPath } from "./raw-path.ts";
export { readDiff } from "./read-diff.ts";
export { readTrailers } from "./read-trailers.ts";
export { noteReadyState } from "./ready-state.ts";
export {
  advanceBranch,
  createIntegrationBranch,
  findCheckout,
  integrationBranch,
  isAncestor,
  isHeld,
  listAttemptBranches,
  moveBranch,
  readBranch,
  requireFreeNames,
  restoreBranch,
  taskBranch,
} from "./refs.ts";
export { quoteForShell } from "./refusals.ts";
export {
  findCommit,
  isObjectId,
  listTrackedFiles,
  openRepository,
  type Repository,
  resolveBase,
} from "./repository.ts";
export { findOwnWork, holdsWork, writeWork } from "./saved-work.ts";
export { type SharedNews, SharedWatch, type SharedWindow } from "./shared-watch.ts";
export { type MergedTip, type ShipOutcome, shipBranch } from "./ship.ts";
export { keepTakenWork, takeBack } from "./taken-work.ts";
export { emptyTrash, isTrash, moveToTrash } from "./trash.ts";
export { listTreeFiles, readBlobs, readTree } from "./tree-changes.ts";
export { attemptWorktrees, type Standing, type Workspaces, type WorkspacesOptions } from "./workspaces.ts";
export { detach, type RemoveOutcome, removeWorktree } from "./worktree.ts";
export {
  adoptMovedWorktrees,
  canonicalPath,
  findAdminDir,
  holderOf,
  isLockedByOther,
  isMade,
  isSlot,
  listAdminDirs,
  noteSetUp,
  noteSetUpFor,
  readMark,
  readSetUpFor,
  unlockWorktree,
  wasMade,
} from "./worktree-admin.ts";
export { pooledWorktrees, SPARE } from "./worktree-pool.ts";
export { isOfNote, readLeftNotes, removeNotesFolder } from "./write-notes.ts";
