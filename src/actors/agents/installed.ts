/** Which coding agents this machine has, by the programs on its PATH. Nothing is started. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { ACP_PROGRAMS } from "../../agent-programs.ts";
import { BUILTIN_AGENTS } from "../../plan/agent-kinds.ts";
import type { AgentSpec } from "../../plan/model.ts";
import { factsOf } from "./program-facts.ts";

export interface InstalledAgent {
  /** The agent that needs no entry. */
  spec: AgentSpec;
  /** Absolute paths of its programs, the one that is started first; links to the same file count once. */
  files: [string, ...string[]];
  /** Whether it was tried with pleach. */
  isTried: boolean;
}

/** Agents of which another one, which is installed, is the same by a way of its own. */
const SAME: Readonly<Record<string, string>> = { "claude-agent-acp": "claude", "codex-acp": "codex" };

/**
 * The agents on a PATH, each where a shell would find it first, in the order in which they are preferred. Folders that are not
 * absolute are passed over: what lies in the folder one happens to be in is no installed program.
 */
export function findInstalledAgents(path: string | undefined): InstalledAgent[] {
  const untried = new Set(ACP_PROGRAMS.filter(({ isTried }) => !isTried).map(({ agent }) => agent));
  return BUILTIN_AGENTS.flatMap((spec) => {
    const [first, ...more] = findOnPath(factsOf(spec).command, path);
    return first === undefined
      ? []
      : [{ spec, files: [first, ...more] as [string, ...string[]], isTried: !untried.has(spec.name) }];
  });
}

/** Names of those that may be chosen without a person naming one: tried, and no second way to another one. */
export function listPreferred(installed: readonly InstalledAgent[]): string[] {
  const names = new Set(installed.map(({ spec }) => spec.name));
  return installed
    .filter(({ spec, isTried }) => isTried && !names.has(SAME[spec.name] ?? ""))
    .map(({ spec }) => spec.name);
}

/** Where the programs lie that a command names, the one that is started first; a file that is linked twice counts once. */
export function findOnPath(command: string | null, path: string | undefined): string[] {
  if (command === null) return [];
  if (isAbsolute(command)) return isProgram(command) ? [command] : [];
  if (basename(command) !== command) return [];
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const found = new Map<string, string>();
  for (const folder of folders) {
    const file = join(folder, command);
    if (!isProgram(file)) continue;
    const real = realpathSync(file);
    if (!found.has(real)) found.set(real, file);
  }
  return [...found.values()];
}

/** Whether a path is that of a file that may be run. */
export function isProgram(file: string): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
