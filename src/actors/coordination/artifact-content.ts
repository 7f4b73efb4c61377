/**
 * The contents of artifacts: files of the run, each named by the hash of what is in it, and checked against it whenever
 * one is read (RULE-9).
 */
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import { MAX_ARTIFACT_BYTES } from "./tools.ts";

/** The name of a content. */
export const hashContent = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** The content of that name; null when it is gone or damaged. Never rejects. */
export async function readKept(folder: string, sha256: string): Promise<Buffer | null> {
  const bytes = await readRegular(join(folder, sha256));
  return typeof bytes !== "string" && hashContent(bytes) === sha256 ? bytes : null;
}

/** Written whole, and on the disk before anybody speaks of it. */
export async function keepContent(folder: string, sha256: string, bytes: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, sha256);
  const there = await readRegular(path);
  if (typeof there !== "string" && there.equals(bytes)) return;
  const aside = `${path}.${randomUUID()}.tmp`;
  const file = await open(aside, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (thrown) {
    await rm(aside, { force: true });
    throw thrown;
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

/** The bytes of a regular file that is not too large. */
export async function readRegular(path: string): Promise<Buffer | "missing" | "unusable"> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      return found.isFile() && found.size <= MAX_ARTIFACT_BYTES ? await file.readFile() : "unusable";
    } finally {
      await file.close();
    }
  } catch (thrown) {
    return codeOf(thrown) === "ENOENT" ? "missing" : "unusable";
  }
}
