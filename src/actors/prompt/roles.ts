/**
 * What each stream's agents are told of their role: a file of the repository's (`.pleach/roles/<stream>.md`), else the one
 * that pleach ships (`roles/`), else nothing. Read from the checkout, not from a task's worktree: no task can give the
 * next one another role.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "../../package-file.ts";
import { explainBadName } from "../../plan/names.ts";
import { confinePath, readUntrustedFileSync } from "../../safe-files/index.ts";
import { sanitizeOutput } from "../../terminal-text/index.ts";

/** Folder of a repository's own roles. */
const OWN_ROLES = ".pleach/roles";
/** The folder of the package that holds the roles of pleach. */
const BUILTIN_ROLES = "roles";
/** A role is a page; what is longer is cut. */
const MAX_BYTES = 64 * 1024;

/**
 * The role of a stream, or null when it has none. A file of the repository's counts when it is a regular file inside of
 * `root` (a link that stays inside is followed); an empty one means no role. Never throws.
 */
export function readRole(root: string, stream: string): string | null {
  return chooseRole(readOwnRole(root, stream), stream);
}

/** What a stream is told where the repository's own file says this, or where it has none. */
export function chooseRole(own: string | null, stream: string): string | null {
  if (explainBadName(stream) !== null) return null;
  const role = own ?? readText(packageFile(join(BUILTIN_ROLES, `${stream}.md`)));
  return role === null || role.trim() === "" ? null : role;
}

/** The text of the repository's own file for a stream; null when there is none. Never throws. */
export function readOwnRole(root: string, stream: string): string | null {
  if (explainBadName(stream) !== null) return null;
  const own = confinePath(root, ownRoleFile(stream));
  return own.kind === "inside" && own.exists ? readText(own.path) : null;
}

/** Where a repository keeps the role of a stream, relative to its root. */
export const ownRoleFile = (stream: string): string => `${OWN_ROLES}/${stream}.md`;

/** Streams for which a repository has a file of its own, sorted. */
export function listOwnRoles(root: string): string[] {
  const folder = confinePath(root, OWN_ROLES);
  if (folder.kind !== "inside" || !folder.exists) return [];
  try {
    const names = readdirSync(folder.path).filter((name) => name.endsWith(".md"));
    return names
      .map((name) => name.slice(0, -".md".length))
      .filter((name) => explainBadName(name) === null)
      .sort();
  } catch {
    return [];
  }
}

/** The beginning of a regular file as safe text; null when there is none that can be read. */
function readText(path: string): string | null {
  const read = readUntrustedFileSync(path, { maxBytes: MAX_BYTES, part: "beginning" });
  return read.kind === "read" ? sanitizeOutput(read.bytes) : null;
}
