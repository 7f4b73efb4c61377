/** After a run: what its log teaches goes into the vault. */
import { basename, join } from "node:path";
import { readRun } from "../actors/client/attach.ts";
import type { Engine } from "../actors/control/engine.ts";
import { type RunFolder, WORKSPACE } from "../actors/control/run-folder.ts";
import { readReportTail } from "../actors/gates/report-tail.ts";
import { projectFacts } from "../actors/projections/facts/project-facts.ts";
import { manifestOf } from "../actors/projections/run-view.ts";
import { type FailureFact, type Learned, learnFromRun, type RunFacts } from "../vault/index.ts";
import { markLearned } from "./learned-mark.ts";

/** Learns from a run's log; null when the log holds no run yet. Throws `vault.unwritable` and the like. */
export async function learnFrom(engine: Engine, folder: RunFolder, vault: string): Promise<Learned | null> {
  const reader = await readRun(engine, folder);
  const manifest = manifestOf(reader.system);
  if (manifest === null) return null;
  const { startedAt, endedAt, lastAt } = reader.meta;
  const facts = await projectFacts({
    manifest,
    status: reader.status(),
    repo: basename(folder.root),
    records: engine.openLog(folder).read(),
    readTail: (path) => readReportTail(join(folder.path, path)),
    startedAt,
    endedAt: endedAt ?? lastAt,
  });
  const worktrees = manifest.worktrees ?? join(folder.root, WORKSPACE, "worktrees", folder.run);
  const learned = await learnFromRun(vault, withoutPlaces(facts, folder.root, worktrees));
  if (endedAt !== null) markLearned(folder, { vault, note: learned.runNote, endedAt });
  return learned;
}

/** A vault is shared: what failed where names files as the repository does, not as this machine does. */
function withoutPlaces(facts: RunFacts, root: string, worktrees: string): RunFacts {
  const places = new RegExp(`(?:file://)?(?:${escapeRegExp(worktrees)}/[^/\\s]+/|${escapeRegExp(root)}/)`, "g");
  const clean = (failure: FailureFact): FailureFact => ({ ...failure, text: failure.text.replace(places, "") });
  const tasks = facts.tasks.map((task) => ({
    ...task,
    failures: task.failures.map(clean),
    tries: task.tries.map((attempt) => ({ ...attempt, failure: attempt.failure && clean(attempt.failure) })),
  }));
  return { ...facts, tasks };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
