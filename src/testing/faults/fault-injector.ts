/**
 * The steps of a program that may go wrong, counted, and the one that does. Whoever plays a disk or a medium takes every
 * step through here; a fault is armed for the step with a certain number, so that a sweep can break each in turn.
 *
 * A process that died takes no further step: each throws, and what it would have done is not done.
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

/** How one process takes its steps. */
export interface Steps {
  readonly isDead: boolean;
  /** Takes one step: `perform` gets the number of bytes to write, `bytes` unless it is broken. */
  take<T>(step: Step, perform: (bytes: number) => T, bytes?: number): T;
  /** The same for a step that takes time. */
  takeLater<T>(step: Step, perform: (bytes: number) => Promise<T>, bytes?: number): Promise<T>;
}

/** Counts the steps of all processes and breaks the armed one. */
export class Faults {
  /** Every step taken, the broken one included. */
  readonly steps: Step[] = [];
  /** The step that was broken, null until then. */
  met: Step | null = null;
  readonly #armed: Fault | null;
  readonly #processes: { isDead: boolean }[] = [];

  /** Breaks the step that `fault` names; none without it. */
  constructor(fault: Fault | null = null) {
    this.#armed = fault;
  }

  /** Whether the broken step was the end of its process. */
  get hasKilled(): boolean {
    return this.met !== null && (this.#armed?.kind.startsWith("die") ?? false);
  }

  /** Whether a write or sync failed that was step `at` or a later one. */
  hasFailedSince(at: number): boolean {
    if (this.met === null || this.#armed === null || this.#armed.kind === "short") return false;
    return this.#armed.at >= at && ["write", "append", "sync"].includes(this.met.kind);
  }

  /** Steps after the broken one that would change what is stored. */
  get changesAfterFault(): Step[] {
    if (this.met === null || this.#armed === null) return [];
    return this.steps.slice(this.#armed.at + 1).filter(({ kind }) => kind !== "read" && kind !== "close");
  }

  /** Starts a process. */
  boot(): Steps {
    const process = { isDead: false };
    this.#processes.push(process);
    return {
      get isDead() {
        return process.isDead;
      },
      take: (step, perform, bytes = 0) => {
        const fault = this.#count(step, process);
        if (fault === null) return perform(bytes);
        const part = partOf(fault, bytes);
        const done = part === null ? undefined : perform(part);
        return conclude(fault, step, process, done);
      },
      takeLater: async (step, perform, bytes = 0) => {
        const fault = this.#count(step, process);
        if (fault === null) return perform(bytes);
        const part = partOf(fault, bytes);
        const done = part === null ? undefined : await perform(part);
        return conclude(fault, step, process, done);
      },
    };
  }

  /** Ends every process: none takes a further step. */
  killAll(): void {
    for (const process of this.#processes) process.isDead = true;
  }

  #count(step: Step, process: { isDead: boolean }): Fault | null {
    if (process.isDead) throw toDeath(step);
    const at = this.steps.push(step) - 1;
    if (this.#armed?.at !== at) return null;
    this.met = step;
    return this.#armed;
  }
}

/** How many bytes the broken step still takes; null when it does nothing at all. */
function partOf({ kind, share }: Fault, bytes: number): number | null {
  if (kind === "dieAfter") return bytes;
  if (kind === "short") return Math.min(bytes, 1 + Math.floor(share * bytes));
  const part = kind === "dieBefore" ? 0 : Math.floor(share * bytes);
  return part === 0 ? null : part;
}

/** The process dies, the step fails, or (when it only wrote less than it was given) all goes on. */
function conclude<T>({ kind }: Fault, step: Step, process: { isDead: boolean }, done: T | undefined): T {
  if (kind === "short") return done as T;
  if (kind === "dieBefore" || kind === "dieHalfway" || kind === "dieAfter") {
    process.isDead = true;
    throw toDeath(step);
  }
  throw Object.assign(new Error(`${kind}: played, ${step.name}`), { code: kind });
}

function toDeath({ name }: Step): Error {
  return Object.assign(new Error(`the process is dead: it never came to ${name}`), { code: "played.dead" });
}
