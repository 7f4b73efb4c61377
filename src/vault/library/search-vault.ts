/** Searching the notes of vaults by words, whatever a person types or pastes: nothing in the words is syntax. */
import type { Source } from "../files/sources.ts";
import type { SearchResult } from "./model.ts";
import { vaultClosed } from "./port.ts";
import { openVault, type Vault } from "./vault.ts";

/** The vault that keeps what was read for the next time, then all others. */
export type SearchedSources = readonly [string, ...(string | Source)[]];

/** Notes that hold some of the words, best first, at most `limit`. Sources that do not exist are empty. */
export async function searchVault(sources: SearchedSources, words: string, limit: number): Promise<SearchResult[]> {
  const search = openSearch(sources);
  try {
    return await search.find(words, limit);
  } finally {
    await search.close();
  }
}

export interface VaultSearch {
  /** As `searchVault`; notes that were written before it was called are found. Rejects with `vault.closed`. */
  find(words: string, limit: number, signal?: AbortSignal): Promise<SearchResult[]>;
  /** Ends what is under way, and lets go of all that was read. */
  close(): Promise<void>;
}

/**
 * Searches the same sources again and again. Nothing is read before the first question; what was read for it is kept,
 * so that the next ones only look at what has changed since.
 *
 * VAULT-13 A look that is under way may have passed a note already, so whoever asks waits for one that begins
 *    afterwards; all who ask meanwhile share it.
 * VAULT-14 After a failure the vault is opened anew at the next question.
 */
export function openSearch([dir, ...read]: SearchedSources): VaultSearch {
  let opened: Promise<Vault> | undefined;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<Vault> | undefined;

  /** What went wrong was told to whoever asked. */
  const drop = async (): Promise<void> => {
    const dropped = opened;
    opened = undefined;
    await dropped?.then((vault) => vault.close()).catch(() => undefined);
  };
  const look = async (): Promise<Vault> => {
    next = undefined;
    if (isClosed) throw vaultClosed();
    if (opened === undefined) {
      opened = openVault(dir, { read });
      return opened;
    }
    const vault = await opened;
    await vault.refresh();
    return vault;
  };
  /** Resolves when all that was there before the call has been looked at (VAULT-13). */
  const lookAgain = (): Promise<Vault> => {
    if (next === undefined) {
      next = last.then(look);
      last = next.catch(drop);
    }
    return next;
  };
  return {
    async find(words, limit, signal) {
      const vault = await lookAgain();
      try {
        return await vault.search(words, limit, signal);
      } catch (thrown) {
        const isCurrent = (await opened?.catch(() => undefined)) === vault;
        if (isCurrent && signal?.aborted !== true) await drop();
        throw thrown;
      }
    },
    async close() {
      isClosed = true;
      await drop();
      await last;
    },
  };
}
