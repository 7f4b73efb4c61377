/**
 * The real terminal: alternate screen, raw keys, size, and above all its restoration. Knows nothing of what is shown.
 *
 * TERMINAL-1 After `restore` the terminal is as before `enter`: main screen, cursor shown, lines wrap, no raw mode, no pasting
 *    mode. It may be called at any time and any number of times.
 * TERMINAL-2 A lone ESC is a key after a short silence; every other key is reported as soon as it is complete.
 */
import type { ReadStream, WriteStream } from "node:tty";
import { KeyParser } from "./keys.ts";
import type { Size } from "./layout.ts";
import { Painter } from "./painter.ts";

/** What a terminal tells. */
export interface TerminalEvents {
  onKey(key: string): void;
  onResize(size: Size): void;
  /** The terminal is gone: its input ended or it cannot be written to. */
  onGone(): void;
}

/** Alternate screen, hidden cursor, no wrapping at the right edge, pasted text in brackets. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h";
const LEAVE = "\u001b[?2026l\u001b[0m\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l";
/** Long enough for the rest of a sequence over a slow line, short enough not to be felt. */
const ESCAPE_MS = 40;

/** The terminal while the screen is up. */
export class Terminal {
  readonly #stdin: ReadStream;
  readonly #stdout: WriteStream;
  readonly #events: TerminalEvents;
  readonly #painter = new Painter();
  readonly #keys = new KeyParser();
  #isEntered = false;
  #escapeTimer: NodeJS.Timeout | null = null;

  constructor(stdin: ReadStream, stdout: WriteStream, events: TerminalEvents) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#events = events;
  }

  get isEntered(): boolean {
    return this.#isEntered;
  }

  get size(): Size {
    return { columns: this.#stdout.columns || 80, rows: this.#stdout.rows || 24 };
  }

  /** Takes the terminal over. */
  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#painter.forget();
    this.#stdin.setRawMode(true);
    this.#stdin.on("data", this.#onData);
    this.#stdin.on("end", this.#onGone);
    this.#stdin.on("error", this.#onGone);
    this.#stdout.on("resize", this.#onResize);
    this.#stdout.on("error", this.#onGone);
    this.#stdin.resume();
    this.#stdout.write(ENTER);
  }

  /** Gives the terminal back (TERMINAL-1). */
  restore(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer);
    this.#stdin.off("data", this.#onData);
    this.#stdin.off("end", this.#onGone);
    this.#stdout.off("resize", this.#onResize);
    this.#stdin.pause();
    try {
      this.#stdout.write(LEAVE);
      this.#stdin.setRawMode(false);
    } catch {
      // The terminal itself is gone: there is nothing left to restore.
    }
  }

  /** Brings the screen to these rows. */
  show(rows: readonly string[], size: Size): void {
    if (!this.#isEntered) return;
    const bytes = this.#painter.paint(rows, size);
    if (bytes !== "") this.#stdout.write(bytes);
  }

  /** The next frame is drawn whole. */
  forget(): void {
    this.#painter.forget();
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    for (const key of this.#keys.push(bytes)) this.#events.onKey(key);
    if (!this.#keys.hasPendingEscape || !this.#isEntered) return;
    this.#escapeTimer = setTimeout(() => {
      for (const key of this.#keys.flush()) this.#events.onKey(key);
    }, ESCAPE_MS);
  };

  readonly #onResize = (): void => {
    this.#events.onResize(this.size);
  };

  readonly #onGone = (): void => {
    this.#events.onGone();
  };
}
