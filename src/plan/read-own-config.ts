/** The person's own configuration, for all repositories: what no repository may say for itself. */
import { isAbsolute, join } from "node:path";
import { type Read, readFields, readText, refuse } from "./fields.ts";
import { IssueList, quote } from "./issues.ts";
import { locateYaml } from "./located.ts";
import type { LoadedOwnConfig, OwnConfig } from "./model.ts";

/** Reads the text of such a file; `file` is for messages, `home` what ~ stands for. Never throws. */
export function parseOwnConfig(text: string, { file, home }: { file: string; home: string }): LoadedOwnConfig {
  const issues = new IssueList(file);
  const read = readFields<OwnConfig>({ worktrees: readFolder(home) }, (key, line) => {
    issues.warn("plan.unknownKey", line, `the key ${quote(key)} is not known`, "Keys: worktrees.");
    return true;
  });
  const value = locateYaml(text.replace(/\r\n?/g, "\n"), issues);
  const config = value === null ? {} : (read({ issues, line: 1, label: "config.yaml", value }) ?? {});
  return { config, ...issues.close() };
}

function readFolder(home: string): Read<string> {
  return (field) => {
    const written = readText(field);
    if (written === undefined) return undefined;
    const folder = written === "~" || written.startsWith("~/") ? join(home, written.slice(1)) : written;
    if (isAbsolute(folder)) return folder;
    return refuse(field, `is ${quote(written)}`, "Name an absolute folder, or one below ~/.");
  };
}
