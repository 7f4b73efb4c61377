/**
 * Reads a report that a gate's command wrote into the worktree: only from inside the worktree, only a plain file, only
 * up to a size, and only when this gate wrote it. A report left from before says nothing about this run of the gate.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { confinePath, readUntrustedFile, writeAtomicallySync } from "../../safe-files/index.ts";

export type ReportRead = { kind: "read"; bytes: Buffer } | { kind: "unusable"; reason: string };

/** What identifies one written state of a file; null when there is no file. */
export type FileStamp = string | null;

/** Far above usual reports; a larger one would cost seconds, and memory by the gigabyte. */
const MAX_REPORT_BYTES = 16 * 1024 * 1024;

/** Takes the stamp of a report before the gate starts. The change time in it cannot be set by programs. */
export function stampReport(root: string, path: string): FileStamp {
  const target = confinePath(root, path);
  if (target.kind === "refused" || !target.exists) return null;
  const stat = lstatSync(target.path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

/** Reads the report, unless it is still as `before` says. */
export async function readReport(root: string, path: string, before: FileStamp): Promise<ReportRead> {
  const shown = JSON.stringify(path);
  const target = confinePath(root, path);
  if (target.kind === "refused") return unusable(target.reason);
  if (!target.exists) return unusable(`the report ${shown} was not written`);
  if (before !== null && stampReport(root, path) === before) {
    return unusable(`the report ${shown} was not written by this gate: it is left from before`);
  }
  const read = await readUntrustedFile(target.path, { maxBytes: MAX_REPORT_BYTES });
  if (read.kind === "read") return { kind: "read", bytes: read.bytes };
  if (read.kind === "absent") return unusable(`the report ${shown} is gone`);
  if (read.why === "notFile") return unusable(`the report ${shown} is not a file`);
  return unusable(`the report ${shown} cannot be read: ${read.reason}`);
}

/** Keeps a copy beside the log, for the worktree may go; returns its SHA-256 in hex. */
export function keepReport(path: string, bytes: Buffer): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeAtomicallySync(path, bytes, { durability: "none", mode: 0o600 });
  return createHash("sha256").update(bytes).digest("hex");
}

function unusable(reason: string): ReportRead {
  return { kind: "unusable", reason };
}
