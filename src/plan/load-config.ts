/**
 * Where pleach.yaml is, and what holds without it. The file is optional; its reader is loaded when there is one, since
 * most commands start faster without a YAML parser.
 */

import { join } from "node:path";
import { DEFAULT_VAULT } from "./defaults.ts";
import { IssueList } from "./issues.ts";
import type { LoadedConfig, ProjectConfig } from "./model.ts";
import { readTextFile } from "./text-file.ts";

/** Reads `<root>/pleach.yaml`. Never rejects; no file means no settings. */
export async function loadConfig(root: string): Promise<LoadedConfig> {
  const issues = new IssueList(join(root, "pleach.yaml"));
  const text = readTextFile(issues.file, issues, "optional");
  if (text === null) return { config: emptyConfig(), ...issues.close() };
  const { parseConfig } = await import("./read-config.ts");
  return parseConfig(text, issues.file);
}

function emptyConfig(): ProjectConfig {
  return { defaults: {}, vault: DEFAULT_VAULT, vaults: [], worktree: { copy: [], link: [] } };
}
