/** All that a run leaves in a vault: patterns, its note, and its pages, by one learner at a time. */
import type { RunFacts } from "../facts/run-facts.ts";
import { withVaultLock } from "../files/lock.ts";
import { createStore } from "../files/store.ts";
import { type Learned, learnRun } from "../learn/learn-run.ts";
import { openZettels } from "../library/zettel-reader.ts";
import { writePages } from "./write-pages.ts";

/**
 * Writes what a run teaches into the vault at `vaultDir`, which is created (from the template) when absent or empty.
 * Throws `vault.unwritable`, `vault.outside`, `vault.busy`.
 */
export async function learnFromRun(vaultDir: string, facts: RunFacts): Promise<Learned> {
  const store = await createStore(vaultDir);
  return withVaultLock(store.root, async () => {
    const zettels = openZettels(store.root);
    const { told, patterns } = await learnRun(store, zettels, facts);
    const pages = await writePages(store, zettels, { facts, runPath: told.runNote, learned: patterns });
    told.warnings.push(...pages.warnings);
    return told;
  });
}
