/**
 * The vault: notes that people browse in Obsidian and correct by hand, learned from runs and asked before the next
 * one. It knows no run-time: it learns from `RunFacts`, which actors project from a log. `learn/` and `pages/` write, all
 * others only read; `files/` alone writes to the disk, but for the library's cache.
 */
export { type CheckedSource, checkVaults, countProblems } from "./check/check-vault.ts";
export { PROBLEM_KINDS, type Problem } from "./check/problem.ts";
export type {
  AttemptFact,
  ConflictFact,
  FailureFact,
  FailureKind,
  GateFact,
  GrowthFact,
  InsightFact,
  ReviewFact,
  RunFacts,
  TaskFact,
} from "./facts/run-facts.ts";
export { arrangeSources, foreignSource } from "./files/sources.ts";
export { initVault } from "./files/template.ts";
export { readFlakyTests } from "./learn/flaky-tests.ts";
export type { Learned } from "./learn/learn-run.ts";
export { readUsualTimes, type UsualTime } from "./learn/usual-times.ts";
export { findOthersPatterns } from "./library/others-patterns.ts";
export { openSearch, searchVault, type VaultSearch } from "./library/search-vault.ts";
export { learnFromRun } from "./pages/learn-from-run.ts";
export type { PatternMatch } from "./predict/find-patterns.ts";
export {
  openPatternFinder as openPatternLibrary,
  type PatternFinder as PatternLibrary,
} from "./predict/pattern-finder.ts";
export type { TaskToMatch } from "./predict/task-query.ts";
