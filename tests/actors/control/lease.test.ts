/** The leases, each held to the suite of the port, and what is particular to each. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEpochLease, describeSelf, HOST_CLOSED } from "../../../src/actors/control/epoch-lease.ts";
import type { HostFacts } from "../../../src/actors/control/lease.ts";
import { createMemoryChannel } from "../../../src/actors/control/memory-channel.ts";
import { createMemoryLease } from "../../../src/actors/control/memory-lease.ts";
import { createMemoryLog, type LogStore } from "../../../src/actors/log/index.ts";
import { processStartToken } from "../../../src/actors/process/index.ts";
import { HOST } from "../../../src/protocol/address.ts";
import { listLeaseCases } from "../../../src/testing/conformance/lease.ts";
import { createFakeClock } from "../../../src/testing/machines/index.ts";
import { describeCases } from "../../helpers/describe-cases.ts";

const TTL_MS = 3_000;

/** A real process that does nothing, to be killed. */
async function startSleeper(): Promise<{ self: HostFacts; kill(): Promise<void> }> {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const pid = child.pid as number;
  return { self: { pid, start: processStartToken(pid) ?? "", host: randomUUID() }, kill };
}

/** What a host does first: an epoch whose record says who it is. */
async function begin(log: LogStore, self: HostFacts, more: object = {}): Promise<void> {
  const data = { ...self, ...more };
  const draft = { time: 1, actor: HOST, type: "epoch.started", data, effects: [], cause: null };
  const writer = await log.beginEpoch(() => draft);
  await writer.close();
}

describeCases(
  "the lease that an epoch record is",
  listLeaseCases(() => {
    const log = createMemoryLog();
    return { open: () => createEpochLease(log), startProcess: startSleeper, begin: (self) => begin(log, self) };
  }),
);

let pids = 0;
describeCases(
  "the lease that is renewed",
  listLeaseCases(() => {
    const clock = createFakeClock();
    const lease = createMemoryLease({ clock, ttlMs: TTL_MS });
    return {
      open: () => lease,
      startProcess: async () => ({
        self: { pid: ++pids, start: "", host: randomUUID() },
        kill: async () => {
          lease.kill();
          clock.advance(TTL_MS);
        },
      }),
      begin: async () => undefined,
    };
  }),
);

describe("the lease that an epoch record is", () => {
  it("is the faster one's when two began at once", async () => {
    const log = createMemoryLog();
    const faster = await startSleeper();
    const acquired = await createEpochLease(log).acquire(describeSelf(), async () => {
      await begin(log, faster.self);
      await log.beginEpoch(() => ({ time: 1, actor: HOST, type: "x", data: {}, effects: [], cause: null }), {
        after: 0,
      });
    });
    expect(acquired).toEqual({ kind: "held", by: { pid: faster.self.pid } });
  });

  it("falls free with the last word of a host whose process lives on, where hosts have one", async () => {
    const log = createMemoryLog();
    const { self } = await startSleeper();
    await begin(log, self);
    const writer = await log.beginEpoch((epoch) => ({
      ...{ time: 1, actor: HOST, type: "epoch.started", effects: [], cause: null },
      data: { epoch, ...self },
    }));
    const lease = createEpochLease(log, { saysClosed: true });
    expect(await lease.findHolder()).toEqual({ pid: self.pid });
    writer.append([{ time: 1, actor: HOST, type: HOST_CLOSED, data: {}, effects: [], cause: null }]);
    await writer.close();
    expect(await lease.findHolder()).toBeNull();
    expect(await createEpochLease(log).findHolder()).toEqual({ pid: self.pid });
  });

  it("is held by a process that cannot be seen as long as it takes commands", async () => {
    const log = createMemoryLog();
    const channel = createMemoryChannel();
    const { self, kill } = await startSleeper();
    await kill();
    await begin(log, self, { socket: channel.addressOf(1) });
    const lease = createEpochLease(log, { channel });
    expect(await lease.findHolder()).toBeNull();
    const server = await channel.serve(channel.addressOf(1), async () => ({ ok: true, message: "" }));
    expect(await lease.findHolder()).toEqual({ pid: self.pid });
    await server.close();
    expect(await lease.findHolder()).toBeNull();
  });

  it("is nobody's when the newest epoch names no process", async () => {
    const log = createMemoryLog();
    await log.beginEpoch(() => ({ time: 1, actor: "run", type: "epoch.begun", data: null, effects: [], cause: null }));
    expect(await createEpochLease(log).findHolder()).toBeNull();
  });
});

describe("the lease that is renewed", () => {
  it("is held however long its holder lives, and arms no timer once it is released", async () => {
    const clock = createFakeClock();
    const lease = createMemoryLease({ clock, ttlMs: TTL_MS });
    const self = { pid: 1, start: "", host: "h" };
    const acquired = await lease.acquire(self, async () => undefined);
    for (let passed = 0; passed < 10; passed++) {
      clock.advance(TTL_MS);
      expect(await lease.findHolder()).toEqual({ pid: 1 });
    }
    if (acquired.kind === "taken") await acquired.release();
    expect(clock.armed()).toEqual([]);
    expect(await lease.findHolder()).toBeNull();
  });
});
