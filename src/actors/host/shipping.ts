/** Shipping by a run's host: one at a time, and never cut off by the host's own end. */
import { type CommandAnswer, type RunCommand, toRefusal } from "../../protocol/commands.ts";
import { isRunOver } from "../../protocol/states.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import type { CheckContext } from "../perform/run-context.ts";
import { refuseShip, type ShipFact, ship } from "../perform/ship.ts";
import { mergedCommits } from "../projections/run-view.ts";
import { recordFact } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";

interface ShippingPort {
  runtime: Runtime;
  status: () => StatusDocument;
  openContext: () => Promise<CheckContext>;
}

export class Shipping {
  readonly #port: ShippingPort;
  readonly #stop = new AbortController();
  #current: Promise<unknown> | null = null;

  constructor(port: ShippingPort) {
    this.#port = port;
  }

  /** Resolves when the branch is moved, or with why it was not. */
  async ship({ into, unfinished }: RunCommand & { command: "ship" }): Promise<CommandAnswer> {
    const { runtime, status, openContext } = this.#port;
    const standing = status();
    const refused = refuseShip(standing, unfinished);
    if (refused !== null) return toRefusal(refused);
    if (this.#current !== null) {
      const message = `run ${standing.run} is being shipped already`;
      return { ok: false, code: "run.busy", message, hint: "wait until that is done" };
    }
    const record = async (fact: ShipFact): Promise<number> => (await recordFact(runtime, fact)).seq;
    const merged = mergedCommits(runtime.system);
    const isOver = isRunOver(standing.status);
    const work = openContext().then((run) => ship(run, { into, merged, record, signal: this.#stop.signal, isOver }));
    this.#current = work.catch(() => {});
    try {
      return await work;
    } finally {
      this.#current = null;
    }
  }

  /** For good: stops what is under way, unless the branch is moving already, and what is asked for later. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#current;
  }
}
