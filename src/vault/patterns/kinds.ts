/**
 * The kinds of patterns: the one place that says what sets a kind apart, for whoever learns, shows, scores or judges
 * patterns. A new kind is a row here, an observer (`learn/observe/observe.ts` names one for each kind), and a row of
 * the table in docs/vault.md. Pure data.
 */
import type { FailureKind } from "../facts/run-facts.ts";

/** Whom patterns are shown to: the agents of a run by what they do, and a person. */
export type PatternReader = "builder" | "planner" | "reviewer" | "person";

export interface PatternKind {
  /** Begins the titles of its notes. */
  title: string;
  /** What its notes say, for the documentation. */
  says: string;
  /** Who is helped by it: one who is about to do this work, has to plan it, or looks at what was done. */
  readers: readonly PatternReader[];
  /** Whether it says that something will happen to a task, so that it can be wrong, and is scored. */
  predicted: boolean;
  /** What tells two of them apart: a message, the files that they are about, or the statement that is their title. */
  comparedBy: "message" | "files" | "statement";
  /** What names the place in `applies_when`: `gate unit`, `conflict merge`. */
  label: "gate" | "conflict";
  /** One note for each stream or gate: what is only nearly the same is another pattern. */
  exactMatch: boolean;
  /**
   * What ties it to a task, besides words, scope, gates and titles: nothing more; having to pass its gate; being of its
   * stream and agent; another task that may change its files at the same time; changing some of its files and not all.
   */
  tiedBy: "trouble" | "gate" | "worker" | "rivals" | "group";
  /** One agent's word: another run or a person has to confirm it, and one that was shown it confirms nothing. */
  isClaim: boolean;
  /** Whether it does harm where it ends badly. */
  isHarmful: boolean;
  /** Whether it holds figures only: nothing that a person could judge, so it waits for no judgement. */
  isFigures: boolean;
  /** What to do when neither a person nor a run has said so. */
  usualAdvice: string | null;
  /** The heading in a run's note under which its patterns are listed; null for those that stand with each failure. */
  runSection: string | null;
  /** The kind that says the opposite of the same message. */
  contradicts: string | null;
}

const EVERYBODY = ["person", "builder", "planner", "reviewer"] as const;
/** The work is done when a reviewer looks at it, and so are its gates. */
const BEFORE_THE_WORK = ["person", "builder", "planner"] as const;

/** What is usual; what sets a kind apart stands in its row. */
const USUAL = {
  readers: EVERYBODY,
  predicted: true,
  comparedBy: "message",
  label: "gate",
  exactMatch: false,
  tiedBy: "trouble",
  isClaim: false,
  isHarmful: true,
  isFigures: false,
  usualAdvice: null,
  runSection: null,
  contradicts: null,
} as const satisfies Omit<PatternKind, "title" | "says">;

/** By the last part of their tag `kind/…`, in the order in which a run's observations are made. */
export const PATTERN_KINDS = {
  work: { ...USUAL, title: "Work", says: "how work fails, whatever its gates say" },
  gate: { ...USUAL, title: "Gate", says: "why a gate is red" },
  scope: {
    ...USUAL,
    title: "Scope",
    says: "files that tasks change outside their scope",
    readers: BEFORE_THE_WORK,
    comparedBy: "files",
  },
  crash: { ...USUAL, title: "Crash", says: "what made a task's actor crash", readers: BEFORE_THE_WORK },
  review: { ...USUAL, title: "Review", says: "what reviews send back" },
  // Whether an agent or a worktree can be had is not in a worker's hand.
  agent: { ...USUAL, title: "Agent", says: "why an agent could not do its work", readers: ["person"] },
  setup: { ...USUAL, title: "Setup", says: "why a worktree could not be prepared", readers: ["person"] },
  "flaky-gate": {
    ...USUAL,
    title: "Flaky gate",
    says: "gates that are red and green on the same tree",
    readers: BEFORE_THE_WORK,
    tiedBy: "gate",
    usualAdvice: "It fails now and then without a cause in the change: run it again before you look for one.",
    contradicts: "gate",
  },
  conflict: {
    ...USUAL,
    title: "Conflict",
    says: "files that tasks change at the same time, and what a person was asked to decide",
    readers: BEFORE_THE_WORK,
    label: "conflict",
    tiedBy: "rivals",
    usualAdvice: "Others tend to change the same files at the same time: keep to the lines that the task needs.",
  },
  overrun: {
    ...USUAL,
    title: "Overrun",
    says: "tasks and runs that need more time or money than they are given",
    readers: BEFORE_THE_WORK,
    exactMatch: true,
    tiedBy: "worker",
    usualAdvice: "It tends to take longer than planned: do the least that the task asks for, or cut it in two.",
    runSection: "Overruns",
  },
  "slow-gate": {
    ...USUAL,
    title: "Slow gate",
    says: "gates that take much of a run's work",
    readers: BEFORE_THE_WORK,
    predicted: false,
    exactMatch: true,
    tiedBy: "gate",
    usualAdvice: "It takes long: run it when you are done, not after each step.",
    runSection: "Overruns",
  },
  "co-change": {
    ...USUAL,
    title: "Changes together",
    says: "files that are mostly changed by the same task",
    comparedBy: "files",
    tiedBy: "group",
    isHarmful: false,
    usualAdvice: "These change together: look whether the others need a change, too.",
    runSection: "Changed together",
  },
  effort: {
    ...USUAL,
    title: "Effort",
    says: "how long tasks of a stream and agent take, and what they cost",
    // What tasks tend to take is for who cuts them; it would be said of every task.
    readers: ["planner"],
    predicted: false,
    exactMatch: true,
    tiedBy: "worker",
    isHarmful: false,
    isFigures: true,
  },
  insight: {
    ...USUAL,
    title: "Insight",
    says: "what an agent noted for later runs",
    predicted: false,
    comparedBy: "statement",
    isClaim: true,
    runSection: "Noted by agents",
  },
} as const satisfies Readonly<Record<string, PatternKind>>;

export type PatternKindName = keyof typeof PATTERN_KINDS;

/** The kind of pattern that a failure is learned as. */
export const LEARNED_AS: Readonly<Record<FailureKind, PatternKindName>> = {
  work: "work",
  gate: "gate",
  merge: "conflict",
  scope: "scope",
  timeout: "overrun",
  crash: "crash",
  review: "review",
  agent: "agent",
  setup: "setup",
};

/** What a person wrote of no kind, or of one of their own, is shown to everybody and predicts nothing. */
const OTHER: PatternKind = { ...USUAL, title: "", says: "", predicted: false };

const BY_NAME: ReadonlyMap<string, PatternKind> = new Map<string, PatternKind>([
  ...Object.entries(LEARNED_AS).map(([name, kind]) => [name, PATTERN_KINDS[kind]] as const),
  ...Object.entries(PATTERN_KINDS),
]);

/** What sets a kind apart, by the name that a note gives it, which may be that of a failure or anything else. */
export function kindOf(name: string): PatternKind {
  return BY_NAME.get(name) ?? OTHER;
}

/** What tells patterns of a kind apart that name this place: conflicts of the merge have no message but files. */
export function comparisonOf(kind: PatternKind, label: string): PatternKind["comparedBy"] {
  return kind.label === "conflict" && label === "merge" ? "files" : kind.comparedBy;
}
