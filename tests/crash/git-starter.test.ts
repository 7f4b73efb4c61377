/** The process that starts git for a host is gone with it, whoever kills it. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { findPrograms } from "../../src/actors/process/index.ts";
import { begin, PATIENCE_MS, resume, until, Workshop } from "../e2e/runs.ts";

const workshop = new Workshop("starter");
afterAll(() => workshop.clean());

/** Pids of those that the process with this pid has. */
async function findStarters(host: number): Promise<number[]> {
  const programs = (await findPrograms(() => true)) ?? [];
  const isStarter = ({ name, args }: { name: string; args: readonly string[] }): boolean =>
    name !== "git" && args.at(-1)?.startsWith(`pleach.startedBy=${host}-`) === true;
  return programs.filter(isStarter).map(({ pid }) => pid);
}

it("is one while the host lives, none after SIGKILL, and none when the run is over", {
  timeout: PATIENCE_MS,
}, async () => {
  const plan = {
    goal: "wait",
    tasks: [{ id: "a", run: "touch ../../../begun; test -e ../../../go || sleep 600; echo a > a.txt" }],
  };
  const root = workshop.repository(plan);
  const begun = join(root, "..", "begun");
  const going = begin(root);
  await until("a task at work", () => existsSync(begun));
  const host = going.child.pid as number;
  expect(await findStarters(host)).toHaveLength(1);
  going.child.kill("SIGKILL");
  await going.ended;
  while ((await findStarters(host)).length > 0) await setTimeout(10);
  writeFileSync(join(root, "..", "go"), "");
  expect((await resume(root)).end.code).toBe(0);
  expect(await findPrograms(() => true).then((all) => all?.filter(({ folder }) => folder === root))).toEqual([]);
});
