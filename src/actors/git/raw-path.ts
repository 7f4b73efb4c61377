/**
 * File names as git has them: bytes. They may hold newlines, quotes, a leading dash, or be no UTF-8 at all, and have to
 * go back to git unchanged. A RawPath keeps each byte as one character (latin1), so that it can be a key, be cut at
 * slashes and be compared; it becomes text only where a person or a glob reads it.
 */

/** A path relative to the repository, one character a byte. */
export type RawPath = string & { readonly rawPath: never };

/** A path given as text. */
export function toRawPath(text: string): RawPath {
  return Buffer.from(text, "utf8").toString("latin1") as RawPath;
}

/** The path as text; bytes that are no UTF-8 become U+FFFD, so the text may not name the file any more. */
export function showPath(path: RawPath): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** Whether the text of the path names it, and nothing else. */
export function isPlainPath(path: RawPath): boolean {
  return toRawPath(showPath(path)) === path;
}

/** Several paths as text, sorted, each once. */
export function showPaths(paths: Iterable<RawPath>): string[] {
  return [...new Set([...paths].map(showPath))].sort();
}

/** The path as bytes, for the file system. */
export function pathBytes(path: RawPath): Buffer {
  return Buffer.from(path, "latin1");
}

/** Takes apart what git printed with `-z`. */
export function splitPaths(output: Buffer): RawPath[] {
  const fields = output.toString("latin1").split("\0");
  if (fields.at(-1) === "") fields.pop();
  return fields as RawPath[];
}

/** Paths as git's `-z --stdin` wants them. */
export function joinPaths(paths: Iterable<RawPath>): Buffer {
  return Buffer.from([...paths].map((path) => `${path}\0`).join(""), "latin1");
}

/** Whether `path` is one of `roots` or lies below one. */
export function isWithin(path: RawPath, roots: readonly RawPath[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}
