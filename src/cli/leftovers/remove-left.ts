/**
 * Room on a disk that is all but full: of what `pleach clean` would remove by itself, what takes room. Refs and logs stay, which
 * are small and tell what was.
 */
import type { Place } from "../place.ts";
import { findCleanable } from "./find-cleanable.ts";
import { fix } from "./find-leftovers.ts";
import { type LeftoverKind, nameLeftover } from "./leftover.ts";

const LARGE: ReadonlySet<LeftoverKind> = new Set(["worktree", "scrap", "outputs"]);

/** Removes it, and resolves with what is gone. Each is looked at once more before it goes. */
export async function removeLeft(place: Place): Promise<string[]> {
  const { left } = await findCleanable(place, { olderMs: null, now: Date.now() });
  const gone: string[] = [];
  for (const leftover of left) {
    if (leftover.mend === null || !LARGE.has(leftover.kind)) continue;
    const { outcome } = await fix(leftover);
    if (outcome === "mended") gone.push(nameLeftover(leftover));
  }
  return gone;
}
