/** Reads many notes, some at a time: one after the other, each would wait for the disk and the thread pool alone. */
import type { ReadOutcome } from "./read-note.ts";
import type { ReadStore } from "./store.ts";

/** So many notes are read at once; between two batches other work gets its turn. */
const batchSize = 32;

/** The notes at the paths, in their order, each with its path; reading stops with whoever stops asking. */
export async function* readMany(
  store: ReadStore,
  paths: readonly string[],
): AsyncGenerator<{ path: string; read: ReadOutcome }> {
  for (let at = 0; at < paths.length; at += batchSize) {
    const batch = paths.slice(at, at + batchSize).map(async (path) => ({ path, read: await store.read(path) }));
    yield* await Promise.all(batch);
  }
}
