/** Paths that pleach.yaml names, and whether they stay inside of the repository. */
import { relative, resolve } from "node:path";
import { expandHome } from "../plan/expand-home.ts";
import type { Power } from "../plan/model.ts";
import { confinePath, isWithin } from "../safe-files/index.ts";

/** Those of a pleach.yaml at this root that count: a path that stays inside does nothing. */
export function countPowers(powers: readonly Power[], root: string, home: string): Power[] {
  return powers.filter(({ path }) => path === undefined || leadsOut(root, path, home));
}

/** By itself, or through a link. */
function leadsOut(root: string, path: string, home: string): boolean {
  const place = resolve(root, expandHome(path, home));
  return !isWithin(root, place) || confinePath(root, relative(root, place)).kind === "refused";
}
