/**
 * Where pleach.yaml is and the person's own configuration, and what holds without them. Both are optional; their readers
 * are loaded when there is one, since most commands start faster without a YAML parser.
 */

import { join } from "node:path";
import { DEFAULT_VAULT } from "./defaults.ts";
import { IssueList } from "./issues.ts";
import type { LoadedConfig, LoadedOwnConfig, ProjectConfig } from "./model.ts";
import { readTextFile } from "./text-file.ts";

/** Reads `<root>/pleach.yaml`. Never rejects; no file means no settings. */
export async function loadConfig(root: string): Promise<LoadedConfig> {
  const issues = new IssueList(join(root, "pleach.yaml"));
  const text = readTextFile(issues.file, issues, "optional");
  if (text === null) return { config: emptyConfig(), ...issues.close() };
  const { parseConfig } = await import("./read-config.ts");
  return parseConfig(text, issues.file);
}

/** Reads `config.yaml` in the folder of the person's own configuration; `home` is what ~ stands for there. Never rejects; no file means no settings. */
export async function loadOwnConfig({ folder, home }: { folder: string; home: string }): Promise<LoadedOwnConfig> {
  const issues = new IssueList(join(folder, "config.yaml"));
  const text = readTextFile(issues.file, issues, "optional");
  if (text === null) return { config: {}, ...issues.close() };
  const { parseOwnConfig } = await import("./read-own-config.ts");
  return parseOwnConfig(text, { file: issues.file, home });
}

function emptyConfig(): ProjectConfig {
  return { defaults: {}, vault: DEFAULT_VAULT, vaults: [], worktree: { copy: [], link: [] } };
}
