/**
 * Whether two path patterns may touch the same file, judged by what stands before their first wildcard: a file against
 * a folder's glob, or two folders. Deliberately coarse: it is a feature among others, not a permission. Pure.
 */

/** A path pattern up to its first wildcard. */
export interface GlobStart {
  parts: readonly string[];
  /** There is no wildcard: the parts name one file. */
  isWhole: boolean;
}

/** Reads a glob or a path; one that ends in `/` is a folder. */
export function readGlobStart(glob: string): GlobStart {
  const parts = glob.replace(/^\.\//, "").split("/").filter(Boolean);
  const wild = parts.findIndex((part) => /[*?[\]{}()!]/.test(part));
  return { parts: wild < 0 ? parts : parts.slice(0, wild), isWhole: wild < 0 && !glob.endsWith("/") };
}

/** How deep two patterns agree: how many names the longer begins with that are all of the shorter; 0 for none. */
export function overlapDepth(a: GlobStart, b: GlobStart): number {
  const shared = Math.min(a.parts.length, b.parts.length);
  for (let at = 0; at < shared; at += 1) if (a.parts[at] !== b.parts[at]) return 0;
  // A file holds nothing, so a longer path below its name is another file.
  const isOther = (whole: GlobStart, other: GlobStart) => whole.isWhole && other.parts.length > shared;
  return isOther(a, b) || isOther(b, a) ? 0 : shared;
}
