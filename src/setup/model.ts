/**
 * What a repository looks like to those who propose its pleach.yaml, and what they propose. All text of a project is
 * untrusted: it is read and never run, and of its words only plain ones get into a command (`plain.ts`).
 */

/** What a gate is for, in the order in which gates are proposed. */
export const ROLES = ["test", "lint", "types", "build"] as const;
export type Role = (typeof ROLES)[number];

/** A checkout, as far as it is looked at. Paths are relative to its root and have slashes. */
export interface Project {
  /** Files that git tracks. */
  files: readonly string[];
  /** What lies beside them and git ignores; a folder that is ignored as a whole ends in a slash. */
  ignored: readonly string[];
  /** Of what git does not track, what `.worktreeinclude` names. */
  included: readonly string[];
  /** Text of a tracked file; null when there is none, or it is too large, or no text. */
  read: (path: string) => string | null;
  /** Whether a program of this name is installed. */
  hasProgram: (name: string) => boolean;
  /** Agents that are installed, the preferred one first. */
  agents: readonly string[];
}

/** A command that is proposed, and what speaks for it. */
export interface Command {
  run: string;
  env?: Record<string, string>;
  /** Where it was found, such as `"test" in package.json`. */
  why: string;
}

export interface SetupStep extends Command {
  /** Globs of the files that it reads, relative to the root; null when it may read any. */
  reads: string[] | null;
}

/** One project of one kind in one folder; most repositories are one. */
export interface Unit {
  /** Such as npm, or go. */
  kind: string;
  /** "" for the root. */
  folder: string;
  /** File by which it was known. */
  found: string;
  commands: Partial<Record<Role, Command>>;
  setup: SetupStep[];
  /** Files that a program writes anew whenever what they lock changes. */
  lockfiles: string[];
  /** What its commands are in the recipes of make and the like; null: those do not know what a worktree has. */
  native: RegExp | null;
  /** Folders that it takes care of, from the root. */
  members?: string[];
  /** Of a task runner: what its targets do. */
  recipes?: Partial<Record<Role, string>>;
  /** What to do without where set-up does not work here. */
  fallback?: Pick<Unit, "commands">;
  notes: string[];
}

export interface ProposedGate extends Command {
  name: string;
  role: Role;
  /** Folder that it runs in; absent: the root. */
  cwd?: string;
  required: boolean;
  /** Such a gate stays in the file as a comment. */
  off?: string;
}

export interface ProposedPath {
  path: string;
  why: string;
}

export interface Proposal {
  /** What was found, a line each. */
  found: string[];
  gates: ProposedGate[];
  setup: (Command & { reads: string[] | null }) | null;
  copy: ProposedPath[];
  link: ProposedPath[];
  /** What stays in a worktree between tasks. */
  keep: ProposedPath[];
  /** Names of variables that commands need. */
  pass: string[];
  resources: { name: string; units: number; why: string }[];
  agent: { name: string; why: string } | null;
  /** Who looks at what builders make; null where nobody can. */
  reviewer: { name: string; why: string } | null;
  /** What a person should see to, a line each. */
  notes: string[];
  /** Gates without any set-up, for machines on which it does not work. */
  fallback: ProposedGate[] | null;
}
