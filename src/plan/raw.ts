/**
 * A plan as it was written: validated value by value, with lines, before defaults are filled in and names resolved.
 * Every format is read into this; `assemble.ts` makes the Plan of it.
 */

import type { ListedChoice } from "./agent-choice.ts";
import type { Listed } from "./fields.ts";
import type {
  Amount,
  BudgetMode,
  Gate,
  GitLeave,
  Isolation,
  OnConflict,
  Restart,
  ScriptStep,
  Variables,
} from "./model.ts";

export interface RawBudget extends Amount {
  perTask?: Amount;
  mode?: BudgetMode;
}

export interface RawStream {
  name: string;
  line: number;
  concurrency?: number;
  agent?: ListedChoice;
  reviewedBy?: Listed;
  restart?: Restart;
}

/** The keys that frontmatter and pleach.yaml share. */
export interface RawHeader extends Variables {
  base?: string;
  concurrency?: number;
  isolation?: Isolation;
  budget?: RawBudget;
  gates?: Gate[];
  resources?: { name: string; line: number; value: number }[];
  streams?: RawStream[];
  /** The agent of tasks that name none. */
  agent?: ListedChoice;
}

export interface RawTask {
  file: string;
  line: number;
  id: Listed;
  title: string;
  stream?: Listed;
  needs: Listed[];
  prefers: Listed[];
  uses: { name: string; line: number; value: number }[];
  feeds: Listed[];
  scope?: string[];
  run?: Listed;
  agent?: ListedChoice;
  script?: ScriptStep[];
  /** Line of `script`, when given. */
  scriptLine?: number;
  /** `run`, `agent` or `script` was given and is wrong, which has been reported. */
  hasBadWork?: boolean;
  instruction: string;
  gates: Listed[];
  artifacts: string[];
  retries?: number;
  timeoutMs?: number;
  budget?: Amount;
  onConflict?: OnConflict;
  join?: { line: number; min?: number; require: Listed[] };
  continueOnError?: boolean;
  git?: GitLeave;
}

export interface RawPlan {
  file: string;
  goal?: string;
  header: RawHeader;
  tasks: RawTask[];
}
