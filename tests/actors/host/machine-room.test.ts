/** A machine whose disk or memory runs full: nothing new starts, what runs goes on, and so does the run once there is room. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Host } from "../../../src/actors/host/host.ts";
import type { Machine } from "../../../src/actors/process/index.ts";
import { makeHostedRun } from "./hosted-run.ts";

const GB = 1e9;
const PATIENCE_MS = 60_000;
const PLAN = (root: string): string => `
goal: two files
concurrency: 1
tasks:
  - {id: one, run: 'touch "${root}/.git/begun"; until test -e "${root}/.git/go"; do sleep 0.05; done; echo 1 > one.txt'}
  - {id: two, run: "echo 2 > two.txt"}
`;

/** A machine with as much room as is said. */
function play(room: { freeGb: number; files?: number; memory?: number }): Machine {
  return {
    readDisk: async (place) => ({
      ...{ place, freeBytes: room.freeGb * GB, totalBytes: 26 * GB, freeFiles: room.files ?? 100_000 },
    }),
    readMemory: async () => ({ availableBytes: (room.memory ?? 50) * GB, totalBytes: 100 * GB }),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

const waitOf = (host: Host, id: string) => host.status().tasks.find((task) => task.id === id)?.waitsFor;

describe("a machine without room", { timeout: PATIENCE_MS }, () => {
  it.each([
    ["disk", { freeGb: 0.8 }, "waits for disk: 0.8 GB free, needs 1.3", "disk.low"],
    ["files", { freeGb: 20, files: 9_000 }, "waits for disk: 9000 more files fit, needs 10000", "disk.low"],
    ["memory", { freeGb: 20, memory: 9 }, "waits for memory: 9.0 GB available, needs 10.0", "memory.low"],
  ])("lets nothing start for want of %s, says so, and goes on by itself", async (what, short, text, type) => {
    const run = makeHostedRun();
    const room: Parameters<typeof play>[0] = { ...short };
    writeFileSync(join(run.root, ".git/go"), "");
    const host = await run.begin(PLAN(run.root), { machine: play(room) });
    const over = host.run();
    await until(() => waitOf(host, "one") !== undefined && host.status().queue?.state === "idle");
    expect(waitOf(host, "one")).toMatchObject({ kind: what === "files" ? "disk" : what, text });
    expect(host.status().status).toBe("running");
    expect(existsSync(join(run.root, ".git/begun"))).toBe(false);
    Object.assign(room, { freeGb: 20, files: 100_000, memory: 50 });
    expect(await over).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    const facts = run.events
      .map((event) => event.type)
      .filter((each) => each.endsWith(".low") || each === "machine.eased");
    expect(facts).toEqual([type, "machine.eased"]);
  });

  it("leaves alone what runs, and holds only the next; a host that takes over knows, and looks itself", async () => {
    const run = makeHostedRun();
    const room = { freeGb: 20 };
    const machine = play(room);
    const host = await run.begin(PLAN(run.root), { machine });
    const over = host.run();
    await until(() => existsSync(join(run.root, ".git/begun")));
    room.freeGb = 0.5;
    await until(() => run.events.some(({ type }) => type === "disk.low"));
    writeFileSync(join(run.root, ".git/go"), "");
    await until(() => host.status().tasks.find(({ id }) => id === "one")?.status === "merged");
    expect(waitOf(host, "two")).toMatchObject({ kind: "disk" });
    await host.command({ command: "interrupt" });
    expect(await over).toMatchObject({ kind: "interrupted" });
    room.freeGb = 20;
    const next = await run.reopen({ machine });
    expect(await next.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
  });
});
