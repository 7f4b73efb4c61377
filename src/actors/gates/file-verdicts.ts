/**
 * Verdicts kept between runs, a small file each. Any number of programs may use the folder at the same time: a file is
 * written whole, and says which key it answers.
 */
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import {
  digestKey,
  type Ground,
  groundOf,
  groundsFor,
  MAX_SUMMARY_CHARS,
  newestOf,
  type Verdict,
  type VerdictStore,
} from "./verdict-store.ts";

/** A verdict is a few hundred bytes. */
const MAX_BYTES = 16 * 1024;
/** Kept in one folder; some months of a busy project. */
const MAX_KEPT = 5_000;
const SCHEMA = 1;

export interface FileVerdictsOptions {
  /** Those that were kept or found longest ago go first. */
  maxKept?: number;
}

/** The store in this folder, which is made when the first verdict is kept. */
export function fileVerdicts(folder: string, { maxKept = MAX_KEPT }: FileVerdictsOptions = {}): VerdictStore {
  const fileOf = (digest: string, ground: Ground): string => join(folder, `${digest}.${ground}.json`);
  return {
    async find(key, stage) {
      const digest = digestKey(key);
      const files = groundsFor(stage).map((ground) => ({ ground, path: fileOf(digest, ground) }));
      const found = newestOf(await Promise.all(files.map(({ path, ground }) => readVerdict(path, { digest, ground }))));
      const now = new Date();
      if (found !== null) await utimes(fileOf(digest, groundOf(found.stage)), now, now).catch(() => undefined);
      return found;
    },
    async keep(key, verdict) {
      const digest = digestKey(key);
      const text = `${JSON.stringify({ schema: SCHEMA, key: digest, ...verdict })}\n`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeAtomically(fileOf(digest, groundOf(verdict.stage)), text, { durability: "none", mode: 0o600 });
        await prune(folder, maxKept);
      } catch {
        // A verdict that is not kept is asked for again (VERDICT-4).
      }
    },
  };
}

async function readVerdict(path: string, asked: { digest: string; ground: Ground }): Promise<Verdict | null> {
  const file = await readUntrustedFile(path, { maxBytes: MAX_BYTES });
  if (file.kind !== "read") return null;
  try {
    return toVerdict(JSON.parse(file.bytes.toString("utf8")), asked);
  } catch {
    return null;
  }
}

/** What a file holds, if it is a verdict of this key and ground. */
function toVerdict(value: unknown, { digest, ground }: { digest: string; ground: Ground }): Verdict | null {
  const { schema, key, status, summary, at, run, stage } = (value ?? {}) as Record<string, unknown>;
  if (schema !== SCHEMA || key !== digest) return null;
  if (status !== "passed" && status !== "failed") return null;
  if (stage !== "task" && stage !== "merge" && stage !== "ship") return null;
  if (groundOf(stage) !== ground || typeof at !== "number") return null;
  if (typeof summary !== "string" || typeof run !== "string") return null;
  return { status, summary: sanitizeLine(summary, MAX_SUMMARY_CHARS), at, run: sanitizeLine(run), stage };
}

async function prune(folder: string, maxKept: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  if (names.length <= maxKept) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, usedMs: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  aged.sort((a, b) => a.usedMs - b.usedMs);
  // A tenth at once, so that not every verdict has to look at all of them.
  const most = Math.min(aged.length - 1, aged.length - maxKept + Math.floor(maxKept / 10));
  for (const { name } of aged.slice(0, most)) await rm(join(folder, name), { force: true });
}
