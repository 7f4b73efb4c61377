/** The links of vaults as the library knows them: it reads them in its own thread while the caller does other work. */
import type { Source } from "../files/sources.ts";
import { openVault } from "../library/vault.ts";
import type { LinkTrouble } from "../links/graph.ts";

export interface LibraryLinks {
  /** Links of one of the vaults that lead nowhere, or to several files. Rejects with `vault.threadDied`. */
  troublesOf(source: Source): Promise<LinkTrouble[]>;
  close(): Promise<void>;
}

/** Has whole vaults read; where `cacheDir` is undefined, the first of them keeps what was read. */
export function openLinks(vaults: readonly Source[], cacheDir: string | null | undefined): LibraryLinks {
  const [first, ...read] = vaults;
  const opening =
    first === undefined ? undefined : openVault(first.dir, { read, ...(cacheDir === undefined ? {} : { cacheDir }) });
  // Told to whoever asks.
  opening?.catch(() => undefined);
  return {
    async troublesOf(source) {
      const vault = await opening;
      return vault === undefined ? [] : vault.troubles(vaults.indexOf(source));
    },
    async close() {
      const vault = await opening?.catch(() => undefined);
      await vault?.close();
    },
  };
}
