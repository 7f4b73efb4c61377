/** Which coding agents this machine has, by the programs on its PATH. Nothing is started. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { AgentKind } from "../../plan/model.ts";
import { listAdapters } from "./registry.ts";

export interface InstalledAgent {
  kind: AgentKind;
  /** Absolute path of the program. */
  file: string;
}

/**
 * The agents on a PATH, each where a shell would find it first, in the order of the registry. Folders that are not absolute are passed
 * over: what lies in the folder one happens to be in is no installed program.
 */
export function findInstalledAgents(path: string | undefined): InstalledAgent[] {
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return listAdapters().flatMap(({ kind, program }) => {
    const file = program === null ? undefined : folders.map((folder) => join(folder, program.name)).find(isProgram);
    return file === undefined ? [] : [{ kind, file }];
  });
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
