/**
 * A queue for each repository: what changes git's shared book-keeping (the list of worktrees, info/exclude) is done by
 * one operation of this process at a time, because git has no lock over it. Other processes are kept out by the run's
 * epoch, not here. Refs need no queue: they are moved by compare-and-swap and git waits for their locks.
 */

const tails = new Map<string, Promise<void>>();

/** Runs `work` after everything queued before it for the same `key`; a failure of one does not touch the next. */
export async function withKeyedMutex<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = tails.get(key) ?? Promise.resolve();
  const result = before.then(work);
  const tail = result.then(
    () => undefined,
    () => undefined,
  );
  tails.set(key, tail);
  try {
    return await result;
  } finally {
    if (tails.get(key) === tail) tails.delete(key);
  }
}
