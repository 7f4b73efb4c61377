/**
 * What a person agreed to, kept in their state folder: a file for each repository, named by its root, with the digest of each
 * of its files as it was then. Another repository in the same place has other files, and the same files in another place
 * were not agreed to.
 *
 * TRUST-1 A file that cannot be read, is not this user's or says anything else than it should is no trust.
 * TRUST-2 Nobody but this user can write or read it: the folder is 0700, files are 0600.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Power } from "../../plan/model.ts";
import { readUntrustedFileSync, writeAtomicallySync } from "../../safe-files/index.ts";

/** Who agreed, and how: was asked, said so in advance, or wrote the file by `pleach init`. */
export type TrustedBy = "person" | "flag" | "init";

export interface TrustedFile {
  /** Relative to the root. */
  path: string;
  sha256: string;
  by: TrustedBy;
  /** When, ms. */
  at: number;
  /** What it could do then, or before on the same ground: what is new in it is told, and what is not is not asked about. */
  powers: Power[];
}

export interface TrustStore {
  /** Files of the repository at this root that were agreed to. Never throws. */
  read(root: string): TrustedFile[];
  /** Keeps these besides what was agreed to of others. Throws when the folder cannot be written. */
  give(root: string, files: readonly TrustedFile[]): void;
  /** Forgets everything of this root; false when there was nothing. */
  takeBack(root: string): boolean;
}

const SCHEMA = 1;
/** Roles are kept as they were; a repository has a few. */
const MAX_BYTES = 8 * 1024 * 1024;
const WORDS: readonly TrustedBy[] = ["person", "flag", "init"];

/** The digest of a file's text, by which it is known again. */
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The store in a state folder, which is made when something is kept. */
export function openTrustStore(stateFolder: string): TrustStore {
  const folder = join(stateFolder, "trust");
  const fileOf = (root: string): string => join(folder, `${digestOf(root).slice(0, 32)}.json`);
  const read = (root: string): TrustedFile[] => {
    const owner = process.geteuid?.();
    const found = readUntrustedFileSync(fileOf(root), { maxBytes: MAX_BYTES, owner });
    return found.kind === "read" ? parse(found.bytes.toString("utf8"), root) : [];
  };
  return {
    read,
    give(root, files) {
      const paths = new Set(files.map(({ path }) => path));
      const all = [...read(root).filter(({ path }) => !paths.has(path)), ...files];
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      writeAtomicallySync(fileOf(root), `${JSON.stringify({ schema: SCHEMA, root, files: all })}\n`, {
        durability: "whole",
        mode: 0o600,
      });
    },
    takeBack(root) {
      const isThere = read(root).length > 0;
      rmSync(fileOf(root), { force: true });
      return isThere;
    },
  };
}

function parse(text: string, root: string): TrustedFile[] {
  try {
    const kept = JSON.parse(text) as { schema?: unknown; root?: unknown; files?: unknown } | null;
    if (kept?.schema !== SCHEMA || kept.root !== root || !Array.isArray(kept.files)) return [];
    return kept.files.every(isTrustedFile) ? kept.files : [];
  } catch {
    return [];
  }
}

function isTrustedFile(value: unknown): value is TrustedFile {
  const { path, sha256, by, at, powers } = (value ?? {}) as Record<string, unknown>;
  if (typeof path !== "string" || typeof sha256 !== "string" || typeof at !== "number") return false;
  return WORDS.includes(by as TrustedBy) && Array.isArray(powers) && powers.every(isPower);
}

function isPower(value: unknown): value is Power {
  const { key, text, sha256 = "", isGround = true } = (value ?? {}) as Record<string, unknown>;
  return typeof key === "string" && typeof text === "string" && typeof sha256 === "string" && isGround === true;
}
