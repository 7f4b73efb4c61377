/**
 * A range of network ports for each worktree, so that servers of tasks running side by side do not collide: neither with
 * each other, nor with those of other runs and programs on this machine.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:net";

const FIRST = 20_000;
/** Ports of a worker, from its first on. */
export const PORTS_A_WORKER = 10;
/** Up to where systems give out ports of their own accord. */
const RANGES = 1_200;

/** Hands out ranges. Not durable: a run that goes on takes the ranges in use from its log. */
export class PortRanges {
  readonly #used = new Set<number>();
  readonly #named = new Map<string, Promise<number>>();
  /** Those of `#named`. */
  readonly #lasting = new Set<number>();
  readonly #start: number;

  /** `key` tells this run from others: each begins elsewhere. */
  constructor(key: string) {
    this.#start = createHash("sha256").update(key).digest().readUInt32BE() % RANGES;
  }

  /** First port of a range of ten that no other living worktree of this run has, and nobody listens on at this moment. */
  async take(): Promise<number> {
    const passed: number[] = [];
    try {
      for (let range = 0; range < RANGES; range++) {
        const port = FIRST + ((this.#start + range) % RANGES) * PORTS_A_WORKER;
        if (this.#used.has(port)) continue;
        this.#used.add(port);
        if (await isFree(port)) return port;
        passed.push(port);
      }
      return FIRST + this.#start * PORTS_A_WORKER;
    } finally {
      for (const port of passed) this.#used.delete(port);
    }
  }

  /** The range of a worktree that is used again and again, taken when it is asked for the first time. */
  of(name: string): Promise<number> {
    const known = this.#named.get(name) ?? this.take();
    this.#named.set(name, known);
    return known.then((port) => {
      this.#lasting.add(port);
      return port;
    });
  }

  /** Marks a range as in use. */
  keep(port: number): void {
    this.#used.add(port);
  }

  /** Frees a range, unless it stays with a worktree. */
  giveBack(port: number): void {
    if (!this.#lasting.has(port)) this.#used.delete(port);
  }
}

async function isFree(first: number): Promise<boolean> {
  const ports = Array.from({ length: PORTS_A_WORKER }, (_, at) => first + at);
  const free = await Promise.all(ports.flatMap((port) => ["127.0.0.1", "::1"].map((host) => canListen(port, host))));
  return free.every(Boolean);
}

/** Whether nobody else listens there; an address that this machine does not have is free. */
function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
