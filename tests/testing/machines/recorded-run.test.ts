/** A recorded run folded again: by the machines that wrote it, by others, and by streams of a user's own. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { setup } from "xstate";
import { defineStream, openRun } from "../../../src/index.ts";
import { checkInvariants, openLogFixture, replayRecorded } from "../../../src/testing/machines/index.ts";
import { rewriteLog } from "../../helpers/rewrite-log.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const LOG = join(import.meta.dirname, "../../fixtures/logs/v1-plan-run/log");
const scratch = makeTempFolder("recorded", "file");

describe("a recorded run of a plan", () => {
  it("comes to the same ends, and says what landed in which order", async () => {
    const replayed = await replayRecorded(await openLogFixture(LOG));
    expect(replayed.differences).toEqual([]);
    expect(replayed.outcome).toBe("succeeded");
    const [parse, build, ...writers] = replayed.tasks;
    expect([parse, build]).toEqual([
      { id: "parse", outcome: "merged", attempts: 2 },
      { id: "build", outcome: "merged", attempts: 2 },
    ]);
    // Which of the two writers comes first is the recorded run's secret; the other one runs again.
    expect(writers.map(({ attempts }) => attempts).sort()).toEqual([1, 2]);
    const second = writers.find(({ attempts }) => attempts === 2)?.id;
    expect(replayed.landed.slice(0, 2)).toEqual(["parse", "build"]);
    expect(replayed.landed.at(-1)).toBe(second);
  });

  it("is not the same when a record says something else, though every checksum is right", async () => {
    const dir = join(scratch, "forged");
    await rewriteLog(LOG, dir, (record) =>
      record.actor === "merge" && record.type === "chain.built"
        ? { ...record, data: { links: [], conflicts: [] } }
        : record,
    );
    const forged = await openLogFixture(dir);
    expect(forged.crc).not.toBe((await openLogFixture(LOG)).crc);
    expect((await replayRecorded(forged)).differences.length).toBeGreaterThan(0);
  });

  it("cannot be opened where there is none", async () => {
    await expect(openLogFixture(join(scratch, "nothing"))).rejects.toMatchObject({ code: "log.missing" });
  });
});

/** A stream that greets everybody who comes in, with these words. */
function greeter(words: string) {
  const machine = setup({
    types: { events: {} as { type: "guest.came"; at: number } | { type: "effect.done"; at: number } },
    actions: { greet: (_: unknown, _params: { words: string }) => {} },
  }).createMachine({ id: "greeter", on: { "guest.came": { actions: { type: "greet", params: { words } } } } });
  return defineStream({ machine, perform: { greet: async () => undefined } });
}

describe("a recorded run of streams of one's own", () => {
  it("is folded by these, and one that was changed is named as the reason of a difference", async () => {
    const dir = join(scratch, "own");
    const run = await openRun({ dir, streams: { greeter: greeter("hello") } });
    await run.send("greeter", { type: "guest.came" });
    await run.stop("enough");
    await run.done;
    await run.close();
    const recorded = await openLogFixture(join(dir, "log"));
    expect(checkInvariants(recorded.records)).toEqual([]);
    const same = await replayRecorded(recorded, { streams: { greeter: greeter("hello") } });
    expect(same).toMatchObject({ differences: [], incompatible: null, outcome: null, tasks: [], landed: [] });
    const other = await replayRecorded(recorded, { streams: { greeter: greeter("go away") } });
    expect(other.differences).toMatchObject([
      { actor: "greeter", want: [{ name: "greet" }], got: [{ name: "greet" }] },
    ]);
    expect(other.incompatible).toMatch(
      /^from record \d+ on: the log was written by another version of the machines greeter$/,
    );
  });
});
