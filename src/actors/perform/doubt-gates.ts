/** Says of red gates on a merged tree why that may mean nothing; what follows from it the merge queue decides (DOUBT-1). */
import { type Doubt, type GateOutcome, isRedGate } from "../../protocol/gate-values.ts";
import { findTouched, mayHoldTests } from "../gates/index.ts";
import {
  type ChangedText,
  findCommit,
  listChangedPaths,
  listTrackedFiles,
  type Repository,
  readChangedTexts,
} from "../git/index.ts";
import { type RunContext, repositoryOf } from "./run-context.ts";

interface Tip {
  commit: string;
  /** Git's name for its tree. */
  tree: string;
  /** Commits on it that are not on the run's branch yet. */
  links: number;
}

/** The results, those of red required gates with the doubt that there is. */
export async function doubtGates(run: RunContext, results: readonly GateOutcome[], tip: Tip): Promise<GateOutcome[]> {
  const { gates } = run.manifest.plan;
  let change: Promise<Change | null> | undefined;
  return Promise.all(
    results.map(async (result) => {
      const gate = gates.find(({ name }) => name === result.name);
      if (gate === undefined || !result.required || !isRedGate(result)) return result;
      const names = (result.tests ?? []).map(({ name }) => name);
      const known = names.filter((test) => run.isKnownFlaky?.({ gate: gate.name, tree: tip.tree, test }) === true);
      const retries = gate.flaky === "retry";
      if (known.length === 0 && !retries) return result;
      change ??= readChange(run, tip);
      const made = await change;
      // Of what is not known nobody is excused.
      if (made === null) return result;
      const touched = findTouched({ tests: result.tests ?? null, ...made, cwd: gate.cwd });
      const doubt: Doubt = { known, ...(retries ? { retries } : {}), touched };
      return { ...result, doubt };
    }),
  );
}

interface Change {
  changed: string[];
  texts: ChangedText[];
  files: string[];
}

/** What the commits on the tip change together, and the files of its tree; null when git cannot tell. */
async function readChange(run: RunContext, { commit, links }: Omit<Tip, "tree">): Promise<Change | null> {
  try {
    return await readChangeIn(repositoryOf(run), { commit, links });
  } catch {
    return null;
  }
}

async function readChangeIn(repo: Repository, { commit, links }: Omit<Tip, "tree">): Promise<Change | null> {
  const files = await listTrackedFiles(repo, commit);
  if (links === 0) return { changed: [], texts: [], files };
  const from = await findCommit(repo.root, `${commit}~${links}`);
  if (from === null) return null;
  const texts = await readChangedTexts(repo, { from, to: commit, isWanted: mayHoldTests });
  return { changed: await listChangedPaths(repo, from, commit), texts, files };
}
