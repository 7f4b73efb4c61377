/**
 * Opens files that others may have put there, or may change at any moment: agents, their programs, whoever else works on
 * the same disk. A symbolic link at the path is not followed, unless that is asked for (folders on the way may be links:
 * `confine-path.ts`), and a named pipe is not waited for.
 */
import { constants, openSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

export interface OpenOptions {
  /** Mode of a file that is created; default 0o666. The umask takes its part. */
  mode?: number;
  /** Whether a symbolic link at the path is an error (`ELOOP`, the default), or leads on. */
  links?: "refuse" | "follow";
}

/** Opens for reading, or with these flags of `node:fs`. Whoever uses what is opened looks first whether it is a file. */
export function openUntrusted(
  path: string,
  flags: number = constants.O_RDONLY,
  { mode, links = "refuse" }: OpenOptions = {},
): Promise<FileHandle> {
  return open(path, flags | guards(links), mode);
}

/** As `openUntrusted`, without leaving the thread; returns the file descriptor. */
export function openUntrustedSync(
  path: string,
  flags: number = constants.O_RDONLY,
  { mode, links = "refuse" }: OpenOptions = {},
): number {
  return openSync(path, flags | guards(links), mode);
}

function guards(links: "refuse" | "follow"): number {
  return constants.O_NONBLOCK | constants.O_NOCTTY | (links === "follow" ? 0 : constants.O_NOFOLLOW);
}
