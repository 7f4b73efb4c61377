/** The built program in a real terminal: an emulator shows what it writes, keys are typed into it. */
import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { CLI, programEnv } from "../helpers/program.ts";
import { PATIENCE_MS } from "./runs.ts";

const SIZE = { cols: 120, rows: 40 };
/** Given back by every way out: the other buffer, the cursor, wrapping, bracketed paste. */
const RESTORING = ["\u001b[?1049l", "\u001b[?25h", "\u001b[?7h", "\u001b[?2004l"];

export class Terminal {
  readonly #process: pty.IPty;
  readonly #terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true });
  readonly #watchers = new Set<() => void>();
  readonly exit: Promise<{ exitCode: number; signal?: number | undefined }>;
  #hasExited = false;
  raw = "";

  /** Starts `pleach` with these arguments in `cwd`. */
  constructor(cwd: string, args: readonly string[], more: Record<string, string> = {}) {
    const { NO_COLOR: _none, ...env } = programEnv(more);
    this.#process = pty.spawn(process.execPath, [CLI, ...args], { ...SIZE, cwd, name: "xterm-256color", env });
    this.#process.onData((data) => {
      this.raw += data;
      this.#terminal.write(data, () => this.#look());
    });
    this.exit = new Promise((resolve) =>
      this.#process.onExit((end) => {
        this.#hasExited = true;
        // What it wrote last is parsed before anybody looks.
        this.#terminal.write("", () => {
          this.#look();
          resolve(end);
        });
      }),
    );
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  /** What a person sees. */
  get text(): string {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").join(
      "\n",
    );
  }

  /** Waits until the screen shows something. */
  see(what: string | RegExp): Promise<void> {
    return this.#until((text) => (typeof what === "string" ? text.includes(what) : what.test(text)), String(what));
  }

  /** Waits until the screen shows something no longer. */
  seeGone(what: string): Promise<void> {
    return this.#until((text) => !text.includes(what), `the end of ${what}`);
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  /** Ends the program with a signal, if it still runs. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (!this.#hasExited) this.#process.kill(signal);
    await this.exit;
  }

  /** Why the terminal is not as it was before; empty when it is. */
  listUnrestored(): string[] {
    const left = RESTORING.filter((sequence) => {
      const opposite = sequence.replace(/.$/, (letter) => (letter === "h" ? "l" : "h"));
      return this.raw.lastIndexOf(sequence) < this.raw.lastIndexOf(opposite) || !this.raw.includes(sequence);
    });
    return [...left.map((sequence) => JSON.stringify(sequence)), ...(this.isAlternate ? ["alternate screen"] : [])];
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }

  async #until(isSo: (text: string) => boolean, what: string): Promise<void> {
    if (isSo(this.text)) return;
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error): void => {
        clearTimeout(patience);
        this.#watchers.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const patience = setTimeout(() => done(new Error(`never saw ${what} in\n${this.text}`)), PATIENCE_MS / 4);
      const look = (): void => {
        if (isSo(this.text)) done();
        else if (this.#hasExited) done(new Error(`it ended without ${what}:\n${this.text}`));
      };
      this.#watchers.add(look);
    });
  }
}
