/**
 * Keeps pleach's own folders out of `git status` without touching a tracked file: ignore patterns in a marked block of
 * `info/exclude`. All other bytes of that file stay as they are; a missing newline at its end is the one thing added.
 */
import { mkdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../errors.ts";
import { writeAtomically } from "../../safe-files/index.ts";
import { withKeyedMutex } from "./keyed-mutex.ts";
import type { Repository } from "./repository.ts";

const opening = "# >>> pleach";
const closing = "# <<< pleach";

/** Makes the block hold exactly these patterns; resolves with whether the file changed. */
export function excludeLocally(repo: Repository, patterns: readonly string[]): Promise<boolean> {
  return withKeyedMutex(repo.commonDir, async () => {
    const named = join(repo.commonDir, "info", "exclude");
    await mkdir(dirname(named), { recursive: true });
    const file = await realpath(named).catch(() => named);
    const old = await readFile(file, "latin1").catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return "";
      throw error;
    });
    const next = setPatterns(
      old,
      patterns.map((pattern) => Buffer.from(pattern, "utf8").toString("latin1")),
    );
    if (next === old) return false;
    await writeAtomically(file, Buffer.from(next, "latin1"), { durability: "whole" });
    return true;
  });
}

/** A pattern that fits a path in the checkout, given from its root, and nothing else. */
export function patternOf(path: string): string {
  return `/${path.replace(/[\\*?[]|\s$/g, "\\$&")}/`;
}

/** The text of the file (a byte a character) with `patterns` as its block. */
export function setPatterns(text: string, patterns: readonly string[]): string {
  const opened = /^# >>> pleach\n/m.exec(text);
  const closed = opened === null ? null : /^# <<< pleach\n?/m.exec(text.slice(opened.index));
  const fresh = `${opening}\n${[...new Set(patterns)].join("\n")}\n${closing}\n`;
  if (opened === null || closed === null) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${fresh}`;
  return text.slice(0, opened.index) + fresh + text.slice(opened.index + closed.index + closed[0].length);
}
