/** What this machine says of its room. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localMachine } from "../../../src/actors/process/machine.ts";

describe("this machine", () => {
  it("tells the room of a folder, also of one that is not there yet", async () => {
    const place = join(tmpdir(), "not", "there", "yet");
    for (const folder of [tmpdir(), place]) {
      const room = await localMachine.readDisk(folder);
      expect(room?.place).toBe(folder);
      expect(room?.totalBytes).toBeGreaterThan(room?.freeBytes ?? Number.POSITIVE_INFINITY);
    }
  });

  it("tells its memory, or that it cannot", async () => {
    const room = await localMachine.readMemory();
    if (!["linux", "darwin"].includes(process.platform)) expect(room).toBeNull();
    else expect(room?.totalBytes).toBeGreaterThanOrEqual(room?.availableBytes ?? Number.POSITIVE_INFINITY);
  });
});
