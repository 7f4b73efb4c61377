/**
 * A small process that starts git for this one. Starting a program copies the page tables of who starts it and holds up its
 * thread meanwhile: a few milliseconds in a process that holds a run, tenths of one in an empty one; a task takes dozens of
 * gits. It knows nothing of git: it is given a program, arguments, folder and environment, and gives back what came of it.
 *
 * STARTER-1 It starts nothing once who asked is dead, and ends then; the gits that it started go on, as they would have.
 * STARTER-2 Whoever waits for a dead pleach's gits waits for it, too: its arguments say whose it is.
 * STARTER-3 Where it cannot be started, or has ended, programs are started directly.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { PleachError } from "../../errors.ts";

/** What is to be run. */
export interface ToStart {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  input: string | Uint8Array | undefined;
}

/** What came of it; `error` where it could not be started. */
export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: Buffer;
  stderr: Buffer;
  error: { code: string | null; message: string } | null;
}

/** More than that is not copied from process to process. */
const MAX_INPUT_BYTES = 1024 * 1024;

/** The process itself. It is given as text, so that it is there in whatever form this program is published. */
const PROGRAM = `
const { spawn } = require("node:child_process");
const asker = process.ppid;
const going = new Map();
process.on("disconnect", () => process.exit());
process.on("message", ({ id, file, args, cwd, env, input }) => {
  if (file === undefined) {
    going.get(id)?.kill();
    return;
  }
  if (process.ppid !== asker) process.exit();
  const [stdout, stderr] = [[], []];
  let error = null;
  const end = (code, signal) => {
    if (!going.delete(id)) return;
    const told = { id, code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), error };
    process.send(told, () => undefined);
  };
  let child;
  going.set(id, undefined);
  try {
    child = spawn(file, args, { cwd, env, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"], detached: true });
  } catch (thrown) {
    error = { code: thrown.code ?? null, message: thrown.message };
    end(null, null);
    return;
  }
  going.set(id, child);
  child.stdout?.on("data", (chunk) => stdout.push(chunk));
  child.stderr?.on("data", (chunk) => stderr.push(chunk));
  child.stdin?.on("error", () => undefined);
  child.on("error", (thrown) => {
    if (child.pid !== undefined) return;
    error = { code: thrown.code ?? null, message: thrown.message };
    end(null, null);
  });
  child.on("close", end);
  child.stdin?.end(input);
});
`;

type Told = Ended & { id: number };

interface Asked {
  resolve(ended: Ended): void;
  reject(thrown: unknown): void;
}

/** Starts programs for others until it is closed, or has ended. */
export class GitStarter {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  /** `mark`: an argument that says whose it is; `cwd`: a folder in which nobody looks for what is left of workers. */
  constructor(mark: string, cwd: string) {
    this.#child = spawn(process.execPath, ["-e", PROGRAM, "--", mark], {
      cwd,
      env: { PATH: process.env.PATH },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
      detached: true,
    });
    this.#child.on("message", (told) => this.#hear(told as Told));
    this.#child.on("error", () => this.#lose());
    this.#child.on("exit", () => this.#lose());
    this.#child.on("disconnect", () => this.#lose());
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Whether it takes this; else it is to be started directly. */
  takes({ input }: ToStart): boolean {
    return this.#child.connected && (input === undefined || input.length <= MAX_INPUT_BYTES);
  }

  /** Runs a program to its end. Rejects with the abort error of `signal`, and where this process ends before it. */
  run(start: ToStart, signal?: AbortSignal): Promise<Ended> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      const stop = (): void => {
        this.#settle(id)?.reject(signal?.reason);
        this.#child.send({ id }, () => undefined);
      };
      signal?.addEventListener("abort", stop, { once: true });
      const forget = (): void => signal?.removeEventListener("abort", stop);
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          forget();
          settle(value);
        };
      this.#asked.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#child.channel?.ref();
      this.#child.send({ id, ...start }, (thrown) => {
        if (thrown !== null) this.#lose();
      });
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #hear({ id, ...ended }: Told): void {
    this.#settle(id)?.resolve(ended);
  }

  #settle(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (this.#asked.size === 0) this.#child.channel?.unref();
    return asked;
  }

  #lose(): void {
    for (const id of [...this.#asked.keys()]) {
      this.#settle(id)?.reject(
        new PleachError("git.failed", "the process that starts git has ended before git did", {
          hint: "Try again: what git has done of it is found then.",
        }),
      );
    }
  }
}
