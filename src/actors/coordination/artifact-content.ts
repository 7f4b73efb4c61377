/**
 * The contents of artifacts: files of the run, each named by the hash of what is in it, and checked against it whenever
 * one is read (RULE-9).
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { MAX_ARTIFACT_BYTES } from "./tools.ts";

/** The name of a content. */
export const hashContent = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** The content of that name; null when it is gone or damaged. Never rejects. */
export async function readKept(folder: string, sha256: string): Promise<Buffer | null> {
  const read = await readUntrustedFile(join(folder, sha256), { maxBytes: MAX_ARTIFACT_BYTES });
  return read.kind === "read" && hashContent(read.bytes) === sha256 ? read.bytes : null;
}

/** Written whole, and on the disk before anybody speaks of it. */
export async function keepContent(folder: string, sha256: string, bytes: Buffer): Promise<void> {
  if (await readKept(folder, sha256)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(join(folder, sha256), bytes, { durability: "kept", mode: 0o600 });
}
