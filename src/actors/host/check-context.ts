/** What a host gives those who run gates and prepare worktrees. */
import type { RunManifest } from "../../protocol/values.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { findWorktreeFolder } from "../control/worktree-place.ts";
import { openRepository } from "../git/index.ts";
import type { CheckContext } from "../perform/run-context.ts";
import { manifestOf } from "../projections/run-view.ts";
import type { ActorSystem } from "../runtime/system.ts";

type Opened = Pick<CheckContext, "config" | "executor" | "gateConcurrency"> & { root: string; env: NodeJS.ProcessEnv };

/** Makes it of what the host was opened with. Rejects with an error of git. */
export async function openCheckContext(
  { env, config, root, executor, gateConcurrency }: Opened,
  {
    folder,
    system,
    verdicts,
    ports,
  }: { folder: RunFolder; system: ActorSystem } & Pick<CheckContext, "verdicts" | "ports">,
): Promise<CheckContext> {
  const { base, worktrees } = manifestOf(system) as RunManifest;
  const { path } = config.worktree;
  return {
    get manifest() {
      return manifestOf(system) as RunManifest;
    },
    folder,
    config,
    repo: base === null ? null : await openRepository(root),
    worktrees: findWorktreeFolder(folder, worktrees, { ...(path === undefined ? {} : { inRepository: path }), env }),
    executor,
    verdicts,
    ports,
    parentEnv: env,
    gateConcurrency,
  };
}
