/** Searching the notes of vaults by words, whatever a person types or pastes: nothing in the words is syntax. */
import { openVault, type SearchResult, type Source } from "../open-vault.ts";

export type { SearchResult } from "../open-vault.ts";

/**
 * Notes that hold some of the words, best first, at most `limit`. Sources that do not exist are empty; the first is the
 * vault that keeps what was read for the next time.
 */
export async function searchVault(
  sources: readonly (string | Source)[],
  words: string,
  limit: number,
): Promise<SearchResult[]> {
  const [first, ...others] = sources;
  if (first === undefined) return [];
  const vault = await openVault(typeof first === "string" ? first : first.dir, { read: others });
  try {
    return await vault.search(words, limit);
  } finally {
    await vault.close();
  }
}
