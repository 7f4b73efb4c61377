/**
 * The links of vaults that lead nowhere, to several files, or to a part of a note that is not there. They take the
 * longest to read, so they come from the library, which reads them in its own thread while the check does other work.
 */

import type { Source } from "../files/sources.ts";
import { openVault } from "../library/vault.ts";
import type { LinkProblem } from "../links/graph.ts";
import { hasPlaceholder } from "../notes/placeholders.ts";
import type { Finding } from "./problem.ts";

export interface LibraryLinks {
  /** Links of one of the vaults that lead nowhere, or to several files. Rejects with `vault.threadDied`. */
  problemsOf(source: Source): Promise<LinkProblem[]>;
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
    async problemsOf(source) {
      const vault = await opening;
      return vault === undefined ? [] : vault.linkProblems(vaults.indexOf(source));
    },
    async close() {
      const vault = await opening?.catch(() => undefined);
      await vault?.close();
    },
  };
}

/** Words the troubles; `lines` are those of the notes by path. */
export function checkLinks(troubles: readonly LinkProblem[], lines: ReadonlyMap<string, LineIndex>): Finding[] {
  return troubles.flatMap((trouble): Finding[] => {
    const { from, link } = trouble;
    // Where a template links to is known when a note is made from it.
    if (hasPlaceholder(link.target) || link.subpath.headings.some(hasPlaceholder)) return [];
    const finding: Finding = { path: from, line: lines.get(from)?.lineOf(link.at) ?? null, ...describe(trouble) };
    return [finding];
  });
}

function describe(trouble: LinkProblem): Pick<Finding, "code" | "message"> {
  const { link } = trouble;
  const target = JSON.stringify(link.target);
  const way = link.subpath.block === null ? link.subpath.headings.join("#") : `^${link.subpath.block}`;
  switch (trouble.kind) {
    case "unresolved":
      return { code: "link.unresolved", message: `${target} leads nowhere` };
    case "ambiguous": {
      const [first, second, ...more] = trouble.candidates;
      const rest = more.length > 0 ? ` and ${more.length} more` : "";
      return { code: "link.ambiguous", message: `${target} may be ${first}, ${second}${rest}` };
    }
    case "missing-heading":
      return { code: "link.heading", message: `${trouble.path} has no heading ${JSON.stringify(way)}` };
    case "missing-block":
      return { code: "link.block", message: `${trouble.path} has no block ${JSON.stringify(way)}` };
  }
}

/** Finds the line of an offset quickly, many times over, without keeping the text. */
export class LineIndex {
  /** Offsets of the line ends. */
  readonly #ends: Uint32Array;

  constructor(text: string) {
    const ends: number[] = [];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) ends.push(at);
    this.#ends = Uint32Array.from(ends);
  }

  /** The one-based line of an offset. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
}
