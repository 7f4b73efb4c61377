/** Lays what a repository's pleach.yaml says over what a person says for all repositories, and over what holds without them. */
import { firstChoice } from "./agent-choice.ts";
import { DEFAULT_VAULT } from "./defaults.ts";
import type { OwnConfig, ProjectConfig, WorktreeConfig } from "./model.ts";

/** What pleach.yaml says. */
export type WrittenProject = Partial<Omit<ProjectConfig, "worktree">> & { worktree?: Partial<WorktreeConfig> };

/**
 * The configuration of a repository. Of what both name, pleach.yaml's is closer and wins; further vaults are read of both.
 * Nothing of a person's needs their consent, so it must not be mixed up with the repository's before that was asked for.
 */
export function addOwn(
  { defaults = {}, agent, fallback, vault, vaults = [], worktree }: WrittenProject,
  own: OwnConfig,
): ProjectConfig {
  const names = new Set(defaults.agents?.map(({ name }) => name));
  const ownAgents = (own.agents ?? []).filter(({ name }) => !names.has(name));
  const agents = [...(defaults.agents ?? []), ...ownAgents];
  const its = agent === undefined ? undefined : { agent, ...(fallback === undefined ? {} : { fallback }) };
  return {
    defaults: { ...defaults, ...(agents.length === 0 ? {} : { agents }) },
    ...firstChoice(its, own),
    vault: vault ?? own.vault ?? DEFAULT_VAULT,
    vaults: [...new Set([...vaults, ...(own.vaults ?? [])])],
    worktree: { copy: [], link: [], ...worktree },
  };
}
