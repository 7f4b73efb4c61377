/** Git, as the runtime uses it. Every operation here may be performed twice with the same effect id. */
export { listCarried } from "./carry-in.ts";
export { buildChain, type Chain, type ChainItem } from "./chain.ts";
export { type CommitOutcome, commitWork, type WorkToCommit } from "./commit-work.ts";
export { excludeLocally } from "./exclude.ts";
export { type GateWorktreeRequest, type PreparedGateWorktree, prepareGateWorktree } from "./gate-worktree.ts";
export { checkGit } from "./git.ts";
export type { CommitTrailers } from "./message.ts";
export {
  type AdvanceOutcome,
  type AttemptName,
  advanceBranch,
  createIntegrationBranch,
  findEffect,
  integrationBranch,
  readBranch,
  taskBranch,
} from "./refs.ts";
export { listTrackedFiles, openRepository, type Repository, readBaseFile, resolveBase } from "./repository.ts";
export { makeScope } from "./scope.ts";
export { type ShipOutcome, shipBranch } from "./ship.ts";
export { compareRefs, type SharedChange, type SharedSnapshot, snapshotRefs } from "./watch-refs.ts";
export {
  type PreparedWorktree,
  prepareWorktree,
  type RemoveOutcome,
  removeWorktree,
  type WorktreeRequest,
} from "./worktree.ts";
