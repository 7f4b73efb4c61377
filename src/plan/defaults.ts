/**
 * Every default and limit of plans, in one place. A value given by a task beats its stream's, that the frontmatter's,
 * that pleach.yaml's, that these.
 */

import type { BudgetMode, GateStage, GitLeave, Isolation, Restart, Retention } from "./model.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const DEFAULT_CONCURRENCY = 4;
export const DEFAULT_ISOLATION: Isolation = "worktree";
/** A stated limit should hold without killing work: nothing new starts once it is reached. */
export const DEFAULT_BUDGET_MODE: BudgetMode = "soft";
export const DEFAULT_RESTART: Restart = "transient";
export const DEFAULT_STREAM = "builders";
/** The stream of the task that a goal begins with. */
export const PLANNERS = "planners";
/** The stream that reviews what the builders of a goal make. */
export const REVIEWERS = "reviewers";
/** Streams that any plan may name without declaring them. */
export const KNOWN_STREAMS: readonly string[] = [PLANNERS, DEFAULT_STREAM, REVIEWERS];
export const DEFAULT_RETRIES = 0;
export const DEFAULT_TASK_TIMEOUT_MS = 30 * MINUTE;
export const DEFAULT_GATE_TIMEOUT_MS = 10 * MINUTE;
/** Where gates can be run, in the order in which work passes there. */
export const GATE_STAGES: readonly GateStage[] = ["task", "merge", "ship"];
export const GIT_LEAVES = ["guarded", "open"] as const satisfies readonly GitLeave[];
export const DEFAULT_RETENTION: Retention = { runs: 30 * DAY, transcripts: 7 * DAY };
export const DEFAULT_VAULT = "vault";
/** What a task is taken to last when nothing is known about it. */
export const GUESSED_DURATION_MS = MINUTE;

/** Larger plans are refused before they are parsed. */
export const MAX_PLAN_BYTES = 16 * 1024 * 1024;
/** Reachability is kept as one bit a pair, so the square of this must fit in memory with ease. */
export const MAX_TASKS = 20_000;
/** Tasks in one text of a planner: more is no longer looked through by a person. */
export const MAX_TASKS_A_TEXT = 200;
/** Candidates for one task: each costs as much as the task, and one of them is merged. */
export const MAX_CANDIDATES = 8;
export const MAX_CONCURRENCY = 1000;
export const MAX_RETRIES = 100;
/** Ages are of files, which may lie for years. */
export const MAX_AGE_MS = 3_650 * DAY;
/** Timers in Node hold 31 bits of milliseconds, about 24 days; a week keeps clear of that. */
export const MAX_DURATION_MS = 7 * 24 * 60 * MINUTE;
