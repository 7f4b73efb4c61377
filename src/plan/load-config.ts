/**
 * Where pleach.yaml is and the person's own configuration, and what holds without them. Both are optional; their readers
 * are loaded when there is one, since most commands start faster without a YAML parser.
 */

import { join } from "node:path";
import { addOwn } from "./add-own.ts";
import { IssueList } from "./issues.ts";
import type { LoadedConfig, LoadedOwnConfig, OwnConfig } from "./model.ts";
import { readTextFile } from "./text-file.ts";

/** The configuration of a repository, in its root. */
export const CONFIG_FILE = "pleach.yaml";

/**
 * Reads `<root>/pleach.yaml`, over what the person says for all repositories; `text` is that of the file, null when there is
 * none. Never rejects; no file means no settings.
 */
export async function loadConfig(root: string, own: OwnConfig = {}): Promise<LoadedConfig & { text: string | null }> {
  const issues = new IssueList(join(root, CONFIG_FILE));
  const text = readTextFile(issues.file, issues, "optional");
  if (text === null) return { config: addOwn({}, own), powers: [], ...issues.close(), text };
  const { parseConfig } = await import("./read-config.ts");
  return { ...parseConfig(text, issues.file, own), text };
}

/** Reads `config.yaml` in the folder of the person's own configuration; `home` is what ~ stands for there. Never rejects; no file means no settings. */
export async function loadOwnConfig({ folder, home }: { folder: string; home: string }): Promise<LoadedOwnConfig> {
  const issues = new IssueList(join(folder, "config.yaml"));
  const text = readTextFile(issues.file, issues, "optional");
  if (text === null) return { config: {}, ...issues.close() };
  const { parseOwnConfig } = await import("./read-own-config.ts");
  return parseOwnConfig(text, { file: issues.file, home });
}
