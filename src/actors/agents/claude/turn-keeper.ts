/**
 * Decides when a conversation with Claude Code is over: its turns are, nothing is queued, and nothing runs in the background.
 * Background work that does not end, such as a server, has a bound: its agent is reminded once, and then it is ended.
 *
 * IDLE-1 While a turn is under way nothing is decided, however long it takes: other limits see to that.
 * IDLE-2 When background work ends, the program begins a turn by itself, in which it looks at what came of that. That turn is
 *    waited for, but not for ever: none follows what was stopped.
 */
import type { BackgroundTask } from "./background.ts";

/** So long after background work has ended its turn has begun, if one will. */
const SETTLE_MS = 5_000;
/** An agent that has done nothing but wait for so long is said to, or after a third of its patience. */
const SAY_AFTER_MS = 30_000;

export interface TurnActs {
  /** The agent does nothing but wait for these, and will for so long at most if nothing comes of them. */
  wait(tasks: readonly BackgroundTask[], mostMs: number): void;
  /** It still does: to be asked what they are for. */
  remind(tasks: readonly BackgroundTask[]): void;
  /** Nothing more is wanted of it; what still runs is to be ended. */
  end(tasks: readonly BackgroundTask[]): void;
}

export class TurnKeeper {
  readonly #acts: TurnActs;
  readonly #patienceMs: number;
  #saysItsState = false;
  #isIdle = false;
  #isReminded = false;
  #hadTasks = false;
  #tasks: readonly BackgroundTask[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isSaid = false;
  #sayTimer: NodeJS.Timeout | undefined;

  /** `patienceMs`: how long the agent may do nothing but wait, before it is reminded, and afterwards. */
  constructor(patienceMs: number, acts: TurnActs) {
    this.#patienceMs = patienceMs;
    this.#acts = acts;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  get tasks(): readonly BackgroundTask[] {
    return this.#tasks;
  }

  /** A turn begins, or will for what was sent. */
  begin(): void {
    this.#isIdle = false;
    this.stop();
  }

  /** The program says that it works, or that it waits for us. */
  state(isIdle: boolean): void {
    this.#saysItsState = true;
    if (!isIdle) this.begin();
    else {
      this.#isIdle = true;
      this.#decide(false);
    }
  }

  /** A turn is over, and so many of our messages wait for the next. Older programs do not say when they are idle. */
  over(queued: number): void {
    if (this.#saysItsState || queued > 0) return;
    this.#isIdle = true;
    this.#decide(this.#hadTasks);
  }

  /** What runs in the background now. */
  background(tasks: readonly BackgroundTask[]): void {
    this.#tasks = tasks;
    if (tasks.length > 0) this.#hadTasks = true;
    if (this.#isIdle) this.#decide(true);
  }

  /** It said something: a sub-agent at work is more than waiting. */
  hear(): void {
    if (this.#timer !== undefined && this.#tasks.length > 0) this.#decide(false);
  }

  /** Decides nothing any more until something begins or ends. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#sayTimer);
    this.#timer = undefined;
  }

  #decide(mayGoOn: boolean): void {
    this.stop();
    const tasks = this.#tasks;
    if (tasks.length > 0) {
      this.#timer = setTimeout(() => this.#lose(), this.#patienceMs);
      const sayMs = Math.min(SAY_AFTER_MS, this.#patienceMs / 3);
      if (!this.#isSaid) this.#sayTimer = setTimeout(() => this.#say(sayMs), sayMs);
    } else if (mayGoOn) this.#timer = setTimeout(() => this.#acts.end([]), SETTLE_MS);
    else this.#acts.end([]);
  }

  #say(waitedMs: number): void {
    this.#isSaid = true;
    this.#acts.wait(this.#tasks, this.#patienceMs * (this.#isReminded ? 1 : 2) - waitedMs);
  }

  #lose(): void {
    if (this.#isReminded) this.#acts.end(this.#tasks);
    else {
      this.#isReminded = true;
      this.#acts.remind(this.#tasks);
    }
  }
}
