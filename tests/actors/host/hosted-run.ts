/** Real runs hosted in this process: a repository in a temporary folder, a log in memory, real git and real commands. */
import type { Engine } from "../../../src/actors/control/engine.ts";
import { createMemoryEngine } from "../../../src/actors/control/memory-engine.ts";
import { openRepository } from "../../../src/actors/git/index.ts";
import { type Host, type HostOptions, openHost } from "../../../src/actors/host/host.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { parsePlan } from "../../../src/plan/load-plan.ts";
import { parseConfig } from "../../../src/plan/read-config.ts";
import type { RunEvent } from "../../../src/protocol/client.ts";
import { initRepository, runGit } from "../git/temp-repository.ts";

export const RUN = "r1";
export const BRANCH = `pleach/${RUN}`;

export interface HostedRun {
  root: string;
  /** Told by all hosts of the run so far. */
  events: RunEvent[];
  /** Begins the run with a plan in YAML. */
  begin(plan: string, more?: Partial<HostOptions>): Promise<Host>;
  /** Goes on with it, or opens it for another purpose. */
  reopen(more?: Partial<HostOptions>): Promise<Host>;
  git(...args: string[]): string;
}

/** A repository with one commit, and nothing begun. */
export function makeHostedRun(engine: Engine = createMemoryEngine(), root: string = initRepository()): HostedRun {
  const events: RunEvent[] = [];
  const { config } = parseConfig("", "pleach.yaml");
  const options: HostOptions = {
    root,
    run: RUN,
    engine,
    program: "test 1",
    config,
    executor: localExecutor,
    keepAliveWhileWaiting: false,
    env: process.env,
    gateConcurrency: 1,
    onEvent: (event) => events.push(event),
  };
  return {
    root,
    events,
    begin: async (text, more = {}) => {
      const { plan, errors } = parsePlan(text, { file: "plan.yaml", format: "yaml", root, config });
      if (plan === null) throw new Error(errors[0]?.message);
      const { head } = await openRepository(root);
      const branches = { base: head.commit, baseBranch: head.branch, branch: BRANCH };
      const begin: NonNullable<HostOptions["begin"]> = {
        manifest: { run: RUN, plan, ...branches, patterns: {} },
        options: { seed: 1, expectedMs: {}, unknownMs: 1_000, pathMs: {} },
      };
      return openHost({ ...options, ...more, begin });
    },
    reopen: (more = {}) => openHost({ ...options, ...more }),
    git: (...args) => runGit(root, ...args),
  };
}
