/** What running a gate or set-up needs of a run, in a real repository. */
import { dirname, join } from "node:path";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import type { Repository } from "../../../src/actors/git/index.ts";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";
import type { CheckContext } from "../../../src/actors/perform/run-context.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { WorktreeConfig } from "../../../src/plan/model.ts";
import { read } from "../../plan/read-text.ts";

/** A run `r1` of one task; `worktree` as in pleach.yaml. */
export function makeCheckContext(repo: Repository, worktree: Partial<WorktreeConfig> = {}): CheckContext {
  const { plan } = read('{"goal": "g", "tasks": [{"id": "a", "run": "true"}]}', "json");
  if (plan === null) throw new Error("the plan does not hold");
  return {
    manifest: { run: "r1", plan, base: repo.head.commit, baseBranch: "main", branch: "pleach/r1", patterns: {} },
    folder: runFolder(repo.root, "r1"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [], ...worktree } },
    repo,
    worktrees: join(dirname(repo.root), "worktrees", "r1"),
    executor: localExecutor,
    verdicts: memoryVerdicts(),
    ports: new PortRanges(repo.root),
    parentEnv: {},
    gateConcurrency: 1,
  };
}
