/** What a planning task hands in, when something that nobody foresaw goes wrong while it is taken. */

import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PLAN_FILE, PlanIntake } from "../../../src/actors/perform/plan-intake.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { makeRunContext } from "./run-context.ts";

const context = {
  effect: "task:a/1/1/0",
  actor: "task:a",
  signal: new AbortController().signal,
  recovering: false,
  report: async () => undefined,
};

it("refuses a version that cannot be taken, says why, and looks at those that follow", async () => {
  const root = makeTempFolder("intake", "test");
  const run = makeRunContext(root, {
    task: "a",
    startAgent: () => expect.fail("nobody is to be started"),
    whyNoScheduler: "the scheduler is gone",
  });
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

it("says of a plan that is there and is not read why, and does not take it for none", async () => {
  const root = makeTempFolder("intake", "test");
  const run = makeRunContext(root, { task: "a", startAgent: () => expect.fail("nobody is to be started") });
  const file = join(root, PLAN_FILE);
  const finish = () => new PlanIntake(run, { task: "a", file, context }).finish();
  expect(await finish()).toEqual({ kind: "none" });
  writeFileSync(file, "- [ ] b: one\n".repeat(100_000));
  const refused = (reason: string) => ({ kind: "refused", errors: [`${PLAN_FILE} is not read: ${reason}`] });
  expect(await finish()).toEqual(refused("it is larger than 1 MB"));
  rmSync(file);
  symlinkSync("/dev/zero", file);
  expect(await finish()).toEqual(refused("it is a symbolic link"));
});
