/** A host that is stopped and goes on (SIGSTOP, a suspended machine): what its workers did meanwhile counts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { begin, fates, PATIENCE_MS, readEnd, SHARED, show, taskOf, until, Workshop } from "./runs.ts";

const workshop = new Workshop("stopped");
afterAll(() => workshop.clean());

it("does not take work that was finished in time for work that took too long", { timeout: PATIENCE_MS }, async () => {
  const plan = {
    goal: "stopped",
    tasks: [
      { id: "quick", timeout: "6s", run: `touch ${SHARED}/quick; sleep 2; echo a > a.txt` },
      { id: "slow", timeout: "6s", run: `touch ${SHARED}/slow; sleep 9; echo b > b.txt` },
    ],
  };
  const root = workshop.repository(plan);
  const going = begin(root);
  await until("both are at work", () => existsSync(join(root, ".git/quick")) && existsSync(join(root, ".git/slow")));
  going.child.kill("SIGSTOP");
  await sleep(8_000);
  going.child.kill("SIGCONT");
  const { end, status } = readEnd(await going.ended);
  expect(end.code, end.stdout.slice(-2_000)).toBe(0);
  expect(fates(status)).toEqual({ quick: "merged", slow: "merged" });
  expect(taskOf(status, "quick").attempts).toBe(1);
  expect(show(root, "a.txt") + show(root, "b.txt")).toBe("a\nb\n");
});
