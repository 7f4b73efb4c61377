/** What a planning task hands in, when something that nobody foresaw goes wrong while it is taken. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { EmittedEvents } from "../../../src/actors/coordination/emitted-events.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import { Messages } from "../../../src/actors/perform/messages.ts";
import { PLAN_FILE, PlanIntake } from "../../../src/actors/perform/plan-intake.ts";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { read } from "../../plan/read-text.ts";

it("refuses a version that cannot be taken, says why, and looks at those that follow", async () => {
  const root = makeTempFolder("intake", "test");
  const { plan } = read('{"goal": "g", "isolation": "none", "tasks": [{"id": "a", "run": "true"}]}', "json");
  if (plan === null) throw new Error("the plan does not hold");
  const run: RunContext = {
    manifest: { run: "r", plan, base: null, baseBranch: null, branch: null, patterns: {} },
    get scheduler(): never {
      throw new Error("the scheduler is gone");
    },
    folder: runFolder(root, "r"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } },
    repo: null,
    worktrees: join(root, "worktrees"),
    workspaces: null,
    executor: localExecutor,
    startAgent: () => expect.fail("nobody is to be started"),
    emittedEvents: new EmittedEvents(),
    toolGateway: null,
    messages: new Messages(),
    patterns: null,
    ports: new PortRanges("r"),
    parentEnv: {},
    gateConcurrency: 1,
    verdicts: memoryVerdicts(),
  };
  const told: string[] = [];
  let wake = (): void => undefined;
  run.messages.listen("a", (text) => {
    told.push(text);
    wake();
  });
  const heard = async (count: number): Promise<void> => {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const context = {
    effect: "task:a/1/1/0",
    actor: "task:a",
    signal: new AbortController().signal,
    recovering: false,
    report: async () => undefined,
  };
  const file = join(root, PLAN_FILE);
  const intake = new PlanIntake(run, { task: "a", file, context });

  writeFileSync(file, "- [ ] b: one\n");
  intake.start();
  await heard(1);
  writeFileSync(file, "- [ ] b: another\n");
  await heard(2);
  await intake.offer(Promise.reject(new Error("the artifact is gone")));

  expect(await intake.finish()).toEqual({ kind: "refused", errors: ["it could not be taken: the artifact is gone"] });
  expect(told).toEqual([
    expect.stringContaining("the scheduler is gone"),
    expect.stringContaining("the scheduler is gone"),
    expect.stringContaining("the artifact is gone"),
  ]);
});
