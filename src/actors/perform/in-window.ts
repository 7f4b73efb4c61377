/**
 * Runs something for a run while what all worktrees share is watched, and tells what changed of it meanwhile. Watching never
 * fails what is watched.
 */
import type { Told } from "../../protocol/events.ts";
import type { SharedNews, SharedWindow } from "../git/index.ts";
import type { CheckContext } from "./run-context.ts";

/** Hears of changes; absent where nobody listens. */
type Tell = ((event: Told<"refs.changed">) => Promise<unknown>) | undefined;

/** Runs it. Rejects only as `work` does. */
export async function inWindow<T>(
  { shared }: CheckContext,
  window: SharedWindow,
  tell: Tell,
  work: () => Promise<T>,
): Promise<T> {
  if (shared === undefined) return work();
  // By identity: the same task may have several at a time.
  const own = { ...window };
  await shared.begin(own).catch(() => undefined);
  try {
    return await work();
  } finally {
    const news: SharedNews[] = await shared.end(own).catch(() => []);
    for (const { changes, others } of news) {
      await tell?.({ type: "refs.changed", changes, ...(others.length > 0 ? { others } : {}) });
    }
  }
}
