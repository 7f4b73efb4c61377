/**
 * Which key may come from where, as one table: every reader of a plan, of pleach.yaml and of a person's own configuration
 * asks it, and so does whoever asks a person before something of a repository runs.
 *
 * What a person names or writes themselves counts as it is: the plan of the command line, flags, the environment, their own
 * configuration. What lies in a repository was written by whoever wrote that: what makes something run, lets something
 * through or leads out of the repository counts only once the person has agreed (`asked`), and some keys never do.
 */
import type { IssueList } from "./issues.ts";
import type { OwnConfig, WorktreeConfig } from "./model.ts";
import type { RawHeader } from "./raw.ts";

/** Where a key can stand. A tracked plan is one that nobody named; a planner is an agent that adds tasks to a run. */
export type KeySource = "repository" | "trackedPlan" | "plan" | "planner" | "person";

/**
 * `free`: counts as it is. `asked`: once the person agreed. `inside`: free where it stays inside the repository, else as
 * `asked`. `later`: is taken, and has no effect yet. `no`: does not count there.
 */
export type Leave = "free" | "asked" | "inside" | "later" | "no";

/** A row: what holds in each place, and the flag and the variable that say the same for one command. */
export interface KeyRule extends Readonly<Record<KeySource, Leave>> {
  readonly flag?: string;
  readonly variable?: string;
}

const NOWHERE = { repository: "no", trackedPlan: "no", plan: "no", planner: "no", person: "no" } as const;
/** What limits or orders work. */
const HARMLESS = { ...NOWHERE, repository: "free", trackedPlan: "free", plan: "free" } as const;
/** What runs, or decides what those that run can see. */
const RUNS = { ...NOWHERE, repository: "asked", trackedPlan: "asked", plan: "free" } as const;
/** What prepares worktrees is the repository's alone. */
const PREPARES = { ...NOWHERE, repository: "asked" } as const;
const ORDERS = { ...NOWHERE, repository: "free" } as const;
/** Of the person alone, and read by later versions. */
const LATER = { ...NOWHERE, person: "later" } as const;

type LaterKey = "ui" | "notify" | "decisions" | "engine" | "anomalies";
export type Key =
  | keyof RawHeader
  | Exclude<keyof OwnConfig, "fallback">
  | LaterKey
  | "goal"
  | "tasks"
  | `worktree.${keyof WorktreeConfig & string}`;

/** Every key there is. */
export const KEY_RULES = {
  goal: { ...NOWHERE, trackedPlan: "free", plan: "free", planner: "free" },
  // A planner's tasks are those of the plan that a person named, or of the goal that they gave.
  tasks: { ...NOWHERE, trackedPlan: "asked", plan: "free", planner: "free" },
  base: HARMLESS,
  concurrency: { ...HARMLESS, flag: "--concurrency" },
  budget: HARMLESS,
  resources: HARMLESS,
  streams: HARMLESS,
  // Without isolation tasks work in the person's own files.
  isolation: RUNS,
  gates: RUNS,
  env: RUNS,
  pass: RUNS,
  // It names one of `agents`, or a program that the person installed.
  agent: { ...HARMLESS, person: "free", flag: "--agent" },
  agents: { ...NOWHERE, repository: "asked", person: "free" },
  vault: { ...NOWHERE, repository: "inside", person: "free", flag: "--vault", variable: "PLEACH_VAULT" },
  vaults: { ...NOWHERE, repository: "inside", person: "free" },
  "worktree.setup": PREPARES,
  "worktree.teardown": PREPARES,
  "worktree.env": PREPARES,
  "worktree.pass": PREPARES,
  // Files that git does not have reach those that work, and through links they reach the checkout.
  "worktree.copy": PREPARES,
  "worktree.link": PREPARES,
  "worktree.setupWhen": ORDERS,
  "worktree.keep": ORDERS,
  "worktree.pristine": ORDERS,
  // Its reader takes nothing but what lies inside.
  "worktree.path": ORDERS,
  worktrees: { ...NOWHERE, person: "free" },
  ui: LATER,
  notify: LATER,
  decisions: LATER,
  engine: LATER,
  anomalies: LATER,
} as const satisfies Readonly<Record<Key, KeyRule>>;

/** Keys of pleach.yaml that count only once a person agreed, whatever or wherever they lead. */
export type AskedKey = {
  [Each in Key]: (typeof KEY_RULES)[Each]["repository"] extends "asked" | "inside" ? Each : never;
}[Key];

const isKey = (name: string): name is Key => Object.hasOwn(KEY_RULES, name);

/** What holds for a key in this place; `no` also for one that nobody knows. */
export function leaveOf(name: string, source: KeySource): Leave {
  if (isKey(name)) return KEY_RULES[name][source];
  const parts = Object.entries(KEY_RULES).filter(([key]) => key.startsWith(`${name}.`));
  return parts.find(([, rule]) => rule[source] !== "no")?.[1][source] ?? "no";
}

/** Takes a key that is known, but does not count in this place: says where it belongs. False for one that nobody knows. */
export function refuseMisplaced(source: KeySource, label: string) {
  return (key: string, line: number, issues: IssueList): boolean => {
    const hint = hintOfMisplaced(key, source);
    if (hint === null) return false;
    issues.fail("plan.unknownKey", line, `${label} cannot set \`${key}\``, hint);
    return true;
  };
}

/** Where a key belongs that does not count in this place; null for one that does, or that nobody knows. */
export function hintOfMisplaced(name: string, source: KeySource): string | null {
  if (leaveOf(name, source) !== "no") return null;
  if (leaveOf(name, "repository") !== "no") return "Move it to pleach.yaml: it belongs to the repository.";
  if (leaveOf(name, "plan") !== "no") return "Move it to the plan.";
  if (leaveOf(name, "person") === "no") return null;
  return "Move it to config.yaml of your own configuration (~/.config/pleach): no repository says it for you.";
}
