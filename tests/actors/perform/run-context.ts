/** What performers need of a run without a repository, whose one task does nothing by itself. */
import { join } from "node:path";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { EmittedEvents } from "../../../src/actors/coordination/emitted-events.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import { Messages } from "../../../src/actors/perform/messages.ts";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { read } from "../../plan/read-text.ts";

/** A run `r` in this folder; who asks for its scheduler gets an error with `whyNoScheduler`. */
export function makeRunContext(
  root: string,
  { task, startAgent, toolGateway = null, whyNoScheduler = "nobody asks for it here" }: Given,
): RunContext {
  const tasks = [{ id: task, run: "true" }];
  const { plan } = read(JSON.stringify({ goal: "g", isolation: "none", tasks }), "json");
  if (plan === null) throw new Error("the plan does not hold");
  return {
    manifest: { run: "r", plan, base: null, baseBranch: null, branch: null, patterns: {} },
    get scheduler(): never {
      throw new Error(whyNoScheduler);
    },
    folder: runFolder(root, "r"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } },
    repo: null,
    worktrees: join(root, "worktrees"),
    workspaces: null,
    executor: localExecutor,
    startAgent,
    emittedEvents: new EmittedEvents(),
    toolGateway,
    messages: new Messages(),
    roleOf: () => null,
    taskState: () => null,
    patterns: null,
    ports: new PortRanges("r"),
    parentEnv: {},
    gateConcurrency: 1,
    verdicts: memoryVerdicts(),
  };
}

interface Given {
  task: string;
  startAgent: RunContext["startAgent"];
  toolGateway?: RunContext["toolGateway"];
  whyNoScheduler?: string;
}
