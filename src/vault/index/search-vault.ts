/** Searching the notes of vaults by words, whatever a person types or pastes: nothing in the words is syntax. */
import { openVault, type SearchResult } from "../open-vault.ts";

export type { SearchResult } from "../open-vault.ts";

/**
 * Notes that hold some of the words, best first, at most `limit`. Vaults that do not exist are empty; the first is the
 * one that keeps what was read for the next time.
 */
export async function searchVault(vaultDirs: readonly string[], words: string, limit: number): Promise<SearchResult[]> {
  const [first, ...others] = vaultDirs;
  if (first === undefined) return [];
  const vault = await openVault(first, { read: others });
  try {
    return await vault.search(words, limit);
  } finally {
    await vault.close();
  }
}
