/**
 * The end of a turn in version 2 of the protocol, in which the answer to a prompt only says that it was taken: the agent
 * says that it is idle. What it left running in the background may still begin a turn by itself, and is waited for.
 */

/** How long is waited for what runs in the background, and for a turn that begins when it ends. */
const MAX_BACKGROUND_MS = 10 * 60_000;
const FOLLOW_UP_MS = 3_000;

export class TurnEnd {
  #finish: ((note: string | null) => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasOwed = false;
  #isClosed = false;

  /** Resolves once the turn that is about to be asked for has ended, with what there is to note. */
  expect(): Promise<string | null> {
    this.#hasOwed = false;
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#finish = (note) => {
        this.#stopTimer();
        this.#finish = null;
        resolve(note);
      };
    });
  }

  /** The agent says that it is idle; `owes`: something of it still runs in the background. */
  hearIdle(owes: boolean): void {
    this.#stopTimer();
    const after = (ms: number, note: string | null) => {
      this.#timer = setTimeout(() => this.#finish?.(note), ms);
    };
    if (owes) {
      this.#hasOwed = true;
      after(
        MAX_BACKGROUND_MS,
        "[what it left running in the background does not end: it is not waited for any longer]",
      );
    } else if (this.#hasOwed) after(FOLLOW_UP_MS, null);
    else this.#finish?.(null);
  }

  /** It works again: the end that was near is not the end. */
  hearBusy(): void {
    this.#stopTimer();
  }

  /** It is to stop: what runs in the background is not waited for. */
  stopWaiting(): void {
    if (this.#timer !== null) this.#finish?.(null);
  }

  /** Nothing more will be heard. */
  close(): void {
    this.#isClosed = true;
    this.#finish?.(null);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
