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
function play(room: { freeGb: number; files?: number; memory?: number; cores?: number; load?: number }): Machine {
  return {
    readCpu: async () => ({ cores: room.cores ?? 2, load: room.load ?? 0 }),
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

  it("has made room what can go where a disk is all but full, once, and says what went", async () => {
    const run = makeHostedRun();
    writeFileSync(join(run.root, ".git/go"), "");
    const room = { freeGb: 0.2 };
    let times = 0;
    const removeLeft = async (): Promise<string[]> => {
      times += 1;
      room.freeGb = 20;
      return ["worktree /old/a.1", "outputs of a run /old/out"];
    };
    const host = await run.begin(PLAN(run.root), { machine: play(room), removeLeft });
    expect(await host.run()).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    const text =
      "made room: removed 2 things that runs left which are over (19.8 GB): worktree /old/a.1, outputs of a run /old/out; now 20.0 GB are free";
    expect(host.status().warnings).toEqual([text]);
    expect(run.events.find(({ type }) => type === "room.made")?.data).toMatchObject({ more: 0, freeBytes: 20 * GB });
    expect(times).toBe(1);
  });

  it("starts as many commands as it was measured to have room for, and says so", async () => {
    const run = makeHostedRun();
    const plan = `
goal: three files
concurrency: auto
tasks:
  - {id: one, run: 'touch "${run.root}/.git/begun"; until test -e "${run.root}/.git/go"; do sleep 0.05; done; echo 1 > one.txt'}
  - {id: two, run: "echo 2 > two.txt"}
  - {id: three, run: "echo 3 > three.txt"}
`;
    const host = await run.begin(plan, { machine: play({ freeGb: 20, cores: 0.5 }) });
    const over = host.run();
    await until(() => existsSync(join(run.root, ".git/begun")));
    await until(() => waitOf(host, "two")?.kind === "slot" && host.status().queue?.state === "idle");
    expect(waitOf(host, "two")?.text).toBe("waits for room on this machine: it has room for 1 command at once");
    writeFileSync(join(run.root, ".git/go"), "");
    expect(await over).toMatchObject({ kind: "over", status: { status: "succeeded" } });
    const measured = run.events.filter(({ type }) => type === "machine.measured").map(({ data }) => data);
    expect(measured).toMatchObject([{ agents: 8, commands: 1, cores: 0.5, load: 0, availableBytes: 50 * GB }]);
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
