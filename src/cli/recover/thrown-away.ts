/**
 * Commits that a person threw away by name, as the run remembers it in its folder, beside the log: what a log tells of and no ref
 * holds is otherwise taken for lost.
 */
import { join } from "node:path";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { isObjectId } from "../../actors/git/index.ts";
import { readUntrustedFileSync, writeAtomicallySync } from "../../safe-files/index.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const fileOf = ({ path }: RunFolder): string => join(path, "thrown-away.json");

/** None where it cannot be read: then it is told of once more. */
export function readThrownAway(folder: RunFolder): Set<string> {
  try {
    const read = readUntrustedFileSync(fileOf(folder), { maxBytes: MAX_BYTES });
    const { commits } = JSON.parse(read.kind === "read" ? read.bytes.toString("utf8") : "{}") as { commits?: unknown };
    return new Set(
      Array.isArray(commits) ? commits.filter((each) => typeof each === "string" && isObjectId(each)) : [],
    );
  } catch {
    return new Set();
  }
}

/** Remembers these, too. */
export function noteThrownAway(folder: RunFolder, commits: readonly string[]): void {
  const all = [...new Set([...readThrownAway(folder), ...commits])].sort();
  writeAtomicallySync(fileOf(folder), `${JSON.stringify({ schema: 1, commits: all })}\n`, {
    durability: "whole",
    mode: 0o600,
  });
}
