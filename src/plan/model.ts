/**
 * The validated Plan: types only, no parsing. All rooms may import these types. A Plan is JSON: it goes into the log
 * as it is. Every default of the frontmatter, of pleach.yaml and of the program is already filled in.
 */

export type Isolation = "worktree" | "none";
export type BudgetMode = "warn" | "soft" | "hard";
export type OnConflict = "rerun" | "ask";
/** Whether a worker keeps to its own branch (`guarded`, default), or may move every ref and push (`open`). */
export type GitLeave = "guarded" | "open";
export type Restart = "permanent" | "transient" | "temporary";

/** Who does the work: an agent, and those that stand in for it, in order, while it is not served. */
export interface AgentChoice {
  /** Name of the agent. */
  agent: string;
  /** Names of others, none of them twice; absent: there is none. */
  fallback?: string[];
}

/** Variables of commands: for all of them, for a gate, an agent, or what prepares worktrees. */
export interface Variables {
  /** Literal values. */
  env?: Record<string, string>;
  /** Names of variables of pleach's own environment that are let through. */
  pass?: string[];
}

/** An amount of cost; absent means "no limit" in a limit and "none" in a report. */
export interface Amount {
  /** US dollars. */
  usd?: number;
  /** Tokens, input and output together. */
  tokens?: number;
}

export interface Budget extends Amount {
  /** Reserved when a task starts that names no budget of its own. */
  perTask?: Amount;
  mode: BudgetMode;
}

/** Least coverage in per cent. */
export interface CoverageThresholds {
  lines?: number;
  branches?: number;
  functions?: number;
}

/** A report that a gate's command writes: a JUnit XML or SARIF file, or an LCOV file and what it must come to. */
export type GateReport = { junit: string } | ({ lcov: string } & CoverageThresholds) | { sarif: string };

/** A task's own worktree (if the task names the gate), the merged tree before the branch moves, or what is shipped. */
export type GateStage = "task" | "merge" | "ship";

export interface Gate extends Variables {
  name: string;
  /** Shell command. */
  run: string;
  /** A required gate must pass where it is run; an advisory one is only reported. */
  required: boolean;
  /** In this order, and at least one. */
  at: GateStage[];
  /** Of a gate that is red on the base: lets through what makes it no worse (`ratchet`, default), or nothing (`strict`). */
  baseline?: "ratchet" | "strict";
  /** Red on a merged tree, it is run once more before anybody is blamed: `retry`. Absent: only where a known flaky test failed. */
  flaky?: "retry";
  timeoutMs: number;
  /** Folder that it runs in, relative to the worktree; absent: the worktree. */
  cwd?: string;
  /** Paths are relative to the folder that it runs in. */
  reports?: GateReport[];
}

/** Its agent is that of tasks that name none, whoever chose it: the stream, the command line, pleach.yaml. */
export interface StreamSpec extends Partial<AgentChoice> {
  name: string;
  /** Tasks of this stream that may run at once. */
  concurrency: number;
  /** Name of the stream whose agent reviews each change of this stream's tasks before it is merged. */
  reviewedBy?: string;
  restart: Restart;
}

export type AgentKind = "claude" | "codex" | "acp" | "command" | "scripted" | "recorded";

/** How many tasks may run at once; `auto`: as many as the machine has room for. */
export type Concurrency = number | "auto";

/** `env` and `pass` are for the agent alone. */
export type OnLimit = "wait" | "fallback" | "stop";

export interface AgentSpec extends Variables {
  name: string;
  kind: AgentKind;
  command?: string;
  args?: string[];
  model?: string;
  timeoutMs?: number;
  inactivityMs?: number;
  /** US dollars a million tokens; `cached` for input that the service had in its cache, default as `input`. */
  price?: { input: number; output: number; cached?: number };
  /** What the agent's own sandbox lets through, in the agent's words. */
  sandbox?: string;
  /** Of a `recorded` agent: the run whose sessions it plays back, or a folder that holds such sessions. */
  from?: string;
  /** What its tasks may do to what all worktrees share; a task's own word wins. */
  git?: GitLeave;
  /** Whose configuration and login it uses: the user's own (default), or a folder made for each run. */
  home?: "user" | "run";
  /**
   * What becomes of its tasks when its account's usage limit is reached: the next agent that a task names goes on, and where it
   * names none they wait (`fallback`, default); they wait in any case; or the agent is given up.
   */
  onLimit?: OnLimit;
  /** It is given up when its account would not serve it for longer than this. */
  longestWaitMs?: number;
  /** Tasks of this agent that may run at once. */
  concurrency?: number;
  /** Tokens that its model has for all that it reads and says. */
  window?: number;
}

/** What a `scripted` agent does, in order. Text is taken literally; paths are relative to the worktree. */
export type ScriptStep =
  | { write: string; content: string }
  | { edit: string; find: string; replace: string }
  | { append: string; content: string }
  | { remove: string }
  | { run: string }
  | { emit: string; payload?: unknown }
  /** Waits for a coordination event of this type, from any stream or the one named. */
  | { await: string; stream?: string; timeoutMs?: number }
  | { sleep: number }
  | { say: string }
  /** Fails the attempt; with `attempts: N` only the first N attempts of the task. `agent: true` blames the agent, not the work. */
  | { fail: string; attempts?: number; agent?: boolean }
  | { cost: Amount };

/** How a task does its work. */
export type Work =
  | { kind: "run"; command: string }
  | ({ kind: "agent"; script?: ScriptStep[]; instruction: string } & AgentChoice);

export interface Task {
  id: string;
  title: string;
  stream: string;
  /** Hard needs: ids that must have succeeded first. */
  needs: string[];
  /** Soft needs: ids waited for only as long as that pays. */
  prefers: string[];
  /** Resources held while the task runs: name -> units. */
  uses: Record<string, number>;
  /** Ids that get this task's findings as feedback (bounded). */
  feeds: string[];
  /** Globs the task may change; absent means any file, empty means none (as for a planning task that names none). */
  scope?: string[];
  work: Work;
  /** Names of gates run in the task's own worktree. */
  gates: string[];
  /** Names of artifacts that the task publishes. */
  artifacts: string[];
  /** Further attempts after the first failed one. */
  retries: number;
  timeoutMs: number;
  /** Reserved when the task starts. */
  budget?: Amount;
  onConflict: OnConflict;
  /** Quorum: at least `min` of `needs` succeeded; those in `require` must be among them. */
  join?: { min: number; require: string[] };
  /** A failure of this task does not block tasks that need it. */
  continueOnError: boolean;
  /** What it may do to what all worktrees share; absent: what its agent may, `guarded`. */
  git?: GitLeave;
  /** Name of the task that it is one of several candidates for: at most one of them is merged. Absent: it is the only one. */
  candidateOf?: string;
  /** Of a candidate, how one is chosen: by a review that compares them, or (absent) the first whose gates are green. */
  choose?: "review";
  /** Where the task was written, for messages. */
  at?: { file: string; line: number };
}

/** `env` and `pass` are for all commands of the run. */
export interface Plan extends Variables {
  goal: string;
  /** Branch, tag or commit that the integration branch is cut from; absent: the checkout's HEAD. */
  base?: string;
  /** Tasks that may run at once over all streams. */
  concurrency: number;
  /** Set: of these as many as the machine has room for (`concurrency: auto`). */
  autoConcurrency?: true;
  isolation: Isolation;
  budget: Budget;
  gates: Gate[];
  /** Resource name -> capacity. */
  resources: Record<string, number>;
  streams: StreamSpec[];
  agents: AgentSpec[];
  tasks: Task[];
}

/** How worktrees are prepared (pleach.yaml `worktree`); `env` and `pass` are for `setup` and `teardown`. */
export interface WorktreeConfig extends Variables {
  /** Folder of the worktrees, inside the repository and relative to it; absent: beside the checkout. */
  path?: string;
  /** Shell command run in each fresh worktree, and again in one that is used again where what it reads differs. */
  setup?: string;
  /** Globs of the files that `setup` reads: it is run again where they differ. Absent: known from the command, or the whole tree. */
  setupWhen?: string[];
  /** Shell command run after each attempt, and before a worktree of gates is removed; set-up is then run for each attempt. */
  teardown?: string;
  /** Paths copied from the checkout; never committed. */
  copy: string[];
  /** Paths linked from the checkout; never committed. */
  link: string[];
  /** Globs of untracked files that stay from one task to the next that ended well, and, where set-up did not make them, of gates. */
  keep?: string[];
  /** Whether every attempt, and every run of merge gates, gets a fresh worktree, called as the task. */
  pristine?: boolean;
}

/** pleach.yaml, validated: defaults of plans, and what belongs to the repository. Its agent is that of tasks that name none. */
export interface ProjectConfig extends Partial<AgentChoice> {
  /** Defaults of a plan's frontmatter. */
  defaults: Partial<Omit<Plan, "tasks" | "goal" | "concurrency" | "autoConcurrency">> & { concurrency?: Concurrency };
  /** Vault folder: relative to the repository, absolute, or below ~/; default `vault`. */
  vault: string;
  /** Further vaults that are read. */
  vaults: string[];
  worktree: WorktreeConfig;
  /** How long files of runs that are over are kept; absent: as `DEFAULT_RETENTION` says. */
  retention?: Partial<Retention>;
}

/** How long `pleach clean` leaves files of a run where they are after its end, ms. */
export interface Retention {
  /** Its folder with the log, once nothing of its work is left. */
  runs: number;
  /** What its agents, commands and gates printed. */
  transcripts: number;
}

/** Something in a file of a repository that counts only once a person agreed: it runs, lets through or leads out. */
export interface Power {
  /** Where in the file it stands, such as `gates.test`. */
  key: string;
  /** What it is, for a person to read, as it was written. */
  text: string;
  /** It counts only where this leads out of the repository. */
  path?: string;
  /** Digest of all that it does, from the values themselves: the same for the same alone. Absent where nobody compares it. */
  sha256?: string;
  /** It runs nothing by itself, and decides what others run in: what was agreed to without it was something else. */
  isGround?: true;
}

/**
 * The person's own configuration, which holds for all repositories. What a repository's pleach.yaml says of the same wins:
 * it speaks of that repository, and was agreed to. Its agent is that of tasks for which nobody else names one.
 */
export interface OwnConfig extends Partial<AgentChoice> {
  /** Absolute folder of the worktrees of all runs. */
  worktrees?: string;
  /** Absolute folder of the vault of repositories that name none. */
  vault?: string;
  /** Absolute folders of further vaults, read besides those of the repository. */
  vaults?: string[];
  /** Agents by name; one of pleach.yaml takes the place of that with its name. */
  agents?: AgentSpec[];
  /** How the person is told what they do not see. */
  notify?: NoticeRule[];
}

/** What a person may be told of. */
export type NoticeKind = "needsYou" | "finished" | "failed" | "limited" | "stuck" | "spent";

/** One way of telling them: a shell command, or the desktop. */
export type NoticeRule = { when: NoticeKind[] } & ({ run: string } | { desktop: true });

/** It with its problems. With errors it holds what was right. */
export interface LoadedOwnConfig {
  config: OwnConfig;
  errors: PlanIssue[];
  warnings: PlanIssue[];
}

/** One thing wrong (or doubtful) in a plan, as `plan check` reports it. */
export interface PlanIssue {
  code: string;
  message: string;
  hint: string;
  file: string;
  /** One-based. */
  line: number;
}

/** A configuration with its problems. With errors it holds what was right, so that `doctor` can go on. */
export interface LoadedConfig {
  config: ProjectConfig;
  /** What of pleach.yaml itself counts only once a person agreed. */
  powers: Power[];
  errors: PlanIssue[];
  warnings: PlanIssue[];
}
