/**
 * Names places in files by what stands there, so that complaints of two verdicts can be compared though lines were added
 * above them: the text of the line, and which of the lines with that text among those complained of it is.
 */
import { relative, resolve } from "node:path";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";

/** Something that a report complains of. `path` as the report has it; `line` counts from 1, null where it names none. */
export interface Complaint {
  what: string;
  path: string;
  line: number | null;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_LINE_CHARS = 160;

/** What the paths of a report are relative to: the folder that the gate ran in, below the worktree. */
export interface GatePlace {
  root: string;
  folder: string;
}

/** A line each, in this order; where a file cannot be read its lines have their numbers. */
export async function nameComplaints({ root, folder }: GatePlace, complaints: readonly Complaint[]): Promise<string[]> {
  const files = new Map<string, Promise<string[] | null>>();
  const seen = new Map<string, number>();
  const named: string[] = [];
  for (const { what, path, line } of complaints) {
    const inside = relative(root, resolve(folder, path));
    const lines = files.get(inside) ?? readLines(root, inside);
    files.set(inside, lines);
    const text = line === null ? "" : ((await lines)?.[line - 1]?.trim() ?? `line ${line}`);
    const name = sanitizeLine(`${what} ${inside}${text === "" ? "" : `: ${text}`}`, MAX_LINE_CHARS + inside.length);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    named.push(count === 1 ? name : `${name} (${count})`);
  }
  return named;
}

async function readLines(root: string, path: string): Promise<string[] | null> {
  const found = confinePath(root, path);
  if (found.kind === "refused" || !found.exists) return null;
  const read = await readUntrustedFile(found.path, { maxBytes: MAX_BYTES });
  return read.kind === "read" ? read.bytes.toString("utf8").split("\n") : null;
}
