/**
 * One learner at a time in a vault, over all processes of this machine. People and their editors take no part; what
 * they change meanwhile is noticed by the store (FILES-3).
 *
 * FILES-12 The lock is a file created exclusively and whole (written aside, then linked), so that it always names its
 *    owner's process and a nonce, also when that process was killed.
 * FILES-13 It is stale when its owner's process is gone, or when its owner has not touched it for long. A stale lock is
 *    removed only under a second lock, after reading it again, so that two waiters never remove each other's.
 * FILES-14 The owner removes only its own lock.
 */
import { randomBytes } from "node:crypto";
import { link, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { codeOf, PleachError } from "../../errors.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { hasNoLinks, unwritable } from "./disk.ts";
import { isAlive, nameTemporary } from "./own-files.ts";

/** An owner touches its lock this often… */
const TOUCH_EVERY_MS = 3_000;
/** …and is taken for dead after this long without a touch. */
const STALE_AFTER_MS = 30_000;
const GIVE_UP_AFTER_MS = 120_000;

/** A process, a host and a nonce. */
const MAX_LOCK_BYTES = 4 * 1024;

/** Runs `work` while holding the vault's lock. Throws `vault.busy`, `vault.unwritable`, and what `work` throws. */
export async function withVaultLock<T>(root: string, work: () => Promise<T>): Promise<T> {
  const file = join(root, ".pleach-lock");
  const owner = `${process.pid} ${hostname()} ${randomBytes(8).toString("hex")}\n`;
  await takeLock(file, owner);
  const touching = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  touching.unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    if ((await readOwner(file)) === owner) await rm(file, { force: true }).catch(() => undefined);
  }
}

async function takeLock(file: string, owner: string): Promise<void> {
  const startedAt = Date.now();
  for (let delayMs = 2; ; delayMs = Math.min(delayMs * 2, 100)) {
    if (await createLock(file, owner)) return;
    const seen = await readOwner(file);
    if (seen !== undefined && (await isStale(file, seen))) await removeStale(file, seen);
    else if (Date.now() - startedAt > GIVE_UP_AFTER_MS) {
      throw new PleachError("vault.busy", `The vault is being written by another program (lock ${file})`, {
        hint: "Wait for it to end; if no other pleach is running, delete that file.",
        file,
      });
    } else await wait(delayMs);
  }
}

async function createLock(file: string, owner: string): Promise<boolean> {
  const temporary = join(dirname(file), nameTemporary());
  try {
    await writeFile(temporary, owner, { flag: "wx" });
    await link(temporary, file).catch(async (thrown: unknown) => {
      if (!hasNoLinks(thrown)) throw thrown;
      await writeFile(file, owner, { flag: "wx" });
    });
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") return false;
    throw unwritable(file, thrown);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function readOwner(file: string): Promise<string | undefined> {
  const read = await readUntrustedFile(file, { maxBytes: MAX_LOCK_BYTES });
  return read.kind === "read" ? read.bytes.toString("utf8") : undefined;
}

async function isStale(file: string, owner: string): Promise<boolean> {
  const [pid, host] = owner.split(" ");
  if (host === hostname() && pid !== undefined && /^\d+$/.test(pid) && !isAlive(Number(pid))) return true;
  const facts = await stat(file).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > STALE_AFTER_MS;
}

async function removeStale(file: string, seen: string): Promise<void> {
  const guard = `${file}-removal`;
  if (!(await createLock(guard, ""))) {
    // A remover that died between two system calls leaves its guard behind.
    const facts = await stat(guard).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > STALE_AFTER_MS) await rm(guard, { force: true });
    else await wait(5);
    return;
  }
  try {
    if ((await readOwner(file)) === seen) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}
