/**
 * The evidence document: for each change that a run landed what was run on it and what that said, and what nobody checked. A
 * leaf of types; nothing is claimed to be checked but what is named here.
 */

import type { Baseline, GateOutcome, KeptReport } from "./gate-values.ts";
import type { ConflictStatus, RunStatus, TaskStatus } from "./states.ts";
import type { CostView } from "./status.ts";

/** What was asked for. */
export interface Task {
  id: string;
  title: string;
  stream: string;
  /** Null for a shell command. */
  agent: string | null;
  /** The shell command that did the work; null for an agent. */
  command: string | null;
  /** Globs of the files that it may change; null: any. */
  scope: string[] | null;
  /** Names of the gates that it is to pass in its own worktree. */
  gates: string[];
  needs: string[];
}

/** A gate that was run on a tree. */
export interface GateRun {
  gate: string;
  /** In the task's own worktree, where somebody had worked; or on the merged tree, where nobody had. */
  at: "task" | "merge";
  /** As it was run by the shell. */
  command: string;
  /** Folder that it ran in, relative to the worktree. */
  cwd: string;
  required: boolean;
  status: GateOutcome["status"];
  /**
   * Exit code; null where it was killed, was not run or nobody wrote it down.
   * @asType integer
   */
  code: number | null;
  /** @minimum 0 */
  ms: number;
  /** One line. */
  summary: string;
  /** Git's name for the tree that it judged; null where nobody wrote it down. */
  tree: string | null;
  /** What it printed, relative to the run's folder; null when it was not run. */
  output: string | null;
  /** SHA-256 of what it printed. */
  sha256: string | null;
  /** Copies of the reports that it wrote. */
  reports: KeptReport[];
  /** It passed on the same tree, under the same conditions, before, and was not run again. */
  reused: boolean;
  /** Why it stopped nothing though it was red; null where nothing was excused. */
  excused: string | null;
}

/** What another agent said of a commit. */
export interface ReviewRun {
  /** Null where the plan names no reviewer any more. */
  agent: string | null;
  approved: boolean;
  /** One line. */
  summary: string;
  /** The answer, relative to the run's folder. */
  findings: string;
  /** The commit that was judged; null where nobody wrote it down. */
  commit: string | null;
  /** Git's name for its tree. */
  tree: string | null;
  /** Whether that commit is the one that was merged, and none before it. */
  isOfLanded: boolean;
  /** @minimum 0 */
  ms: number;
}

/** What a person, or the table of unattended answers, decided about a task. */
export interface DecisionView {
  conflict: string;
  /** One line: what was asked. */
  why: string;
  status: ConflictStatus;
  choice: string | null;
  /** `a person`, or `unattended`; null where nobody chose. */
  by: string | null;
}

/** What came of it. */
export interface Result {
  status: TaskStatus;
  /**
   * @asType integer
   * @minimum 0
   */
  attempts: number;
  /** Its commit on the run's branch; null while there is none. */
  commit: string | null;
  /** Git's name for the tree of that commit; null where there is none, or it is not in the repository any more. */
  tree: string | null;
  /** @format date-time */
  landedAt: string | null;
  /** The merged tree that gates judged when it landed: that of this commit, or of one on top of it; null where no gate did. */
  tip: {
    commit: string;
    tree: string | null;
    /** Whose work was in it that was not merged before. */
    tasks: string[];
  } | null;
  gates: GateRun[];
  reviews: ReviewRun[];
  decisions: DecisionView[];
  cost: CostView;
}

/** What named a changed file, and passed. */
export interface CheckedBy {
  gate: string;
  at: "task" | "merge";
  /** `command`: the gate's command line; `coverage`: a line of it ran; `tests`: tests of it ran; `findings`: it was analysed. */
  by: "command" | "coverage" | "tests" | "findings";
  /** The report that names it, relative to the run's folder; null for a command line. */
  report: string | null;
}

export interface ChangedPath {
  /** As text: bytes that are no UTF-8 are U+FFFD. */
  path: string;
  change: "added" | "changed" | "deleted" | "renamed";
  /** Of one that was renamed, with nothing in it changed: its name before. */
  from?: string;
  kind: "file" | "link" | "submodule";
  /**
   * Lines added; null of what has no lines.
   * @minimum 0
   */
  added: number | null;
  /**
   * Lines removed; null of what has no lines.
   * @minimum 0
   */
  removed: number | null;
  /** What says that somebody looked at it; when this is empty, it is in `unchecked.files`. */
  checkedBy: CheckedBy[];
}

/** What it changed. */
export interface ChangeSet {
  /** The commit on the run's branch that it was put on. */
  base: string;
  commit: string;
  files: ChangedPath[];
  /**
   * Changed files that are too many to be listed: nothing is claimed of them.
   * @asType integer
   * @minimum 0
   */
  filesLeftOut: number;
}

/** Lines of a file, counted from 1. */
export interface LineRange {
  /**
   * @asType integer
   * @minimum 1
   */
  first: number;
  /**
   * @asType integer
   * @minimum 1
   */
  last: number;
}

export interface UncoveredLines {
  path: string;
  /** Lines of the file as it landed. */
  ranges: LineRange[];
}

/**
 * `deleted`: a file of tests; `removed`: tests in it, by name; `skipped`: more places that take tests out; `weakened`: fewer
 * assertions; `fewer`: a gate's report counts fewer tests than the one before. All but the last are read from text, by what is
 * usual in many languages: what is not listed is not proven.
 */
export interface TestLoss {
  kind: "deleted" | "removed" | "skipped" | "weakened" | "fewer";
  /** The file; the name of the gate for `fewer`. */
  of: string;
  /** One line. */
  text: string;
}

/** A changed file that gates run or go by, so that green says less of it. */
export interface GateInput {
  path: string;
  /** `command`: a gate's command line names it; `script`: what that calls; `configuration`: of its tools; `ci`: of other machines. */
  why: "command" | "script" | "configuration" | "ci";
}

/**
 * `reused`: not run again; `excused`: red, and let through; `notProtecting`: red on the base, so that it refuses nothing; `red`,
 * `skipped`: advisory, or not judged; `notRun`: never on this change; `together`: it judged more than this change at once;
 * `none`: no required gate judged the merged tree.
 */
export interface DoubtfulGate {
  /** Empty for `none`. */
  gate: string;
  why: "reused" | "excused" | "notProtecting" | "red" | "skipped" | "notRun" | "together" | "none";
  /** One line. */
  text: string;
}

/** What nobody checked. */
export interface Unchecked {
  /** Changed files that no coverage report and no gate's command line or report names. */
  files: string[];
  /** Changed lines that no test reached, of files that a coverage report names. */
  lines: UncoveredLines[];
  /** Tests that are gone, or say less. */
  tests: TestLoss[];
  /** Changes of what gates themselves run. */
  gateInputs: GateInput[];
  /** Gates that say less than that they passed. */
  gates: DoubtfulGate[];
}

/** One task, what came of it, what it changed. */
export interface Change {
  task: Task;
  result: Result;
  /** Null while nothing of it has landed. */
  changeSet: ChangeSet | null;
  unchecked: Unchecked;
}

/** What `pleach evidence --json` prints. */
export interface EvidenceDocument {
  /** Version of this document. */
  schema: 1;
  run: string;
  goal: string;
  status: RunStatus;
  /** The commit that the run's branch was cut from; null without isolation. */
  base: string | null;
  branch: string | null;
  head: string | null;
  /** How the required gates were on the base. */
  baseline: Baseline[];
  /** In the order in which they landed; of one task or commit only that one. */
  changes: Change[];
  cost: CostView;
  /** What could not be looked at, one line each: too large, gone, or of a log of an earlier version. Nothing is claimed of it. */
  limits: string[];
}
