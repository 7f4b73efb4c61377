/** A sample of the fault harness; `npm run faults` runs all of it. And proof that it finds what is broken. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CreateLogUnderTest, listFaultCases, ownLogNames } from "../../../src/testing/faults/index.ts";
import { brokenLogs } from "./broken-logs.ts";

const SEED = 1;

// Every second step of a run in memory (a record is a write and a sync); of the others a sample. Odd ones, so that no kind of
// step is always left out.
const EVERY: Readonly<Record<string, { log: number; run: number }>> = {
  memory: { log: 5, run: 2 },
  file: { log: 11, run: 13 },
  unlinked: { log: 11, run: 13 },
};

const casesOf = (log: string) => {
  const every = EVERY[log] ?? { log: 1, run: 1 };
  return listFaultCases({ seed: SEED, every }).filter((each) => each.log === log);
};

describe("with one step after the other broken", () => {
  for (const log of ownLogNames) {
    for (const { name, run } of casesOf(log)) {
      it(name, async () => {
        const { workloads, faults } = await run();
        expect(workloads).toBeGreaterThan(5);
        // The workloads are deterministic: the step that is to break comes every time.
        expect(faults).toBe(workloads - 1);
      });
    }
  }

  it("the same seed runs the same", async () => {
    const run = () =>
      Promise.all(
        listFaultCases({ seed: 4, every: { log: 40, run: 60 } })
          .filter(({ log }) => log === "file")
          .map((each) => each.run()),
      );
    expect(await run()).toEqual(await run());
  });
});

describe.each(Object.entries(brokenLogs))("a log that %s", (name, { create, found }) => {
  it("is found out, with the step that shows it", async () => {
    const cases = listFaultCases({ seed: SEED, rounds: 6, logs: { [name]: create } });
    const message = await firstBroken(cases.filter(({ name: title }) => title.startsWith("the log")));
    expect(message).toMatch(/^with /);
    expect(message).toMatch(found);
  });
});

describe("a run over a log that says durable before it has synced", () => {
  it("is found out, too: it had shown or performed what is gone", async () => {
    const { create } = brokenLogs["says durable before it has synced"] as { create: CreateLogUnderTest };
    const cases = listFaultCases({ seed: SEED, rounds: 3, logs: { broken: create } });
    const message = await firstBroken(cases.filter(({ name }) => name.startsWith("a run")));
    expect(message).toMatch(/was called durable, but it is gone|was performed, but no record asks for it|log\.damaged/);
  });
});

async function firstBroken(cases: ReturnType<typeof listFaultCases>): Promise<string> {
  for (const { run } of cases) {
    try {
      await run();
    } catch (error) {
      expect(error).toMatchObject({ code: "faults.broken" });
      return (error as Error).message;
    }
  }
  return "nothing was found";
}

describe("npm run faults", () => {
  it("refuses what it does not know, and says what it does", () => {
    const script = fileURLToPath(new URL("../../../scripts/faults.mjs", import.meta.url));
    for (const args of [["--seed", "x"], ["--rounds", "0"], ["--speed"]]) {
      const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
      expect(status, args.join(" ")).toBe(2);
      expect(stderr).toMatch(/^faults: /);
    }
  });
});
