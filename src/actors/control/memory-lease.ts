/**
 * A lease that is held for as long as it is renewed: as in a store that knows no processes, but has a clock. For tests, and
 * for runs that lie in memory.
 */
import type { Clock } from "../runtime/ports.ts";
import type { HostFacts, Lease } from "./lease.ts";

export interface MemoryLeaseOptions {
  clock: Clock;
  /** How long it is held without being renewed, ms. */
  ttlMs: number;
}

export interface MemoryLease extends Lease {
  /** The holder's process ends: it renews the lease no more. */
  kill(): void;
}

/** Renewals while a lease is held: one may be late, and another be lost. */
const RENEWALS = 3;

/** A free lease, that all who hold this object share. */
export function createMemoryLease({ clock, ttlMs }: MemoryLeaseOptions): MemoryLease {
  let held: { self: HostFacts; until: number; stopRenewing: () => void } | null = null;

  function holder(): HostFacts | null {
    if (held !== null && held.until <= clock.now()) {
      held.stopRenewing();
      held = null;
    }
    return held?.self ?? null;
  }

  /** Renews the lease until it is another's. */
  function renew(self: HostFacts): void {
    const stopRenewing = clock.setTimer(clock.now() + ttlMs / RENEWALS, () => {
      if (holder()?.host === self.host) renew(self);
    });
    held = { self, until: clock.now() + ttlMs, stopRenewing };
  }

  function release(self: HostFacts): void {
    if (held?.self.host !== self.host) return;
    held.stopRenewing();
    held = null;
  }

  return {
    findHolder: async () => {
      const self = holder();
      return self === null ? null : { pid: self.pid };
    },
    acquire: async (self, begin) => {
      const other = holder();
      if (other !== null) return { kind: "held", by: { pid: other.pid } };
      renew(self);
      try {
        return { kind: "taken", begun: await begin(), release: async () => release(self) };
      } catch (thrown) {
        release(self);
        throw thrown;
      }
    },
    kill: () => held?.stopRenewing(),
  };
}
