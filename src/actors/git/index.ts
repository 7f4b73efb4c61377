/** Git, as the runtime uses it. Every operation here may be performed twice with the same effect id. */
export { buildChain } from "./chain.ts";
export { commitWork } from "./commit-work.ts";
export { listCarried } from "./copy-configured-files.ts";
export { excludeLocally } from "./exclude.ts";
export { findForeignWork } from "./foreign-work.ts";
export { prepareGateWorktree } from "./gate-worktree.ts";
export { checkGit } from "./git.ts";
export { describeWay, listLeft } from "./left-of-run.ts";
export { applyPatch, writePatch } from "./patch.ts";
export { readDiff } from "./read-diff.ts";
export {
  advanceBranch,
  createIntegrationBranch,
  findCheckout,
  integrationBranch,
  readBranch,
} from "./refs.ts";
export { listTrackedFiles, openRepository, type Repository, resolveBase } from "./repository.ts";
export { type SharedNews, SharedWatch, type SharedWindow } from "./shared-watch.ts";
export { type ShipOutcome, shipBranch } from "./ship.ts";
export { readTree } from "./tree-changes.ts";
export { attemptWorktrees, type Workspaces, type WorkspacesOptions } from "./workspaces.ts";
export { removeWorktree } from "./worktree.ts";
export { noteSetUp } from "./worktree-admin.ts";
