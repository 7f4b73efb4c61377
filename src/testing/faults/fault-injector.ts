/**
 * Deterministic fault injection: every step of a program that may go wrong is counted, and the step with a certain number is
 * broken, so that a sweep can break each in turn. A faulty disk or medium takes all its steps through here.
 *
 * FAULT-1 A process that died takes no further step: each throws, and what it would have done is not done.
 */

/**
 * What a step does, which decides how it can go wrong: `read` changes nothing; `name` creates, links, cuts or removes;
 * `write` may take fewer bytes than it was given, `append` takes all or fails; `sync` makes durable; `close` lets go.
 */
export type StepKind = "read" | "name" | "write" | "append" | "sync" | "close";

/** How a step goes wrong. A system error is named by its code; `short` is no failure, only fewer bytes than given. */
export type FaultKind = "dieBefore" | "dieHalfway" | "dieAfter" | "short" | "ENOSPC" | "EIO" | "EROFS" | "EMFILE";

export interface Step {
  name: string;
  kind: StepKind;
}

export interface Fault {
  /** Number of the step, from 0. */
  at: number;
  kind: FaultKind;
  /** How much of the bytes a broken write takes, in [0, 1). */
  share: number;
}

const KINDS: Readonly<Record<StepKind, readonly FaultKind[]>> = {
  read: ["dieBefore", "EIO", "EMFILE"],
  name: ["dieBefore", "dieAfter", "ENOSPC", "EROFS"],
  write: ["dieBefore", "dieHalfway", "dieAfter", "short", "ENOSPC", "EIO"],
  append: ["dieBefore", "dieHalfway", "dieAfter", "ENOSPC", "EIO"],
  sync: ["dieBefore", "dieAfter", "EIO", "ENOSPC"],
  close: ["dieBefore", "dieAfter", "EIO"],
};

/** The ways in which a step can go wrong. */
export function faultKindsOf({ kind }: Step): readonly FaultKind[] {
  return KINDS[kind];
}

/** A process whose steps may be broken. */
export interface FaultyProcess {
  readonly isDead: boolean;
  /** Takes one step: `perform` gets the number of bytes to write, `bytes` unless it is broken. */
  run<T>(step: Step, perform: (bytes: number) => T, bytes?: number): T;
  /** The same for a step that takes time. */
  runAsync<T>(step: Step, perform: (bytes: number) => Promise<T>, bytes?: number): Promise<T>;
}

/** Counts the steps of all processes and breaks the one that its fault names. */
export class FaultInjector {
  /** Every step taken, the broken one included. */
  readonly steps: Step[] = [];
  /** The step that was broken, null until then. */
  injected: Step | null = null;
  readonly #fault: Fault | null;
  readonly #processes: { isDead: boolean }[] = [];

  /** Breaks the step that `fault` names; none without it. */
  constructor(fault: Fault | null = null) {
    this.#fault = fault;
  }

  /** Whether the broken step was the end of its process. */
  get hasKilled(): boolean {
    return this.injected !== null && (this.#fault?.kind.startsWith("die") ?? false);
  }

  /** Whether a write or sync failed that was step `at` or a later one. */
  hasFailedSince(at: number): boolean {
    if (this.injected === null || this.#fault === null || this.#fault.kind === "short") return false;
    return this.#fault.at >= at && ["write", "append", "sync"].includes(this.injected.kind);
  }

  /** Steps after the broken one that would change what is stored. */
  get writesAfterFault(): Step[] {
    if (this.injected === null || this.#fault === null) return [];
    return this.steps.slice(this.#fault.at + 1).filter(({ kind }) => kind !== "read" && kind !== "close");
  }

  /** Starts a process. */
  startProcess(): FaultyProcess {
    const process = { isDead: false };
    this.#processes.push(process);
    return {
      get isDead() {
        return process.isDead;
      },
      run: (step, perform, bytes = 0) => {
        const fault = this.#count(step, process);
        if (fault === null) return perform(bytes);
        const part = bytesTaken(fault, bytes);
        const done = part === null ? undefined : perform(part);
        return failStep(fault, step, process, done);
      },
      runAsync: async (step, perform, bytes = 0) => {
        const fault = this.#count(step, process);
        if (fault === null) return perform(bytes);
        const part = bytesTaken(fault, bytes);
        const done = part === null ? undefined : await perform(part);
        return failStep(fault, step, process, done);
      },
    };
  }

  /** Ends every process: none takes a further step. */
  killAll(): void {
    for (const process of this.#processes) process.isDead = true;
  }

  #count(step: Step, process: { isDead: boolean }): Fault | null {
    if (process.isDead) throw deadProcessError(step);
    const at = this.steps.push(step) - 1;
    if (this.#fault?.at !== at) return null;
    this.injected = step;
    return this.#fault;
  }
}

/** How many bytes the broken step still takes; null when it does nothing at all. */
function bytesTaken({ kind, share }: Fault, bytes: number): number | null {
  if (kind === "dieAfter") return bytes;
  if (kind === "short") return Math.min(bytes, 1 + Math.floor(share * bytes));
  const part = kind === "dieBefore" ? 0 : Math.floor(share * bytes);
  return part === 0 ? null : part;
}

/** The process dies, the step fails, or (when it only wrote less than it was given) all goes on. */
function failStep<T>({ kind }: Fault, step: Step, process: { isDead: boolean }, done: T | undefined): T {
  if (kind === "short") return done as T;
  if (kind === "dieBefore" || kind === "dieHalfway" || kind === "dieAfter") {
    process.isDead = true;
    throw deadProcessError(step);
  }
  throw Object.assign(new Error(`${kind}: injected, ${step.name}`), { code: kind });
}

function deadProcessError({ name }: Step): Error {
  return Object.assign(new Error(`the process is dead: it never came to ${name}`), { code: "faults.processDead" });
}
