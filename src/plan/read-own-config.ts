/** The person's own configuration, for all repositories: what no repository may say for itself, and what stands in for it. */
import { isAbsolute } from "node:path";
import { choiceOf, type ListedChoice, readAgentChoice } from "./agent-choice.ts";
import { BUILTIN_AGENTS, hintOfKind } from "./agent-kinds.ts";
import { expandHome } from "./expand-home.ts";
import { type Listed, type Read, readFields, readList, readText, refuse } from "./fields.ts";
import { IssueList, quote } from "./issues.ts";
import { KEY_RULES, leaveOf, refuseMisplaced } from "./key-sources.ts";
import { locateYaml } from "./located.ts";
import type { LoadedOwnConfig, OwnConfig } from "./model.ts";
import { readAgents } from "./read-agents.ts";

type Written = Omit<OwnConfig, "agent" | "fallback"> & { agent?: ListedChoice };

/** Reads the text of such a file; `file` is for messages, `home` what ~ stands for. Never throws. */
export function parseOwnConfig(text: string, { file, home }: { file: string; home: string }): LoadedOwnConfig {
  const issues = new IssueList(file);
  const read = readFields<Written>(readersOf(home), takeUnread);
  const value = locateYaml(text.replace(/\r\n?/g, "\n"), issues);
  const { agent, ...rest } = value === null ? {} : (read({ issues, line: 1, label: "config.yaml", value }) ?? {});
  for (const name of agent ?? []) checkAgent(name, rest, issues);
  return { config: { ...rest, ...(agent === undefined ? {} : choiceOf(agent)) }, ...issues.close() };
}

const readersOf = (home: string): { [K in keyof Written]-?: Read<NonNullable<Written[K]>> } => ({
  worktrees: readFolder(home),
  vault: readFolder(home),
  vaults: readList(readFolder(home)),
  agents: readAgents,
  agent: readAgentChoice,
});

/** A key that belongs elsewhere is an error; one that a later version reads, or may know, is only told. */
function takeUnread(key: string, line: number, issues: IssueList): boolean {
  if (leaveOf(key, "person") === "later") {
    issues.warn("plan.ignoredKey", line, `\`${key}\` is not used yet`, "Leave it: a later version of pleach reads it.");
    return true;
  }
  if (refuseMisplaced("person", "config.yaml")(key, line, issues)) return true;
  const known = Object.keys(KEY_RULES).filter((each) => leaveOf(each, "person") !== "no");
  const hint = `${issues.suggest(key, known)}Keys: ${known.join(", ")}.`;
  issues.warn("plan.unknownKey", line, `the key ${quote(key)} is not known`, hint);
  return true;
}

/** It has to be there in every repository. */
function checkAgent({ text: name, line }: Listed, { agents = [] }: Omit<Written, "agent">, issues: IssueList): void {
  if ([...agents, ...BUILTIN_AGENTS].some((each) => each.name === name)) return;
  const known = [...agents, ...BUILTIN_AGENTS].map((each) => each.name);
  const hint = hintOfKind(name) ?? `${issues.suggest(name, known)}Declare it under \`agents\`.`;
  issues.fail("plan.unknownAgent", line, `there is no agent ${quote(name)}`, hint);
}

function readFolder(home: string): Read<string> {
  return (field) => {
    const written = readText(field);
    if (written === undefined) return undefined;
    const folder = expandHome(written, home);
    if (isAbsolute(folder)) return folder;
    return refuse(field, `is ${quote(written)}`, "Name an absolute folder, or one below ~/.");
  };
}
