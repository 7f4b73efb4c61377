/** A log that gives other numbers than it predicted: the host says so and ends, rather than wait for a record that never comes. */
import { describe, expect, it } from "vitest";
import { createMemoryLog, type LogStore } from "../../../src/actors/log/index.ts";
import { openTestRun } from "../../helpers/test-run.ts";
import { createWorkerStream, createWorld } from "../../helpers/worker-stream.ts";

/** A log whose writer predicts numbers that are so many too large. */
function misnumber(log: LogStore, tooMany: () => number): LogStore {
  return {
    ...log,
    beginEpoch: async (...given) => {
      const writer = await log.beginEpoch(...given);
      return {
        ...writer,
        get nextSeq() {
          return writer.nextSeq + tooMany();
        },
      };
    },
  };
}

describe("a log that gives other numbers than it predicted", () => {
  it.each([1, -1])("ends the host with that reason, and performs nothing more (%i too many)", async (by) => {
    const log = createMemoryLog();
    const world = createWorld();
    let tooMany = 0;
    const { run } = await openTestRun({
      streams: { a: createWorkerStream(world) },
      log: misnumber(log, () => tooMany),
    });
    await run.send("a", { type: "work", n: 1 });
    tooMany = by;
    const misnumbered = {
      code: "log.misnumbered",
      message: expect.stringMatching(/gave number \d+ where it had said/),
    };
    await expect(run.send("a", { type: "call", text: "lost" })).rejects.toMatchObject(misnumbered);
    await expect(run.failed).rejects.toMatchObject(misnumbered);
    await expect(run.send("a", { type: "work", n: 1 })).rejects.toMatchObject({ code: "run.stopped" });
    expect(world.log).not.toContain("a call lost");
    await run.close();
  });

  it("is refused while it is opened, when what starts its root is misnumbered", async () => {
    const log = misnumber(createMemoryLog(), () => 1);
    await expect(openTestRun({ streams: { a: createWorkerStream(createWorld()) }, log })).rejects.toMatchObject({
      code: "log.misnumbered",
    });
  });
});
