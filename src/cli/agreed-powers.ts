/**
 * Whether all that a file would do was agreed to before. Whoever takes a gate out of their pleach.yaml, or changes what runs
 * nothing, makes nothing new run, and is not asked again.
 *
 * AGREED-1 What was agreed to is a deed and the ground on which it is done: the same command with other variables of all
 *    workers, or with other files in its worktree, is another one. So the ground is the same, nothing more and nothing less.
 * AGREED-2 Deeds are compared by their digests, made of the values; words for people may be the same for different deeds.
 */
import type { Power } from "../plan/model.ts";

/** Whether every one of `now` is among `before`, on the same ground. Never for what has no digest. */
export function areAgreed(now: readonly Power[], before: readonly Power[]): boolean {
  const known = new Set(before.map(({ sha256 }) => sha256));
  return (
    now.every(({ sha256 }) => sha256 !== undefined && known.has(sha256)) &&
    groundOf(now).join() === groundOf(before).join()
  );
}

/** What counts as agreed to once a person agreed to `now`: what they agreed to before on the same ground still does. */
export function joinAgreed(now: readonly Power[], before: readonly Power[]): Power[] {
  if (groundOf(now).join() !== groundOf(before).join()) return [...now];
  const fresh = new Set(now.map(({ sha256 }) => sha256));
  const keys = new Set(now.map(({ key }) => key));
  // Of what has the same key, the newest word counts.
  const kept = before.filter(({ key, sha256 }) => sha256 !== undefined && !fresh.has(sha256) && !keys.has(key));
  return [...now, ...kept];
}

const groundOf = (powers: readonly Power[]): string[] =>
  powers.flatMap(({ isGround, sha256 = "?" }) => (isGround ? [sha256] : [])).toSorted();
