/**
 * The Lease port: who hosts a run. A lease only says when a run may be taken over. That of two who try one wins, and that a
 * host which lost the run writes no more, are promises of the log (LOG-3, LOG-4), whatever the lease says. One conformance
 * suite (`src/testing/conformance/lease.ts`) is run against every implementation.
 *
 * HOLD-1 While a holder lives and has not released the lease, nobody else gets it.
 * HOLD-2 The lease of a holder that died falls free by itself.
 * HOLD-3 A release by somebody who holds it no more takes it from nobody.
 */
import type { EpochFacts } from "../../protocol/values.ts";

/** What tells one host from every other; part of every epoch record's data. */
export type HostFacts = Pick<EpochFacts, "pid" | "start" | "host">;

/** Who holds a lease, as others see it. */
export interface LeaseHolder {
  /** Process id, on its own machine. */
  pid: number;
}

/** What came of asking for a lease. */
export type Acquired<T> = { kind: "held"; by: LeaseHolder } | { kind: "taken"; begun: T; release(): Promise<void> };

/** The lease on one run. */
export interface Lease {
  /** The holder, if there is one that lives. */
  findHolder(): Promise<LeaseHolder | null>;
  /**
   * Takes the lease for `self` if it is free, and begins what it is for: an epoch whose record holds `self`. It is held from
   * then on until it is released. When somebody holds it, or was faster, `begin` is not called, or was in vain, and that one
   * is the answer. Rejects as `begin` does; nothing is held then.
   */
  acquire<T>(self: HostFacts, begin: () => Promise<T>): Promise<Acquired<T>>;
}
