/**
 * A library in a thread of its own, so that the asker's is never held up.
 *
 * VAULT-8 The thread keeps the process alive only while something is being asked.
 * VAULT-9 When it dies, that is told, and it is started once more: the vault is opened again, and what was being asked
 *    is asked again (questions change nothing). When it dies again, everything asked rejects with `vault.threadDied`.
 */
import { Worker } from "node:worker_threads";
import { messageOf, PleachError } from "../../errors.ts";
import type { QuestionName, Questions } from "./model.ts";
import {
  type FromLibrary,
  fromCrossing,
  type LibraryEvent,
  type OpenPort,
  type ToLibrary,
  vaultClosed,
} from "./port.ts";

interface Asked {
  name: QuestionName;
  args: Questions[QuestionName]["args"];
  /** Parts of the answer that came. */
  items: unknown[];
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Ports to threads that run the module at `url`; a thread is started at the first question. */
export function threadPorts(url: URL): OpenPort {
  return (onEvent) => {
    const thread = new LibraryThread(url, onEvent);
    return {
      ask: (name, args, signal) => thread.ask(name, args, signal) as Promise<Questions[typeof name]["answer"]>,
      close: () => thread.close(),
    };
  };
}

/** Ports to threads that hold a library; compiled modules only. */
export const openThreadPort: OpenPort = threadPorts(new URL("./worker.js", import.meta.url));

class LibraryThread {
  readonly #url: URL;
  readonly #onEvent: (event: LibraryEvent) => void;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #lastId = 0;
  /** What it was opened with, to open it again. */
  #opened: Questions["open"]["args"] | undefined;
  #crashes = 0;
  #end: Error | undefined;

  constructor(url: URL, onEvent: (event: LibraryEvent) => void) {
    this.#url = url;
    this.#onEvent = onEvent;
  }

  ask(name: QuestionName, args: Questions[QuestionName]["args"], signal?: AbortSignal): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (name === "open") this.#opened = args as Questions["open"]["args"];
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      const cancel = () => {
        this.#post({ kind: "cancel", id });
        this.#settle(id)?.reject(signal?.reason as Error);
      };
      const forget = () => signal?.removeEventListener("abort", cancel);
      signal?.addEventListener("abort", cancel, { once: true });
      this.#asked.set(id, {
        name,
        args,
        items: [],
        resolve: (value) => {
          forget();
          resolve(value);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      });
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#post({ kind: "ask", id, name, args });
    });
  }

  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    const isRunning = this.#worker !== undefined;
    const closing = isRunning ? this.ask("close", []) : undefined;
    this.#end = vaultClosed();
    // What it wanted to keep is a cache: a thread that dies now loses time, not data.
    await closing?.catch(() => undefined);
    await this.#worker?.terminate();
    this.#rejectAll(vaultClosed());
  }

  #start(): Worker {
    // Arguments of the asker's node, such as a program text, are not for the thread.
    const worker = new Worker(this.#url, { name: "pleach vault", execArgv: [] });
    let died: unknown;
    worker.on("message", (message: FromLibrary) => this.#receive(message));
    worker.on("error", (thrown) => {
      died = thrown;
    });
    worker.on("exit", (code) => {
      if (worker === this.#worker) this.#recover(died === undefined ? `it ended with code ${code}` : messageOf(died));
    });
    return worker;
  }

  #post(message: ToLibrary): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromLibrary): void {
    if (message.kind === "event") {
      this.#onEvent(message.event);
      return;
    }
    const asked = this.#asked.get(message.id);
    if (asked === undefined) return;
    if (message.kind === "part") {
      for (const item of message.items) asked.items.push(item);
      // In another turn, so that whoever waits for one gets it between two parts.
      setImmediate(() => this.#post({ kind: "more", id: message.id }));
      return;
    }
    this.#settle(message.id);
    if (message.kind === "failed") asked.reject(fromCrossing(message.error));
    else if (asked.items.length > 0) asked.resolve([...asked.items, ...(message.value as unknown[])]);
    else asked.resolve(message.value);
  }

  #settle(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (this.#asked.size === 0) this.#worker?.unref();
    return asked;
  }

  #recover(why: string): void {
    this.#worker = undefined;
    if (this.#end !== undefined) {
      this.#rejectAll(this.#end);
      return;
    }
    this.#crashes += 1;
    if (this.#crashes > 1) {
      this.#end = new PleachError("vault.threadDied", `The thread that reads the vault died twice: ${why}`, {
        hint: "Delete the folder .pleach in the vault and try again; if it dies again, this is a bug of pleach.",
      });
      this.#rejectAll(this.#end);
      return;
    }
    this.#onEvent({ kind: "crashed", why });
    this.#worker = this.#start();
    const isOpening = [...this.#asked.values()].some(({ name }) => name === "open");
    if (this.#opened !== undefined && !isOpening) void this.ask("open", this.#opened).catch(() => undefined);
    for (const [id, asked] of [...this.#asked].sort(([, a], [, b]) => order(a) - order(b))) {
      asked.items = [];
      if (asked.name !== "open" || isOpening) this.#post({ kind: "ask", id, name: asked.name, args: asked.args });
    }
    if (this.#asked.size === 0) this.#worker.unref();
  }

  #rejectAll(error: Error): void {
    for (const id of [...this.#asked.keys()]) this.#settle(id)?.reject(error);
  }
}

/** What opens the library goes before what asks it. */
function order({ name }: Asked): number {
  return name === "open" ? 0 : 1;
}
