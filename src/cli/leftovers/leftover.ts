/**
 * Something that a dead process of pleach left behind. Finding it changes nothing; mending looks again first, since what was
 * found may be somebody's meanwhile.
 */
import { basename } from "node:path";

export const REMEDIES = ["end", "remove", "protect"] as const;
export type Remedy = (typeof REMEDIES)[number];

export type LeftoverKind =
  | "process"
  | "socket"
  | "lock"
  | "note"
  | "scrap"
  | "worktree"
  | "branch"
  | "ref"
  | "files"
  | "outputs"
  | "run";

export interface Leftover {
  kind: LeftoverKind;
  /** Where it is; of a branch or ref its name, of a process the folder that it works in. */
  path: string;
  /** Of a process. */
  pid?: number;
  /** The run that it is of; null when that is not known. */
  run: string | null;
  /** Of a worktree, where it is known: whose it is, as `<task>.<attempt>`. */
  attempt?: string;
  /** Why it is left over, or why it stays. */
  why: string;
  /** Null: it stays, since it holds work or may be somebody's. */
  mend: { remedy: Remedy; act: () => Promise<Mended> } | null;
  /** Removes what it holds for good, once a person has named it; absent where nothing may. */
  force?: () => Promise<Mended>;
  /** How much is removed, where that is known. */
  bytes?: number;
}

/** What came of mending. `kept`: it is somebody's now, or holds something. */
export type Mended = { kind: "mended" } | { kind: "kept"; why: string };

export const MENDED: Mended = { kind: "mended" };

/** Makes a leftover that can be mended. */
export function mendable(
  about: Omit<Leftover, "mend">,
  remedy: Remedy,
  act: () => Promise<Mended>,
): Leftover & { mend: NonNullable<Leftover["mend"]> } {
  return { ...about, mend: { remedy, act } };
}

/** How it is called for people. */
export function nameLeftover({ kind, path, pid, attempt }: Leftover): string {
  if (kind === "process") return `process ${pid} in ${path}`;
  if (kind === "outputs") return `outputs of a run ${path}`;
  if (attempt !== undefined && attempt !== basename(path)) return `worktree of ${attempt} ${path}`;
  return kind === "note" ? `note of a change with git ${path}` : `${kind} ${path}`;
}
