/** What every Lease must do (HOLD-1 to HOLD-3), by whatever it is known who lives. */
import type { HostFacts, Lease } from "../../actors/control/lease.ts";
import { type ConformanceCase, demandEqual, demandRejection, toCases } from "./conformance-case.ts";

/** A lease that nobody holds, and processes that may hold it. */
export interface TestedLease {
  /** The lease as another process sees it. */
  open(): Lease;
  /** A process that lives until it is killed; `kill` resolves once others can know. */
  startProcess(): Promise<{ self: HostFacts; kill(): Promise<void> }>;
  /** What a host does first that has the lease: it writes itself down where others look. */
  begin(self: HostFacts): Promise<void>;
}

/** The suite; `create` makes a free lease for each case. */
export function listLeaseCases(create: () => TestedLease | Promise<TestedLease>): ConformanceCase[] {
  return toCases(cases, create);
}

const cases: Record<string, (test: TestedLease) => Promise<void>> = {
  "is free at first, and held from its taking to its release": async (test) => {
    demandEqual(await test.open().findHolder(), null, "the holder at first");
    const { self } = await test.startProcess();
    const { begun, release } = await take(test, self);
    demandEqual(begun, "begun", "what was begun");
    demandEqual(await test.open().findHolder(), { pid: self.pid }, "the holder");
    await release();
    demandEqual(await test.open().findHolder(), null, "the holder after the release");
    await take(test, (await test.startProcess()).self);
  },

  "is nobody else's while its holder lives, and nothing is begun then": async (test) => {
    const { self } = await test.startProcess();
    await take(test, self);
    const other = await test.startProcess();
    let hasBegun = false;
    const refused = await test.open().acquire(other.self, async () => {
      hasBegun = true;
    });
    demandEqual(refused, { kind: "held", by: { pid: self.pid } }, "what the other is told");
    demandEqual(hasBegun, false, "whether it began");
  },

  "falls free when its holder dies": async (test) => {
    const first = await test.startProcess();
    await take(test, first.self);
    await first.kill();
    demandEqual(await test.open().findHolder(), null, "the holder");
    const second = await test.startProcess();
    await take(test, second.self);
    demandEqual(await test.open().findHolder(), { pid: second.self.pid }, "the next holder");
  },

  "is not taken from the next holder by a release that comes late": async (test) => {
    const first = await test.startProcess();
    const { release } = await take(test, first.self);
    await first.kill();
    const second = await test.startProcess();
    await take(test, second.self);
    await release();
    demandEqual(await test.open().findHolder(), { pid: second.self.pid }, "the holder");
  },

  "is held by nobody when what it was taken for cannot be begun": async (test) => {
    const { self } = await test.startProcess();
    const failing = test.open().acquire(self, async () => {
      throw new Error("no room");
    });
    await demandRejection(failing, { message: "no room" }, "taking it");
    demandEqual(await test.open().findHolder(), null, "the holder");
    const other = await test.startProcess();
    await take(test, other.self);
  },
};

async function take(test: TestedLease, self: HostFacts): Promise<{ begun: string; release: () => Promise<void> }> {
  const acquired = await test.open().acquire(self, async () => {
    await test.begin(self);
    return "begun";
  });
  if (acquired.kind === "held") demandEqual(acquired, "taken", "what came of asking");
  return acquired as Extract<typeof acquired, { kind: "taken" }>;
}
