/** What a hosted log promises to both kinds of hosts (HOSTED-1 to HOSTED-3), over a log in memory. */
import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { createEpochLease, HOST_CLOSED } from "../../../src/actors/control/epoch-lease.ts";
import { HostedLog, type HostedLogOptions, type HostedState } from "../../../src/actors/control/hosted-log.ts";
import { createMemoryLog, type LogRecord, type SnapshotStore } from "../../../src/actors/log/index.ts";
import type { ActorSystem } from "../../../src/actors/runtime/system.ts";
import { PleachError } from "../../../src/errors.ts";
import { createFakeClock } from "../../../src/testing/machines/index.ts";

const ROOT = "root";
/** As many as make a snapshot due. */
const MANY = 5_000;

const counter = setup({
  types: { context: {} as { count: number }, events: {} as { type: "count.added"; at: number } },
}).createMachine({
  id: "counter",
  context: { count: 0 },
  on: { "count.added": { actions: assign({ count: ({ context }) => context.count + 1 }) } },
});

/** Remembers what it is given. */
class Remembered implements HostedState {
  readonly resets: unknown[] = [];
  readonly recovered: number[] = [];
  readonly given: number[] = [];
  system: ActorSystem | null = null;
  canSave = true;

  reset(kept: unknown): void {
    this.resets.push(kept);
    this.recovered.length = 0;
  }

  recover({ seq }: LogRecord): void {
    this.recovered.push(seq);
  }

  ready(system: ActorSystem): void {
    this.system = system;
  }

  save(): { system: unknown; kept: unknown } | null {
    return this.canSave ? { system: this.system?.persist(), kept: { given: this.given.length } } : null;
  }
}

type Saved = Parameters<SnapshotStore["save"]>[0];

function createSnapshots(): SnapshotStore & { saved: Saved[] } {
  const saved: Saved[] = [];
  return {
    saved,
    save: async (snapshot) => void saved.push(JSON.parse(JSON.stringify(snapshot)) as Saved),
    loadNewest: async ({ key }) => saved.findLast((snapshot) => snapshot.key === key) ?? null,
  };
}

/** A run that can be hosted again and again, by this very process. */
function createRun(options: Partial<HostedLogOptions> = {}) {
  const log = createMemoryLog();
  const snapshots = createSnapshots();
  const lease = createEpochLease(log, { saysClosed: true });
  const open = async (state = new Remembered()): Promise<{ hosted: HostedLog; state: Remembered }> => {
    const hosted = await HostedLog.open({
      log,
      snapshots,
      lease,
      program: "test 1",
      logics: { counter: { machine: counter } },
      perform: {},
      clock: createFakeClock(),
      root: { id: ROOT, kind: "counter", input: {} },
      state,
      toLiveError: ({ pid }) => new PleachError("test.live", `process ${pid} has it`),
      ...options,
    });
    return { hosted, state };
  };
  return { log, snapshots, lease, open };
}

const listenAll = ({ hosted, state }: { hosted: HostedLog; state: Remembered }): void =>
  hosted.listen((records) => state.given.push(...records.map(({ seq }) => seq)));

async function count(hosted: HostedLog, times: number): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => hosted.runtime.send(ROOT, "count.added")));
}

const countOf = ({ runtime }: HostedLog): unknown => runtime.system.actors.get(ROOT)?.snapshot.context;

describe("a hosted log", () => {
  it("gives a listener every record of its epoch once and in order, however late it begins to listen", async () => {
    const { open, log } = createRun();
    const first = await open();
    await count(first.hosted, 2);
    listenAll(first);
    expect(first.state.given).toEqual([1, 2, 3, 4]);
    await count(first.hosted, 2);
    expect(first.state.given).toEqual([1, 2, 3, 4, 5, 6]);
    expect(first.hosted.seq).toBe(6);
    await first.hosted.close();
    const second = await open();
    await count(second.hosted, 1);
    listenAll(second);
    expect(second.state.given).toEqual([7, 8]);
    expect(log.records().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await second.hosted.close();
  });

  it("is refused in the host's own words while it is hosted, with nothing read or written", async () => {
    const { open, log } = createRun();
    const { hosted } = await open();
    const before = log.records().length;
    const state = new Remembered();
    await expect(open(state)).rejects.toMatchObject({ code: "test.live", message: `process ${process.pid} has it` });
    expect(state.resets).toEqual([]);
    expect(log.records().length).toBe(before);
    await hosted.close();
    await (await open()).hosted.close();
  });

  it("is free again, and as it was, when its host refuses what it has read", async () => {
    const { open, log, lease } = createRun();
    await (await open()).hosted.close();
    const before = log.records();
    const state = new Remembered();
    state.ready = () => {
      throw new PleachError("test.refused", "not this one");
    };
    await expect(open(state)).rejects.toMatchObject({ code: "test.refused" });
    expect(log.records()).toEqual(before);
    expect(await lease.findHolder()).toBeNull();
  });

  it("goes on from the snapshot that closing left, and gives the host back what it kept", async () => {
    const { open, snapshots } = createRun();
    const first = await open();
    listenAll(first);
    await count(first.hosted, 3);
    await first.hosted.close();
    expect(snapshots.saved.map(({ seq }) => seq)).toEqual([5]);
    const second = await open();
    expect(second.state).toMatchObject({ resets: [{ given: 5 }], recovered: [] });
    expect(countOf(second.hosted)).toEqual({ count: 3 });
    await second.hosted.close();
  });

  it.each<[string, (saved: Saved) => void]>([
    ["of records that are gone", (saved) => Object.assign(saved, { crc: "00000000" })],
    ["of another shape", (saved) => Object.assign(saved, { state: { system: { actors: 1 } } })],
  ])("reads the log from its beginning when a snapshot is %s", async (_what, spoil) => {
    const { open, snapshots } = createRun();
    const first = await open();
    listenAll(first);
    await count(first.hosted, 3);
    await first.hosted.close();
    spoil(snapshots.saved[0] as Saved);
    const { hosted, state } = await open();
    expect(state.resets.length).toBe(2);
    expect(state.resets[1]).toBeUndefined();
    expect(state.recovered).toEqual([1, 2, 3, 4, 5]);
    expect(countOf(hosted)).toEqual({ count: 3 });
    await hosted.close();
  });

  it("keeps a snapshot after many records, and none while the host cannot tell its state or does not listen", async () => {
    const { open, snapshots } = createRun();
    const first = await open();
    await count(first.hosted, MANY);
    expect(snapshots.saved).toEqual([]);
    first.state.canSave = false;
    listenAll(first);
    await count(first.hosted, 1);
    expect(snapshots.saved).toEqual([]);
    first.state.canSave = true;
    await count(first.hosted, 1);
    await first.hosted.close();
    expect(snapshots.saved.map(({ seq }) => seq)).toEqual([MANY + 4, MANY + 4]);
    const second = await open();
    await second.hosted.close();
    expect(snapshots.saved.length).toBe(2);
  });

  it("goes on without a snapshot that cannot be kept", async () => {
    const { open } = createRun({
      snapshots: {
        save: () => Promise.reject(new PleachError("snapshot.failed", "no room")),
        loadNewest: async () => null,
      },
    });
    const first = await open();
    listenAll(first);
    await count(first.hosted, MANY);
    await first.hosted.close();
    const second = await open();
    expect(countOf(second.hosted)).toEqual({ count: MANY });
    await second.hosted.close();
  });

  it("closes without an error when its log has failed, and lets go of the lease", async () => {
    const { open, log, lease } = createRun();
    const { hosted } = await open();
    log.failNext("write");
    await expect(hosted.runtime.send(ROOT, "count.added")).rejects.toMatchObject({ code: "log.failed" });
    expect(await lease.findHolder()).toEqual({ pid: process.pid });
    await hosted.close();
    await hosted.close();
    expect(await lease.findHolder()).toBeNull();
  });

  it("has the last word where hosts have one, and nothing is recorded behind it", async () => {
    const { open, log } = createRun({ saysClosed: true });
    const { hosted } = await open();
    const closed = hosted.close();
    await expect(hosted.runtime.send(ROOT, "count.added")).rejects.toMatchObject({ code: "run.stopped" });
    await closed;
    expect(log.records().at(-1)).toMatchObject({ type: HOST_CLOSED, data: { epoch: 1 } });
  });
});
