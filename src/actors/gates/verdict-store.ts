/**
 * The VerdictStore port: verdicts of gates that outlive the moment, so that the same question need not be asked of the same
 * tree again. What a run decided is in its log; a store only saves work, and losing it costs time and nothing else.
 *
 * VERDICT-1 A verdict is found under its own key alone: the same tree, command, folder, variables, set-up and platform.
 * VERDICT-2 A task's own verdict, from a worktree in which somebody worked, never stands in for one on a tree of commits
 *    alone, nor does it take that one's place.
 * VERDICT-3 Of verdicts that may stand in for each other, the newest is found.
 * VERDICT-4 What is damaged, cut off or of another program is no verdict. Neither call rejects.
 */
import { createHash } from "node:crypto";
import type { GateStage } from "../../plan/model.ts";

/** All that a gate's verdict depends on. */
export interface VerdictKey {
  /** Git's name for the tree that was looked at. */
  tree: string;
  /** What was run, and which reports it was judged by. */
  command: string;
  /** Folder that it ran in, relative to the worktree; empty: the worktree. */
  folder: string;
  /** The variables that it was let have, with their values; not those that tell a worker who it is. */
  variables: Readonly<Record<string, string>>;
  /** Fingerprint of what prepared the worktree. */
  setup: string;
  /** What the executor's machine is. */
  platform: string;
}

/** No bound that a summary meets that we word; what reports say in it may be long. */
export const MAX_SUMMARY_CHARS = 1_000;

export interface Verdict {
  status: "passed" | "failed";
  /** One safe line. */
  summary: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  /** The run that asked. */
  run: string;
  stage: GateStage;
}

export interface VerdictStore {
  /** What is known of this key that may stand in for a verdict of this stage, or null. */
  find(key: VerdictKey, stage: GateStage): Promise<Verdict | null>;
  keep(key: VerdictKey, verdict: Verdict): Promise<void>;
}

/** What a verdict was given on: a tree of commits alone, or a worktree in which somebody worked. */
export type Ground = "commit" | "worked";

export const groundOf = (stage: GateStage): Ground => (stage === "task" ? "worked" : "commit");

/** Grounds whose verdicts may stand in for one of this stage (VERDICT-2). */
export const groundsFor = (stage: GateStage): readonly Ground[] =>
  stage === "task" ? ["commit", "worked"] : ["commit"];

/** The key as one word. Values of variables may be secret: nothing else of them is kept. */
export function digestKey({ tree, command, folder, variables, setup, platform }: VerdictKey): string {
  const sorted = Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([tree, command, folder, sorted, setup, platform]))
    .digest("hex");
}

/** The newest, or null. */
export function newestOf(verdicts: readonly (Verdict | null)[]): Verdict | null {
  return verdicts.reduce(
    (newest, verdict) => (verdict && (!newest || verdict.at > newest.at) ? verdict : newest),
    null,
  );
}
