/**
 * pleach.yaml: defaults of a plan's frontmatter, and what belongs to the repository rather than to a plan. Everything in
 * it is optional.
 */

import { addOwn } from "./add-own.ts";
import { choiceOf } from "./agent-choice.ts";
import { BUILTIN_AGENTS, hintOfKind } from "./agent-kinds.ts";
import { DEFAULT_BUDGET_MODE, DEFAULT_RESTART, KNOWN_STREAMS, MAX_CONCURRENCY } from "./defaults.ts";
import { type Field, type Listed, type Read, readFields, readFlag, readList, readText, refuse } from "./fields.ts";
import { IssueList, quote } from "./issues.ts";
import { refuseMisplaced } from "./key-sources.ts";
import { listPowers } from "./list-powers.ts";
import { locateYaml } from "./located.ts";
import type { AgentSpec, LoadedConfig, OwnConfig, ProjectConfig, WorktreeConfig } from "./model.ts";
import type { RawHeader } from "./raw.ts";
import { readAgents } from "./read-agents.ts";
import { HEADER_READERS } from "./read-header.ts";
import { readPath } from "./read-script.ts";
import { VARIABLE_READERS } from "./read-variables.ts";
import { explainBadScope, normalizeScope } from "./scope.ts";

interface WrittenConfig extends RawHeader {
  agents: AgentSpec[];
  vault: string;
  vaults: string[];
  worktree: Partial<WorktreeConfig>;
}

/** Reads the text of a pleach.yaml; `file` is for messages, `own` what the person says for all repositories. Never throws. */
export function parseConfig(text: string, file: string, own: OwnConfig = {}): LoadedConfig {
  const issues = new IssueList(file);
  return finish(readConfig(text, issues), own, issues);
}

const readWorktree: Read<Partial<WorktreeConfig>> = readFields<WorktreeConfig>({
  path: readPath,
  setup: readText,
  setupWhen: readList(readGlob),
  teardown: readText,
  ...VARIABLE_READERS,
  copy: readList(readPath),
  link: readList(readPath),
  keep: readList(readGlob),
  pristine: readFlag,
});

/** Any folder; one that lies outside of the repository needs a person's consent. A vault inside of it is no place of git's. */
function readFolder(field: Field): string | undefined {
  const written = readText(field);
  if (written === undefined) return undefined;
  const isElsewhere = /^(?:\/|~(?:\/|$))|(?:^|\/)\.\.(?:\/|$)/.test(written);
  return isElsewhere ? written : readPath(field);
}

function readGlob(field: Field): string | undefined {
  const written = readText(field);
  if (written === undefined) return undefined;
  const bad = explainBadScope(written);
  if (bad === null) return normalizeScope(written);
  return refuse(field, `is ${quote(written)}: ${bad}`, "Name paths inside the repository, such as **/go.sum.");
}

function readConfig(text: string, issues: IssueList): Partial<WrittenConfig> {
  const value = locateYaml(text.replace(/\r\n?/g, "\n"), issues);
  if (value === null) return {};
  const read = readFields<WrittenConfig>(
    { ...HEADER_READERS, agents: readAgents, vault: readFolder, vaults: readList(readFolder), worktree: readWorktree },
    refuseMisplaced("repository", "pleach.yaml"),
  );
  return read({ issues, line: 1, label: "pleach.yaml", value }) ?? {};
}

function finish(written: Partial<WrittenConfig>, own: OwnConfig, issues: IssueList): LoadedConfig {
  const { agents, vault, vaults, worktree, agent, streams, resources, budget, ...rest } = written;
  const known = [...(agents ?? []), ...(own.agents ?? []), ...BUILTIN_AGENTS].map(({ name }) => name);
  const named = [agent, ...(streams ?? []).map((stream) => stream.agent)].flatMap((names) => names ?? []);
  for (const name of named) checkAgent(name, known, issues);
  const streamNames = [...(streams ?? []).map(({ name }) => name), ...KNOWN_STREAMS];
  for (const { reviewedBy } of streams ?? []) if (reviewedBy) checkReviewer(reviewedBy, streamNames, issues);
  const defaults: ProjectConfig["defaults"] = {
    ...rest,
    ...(agents === undefined ? {} : { agents }),
    ...(budget === undefined ? {} : { budget: { mode: DEFAULT_BUDGET_MODE, ...budget } }),
    ...(resources === undefined ? {} : { resources: Object.fromEntries(resources.map((r) => [r.name, r.value])) }),
    ...(streams === undefined
      ? {}
      : {
          streams: streams.map((stream) => ({
            name: stream.name,
            // The plan's own concurrency caps this when the plan is assembled.
            concurrency: stream.concurrency ?? MAX_CONCURRENCY,
            ...(stream.agent === undefined ? {} : choiceOf(stream.agent)),
            ...(stream.reviewedBy === undefined ? {} : { reviewedBy: stream.reviewedBy.text }),
            restart: stream.restart ?? DEFAULT_RESTART,
          })),
        }),
  };
  const project = {
    defaults,
    ...(agent === undefined ? {} : choiceOf(agent)),
    ...(vault === undefined ? {} : { vault }),
    ...(vaults === undefined ? {} : { vaults }),
    ...(worktree === undefined ? {} : { worktree }),
  };
  return { config: addOwn(project, own), powers: listPowers(project), ...issues.close() };
}

function checkReviewer(name: Listed, known: readonly string[], issues: IssueList): void {
  if (known.includes(name.text)) return;
  const hint = `${issues.suggest(name.text, known)}Declare it under \`streams\`.`;
  issues.fail("plan.unknownStream", name.line, `there is no stream ${quote(name.text)} that could review`, hint);
}

function checkAgent(name: Listed, known: readonly string[], issues: IssueList): void {
  if (known.includes(name.text)) return;
  const hint = hintOfKind(name.text) ?? `${issues.suggest(name.text, known)}Declare it under \`agents\`.`;
  issues.fail("plan.unknownAgent", name.line, `there is no agent ${quote(name.text)}`, hint);
}
