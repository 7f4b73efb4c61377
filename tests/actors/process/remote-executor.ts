/**
 * An executor as a worker on another machine would be one: what it runs is started by another process, with which it
 * shares nothing but messages. Requests go there as data; output, what is said to a command, and its end are messages.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandOutput } from "../../../src/actors/process/command-output.ts";
import type { Executor, ProcessOutcome, ProcessRequest, SweepResult } from "../../../src/actors/process/executor.ts";
import type { ProcessQuery } from "../../../src/actors/process/identity.ts";
import { compileLibrary } from "../../helpers/compile-src.ts";

/** What of a request is data. */
type RequestData = Omit<ProcessRequest, "signal" | "transcript" | "onOutput" | "makeFilter" | "talk">;

export type ToWorker =
  | { kind: "run"; id: number; request: RequestData; isAborted: boolean; isTalkedTo: boolean; canInterrupt: boolean }
  | { kind: "abort" | "finish"; id: number }
  | { kind: "write"; id: number; text: string }
  | { kind: "end"; id: number; text?: string }
  | { kind: "owing"; id: number; isOwing: boolean }
  | { kind: "sweep"; id: number; query: ProcessQuery; graceMs: number };

export type ToHost =
  | { kind: "ready" }
  | { kind: "begun" | "interrupt"; id: number }
  | { kind: "output"; id: number; chunk: Uint8Array; from: "stdout" | "stderr" }
  | { kind: "ended"; id: number; outcome: ProcessOutcome }
  | { kind: "swept"; id: number; result: SweepResult };

export interface RemoteExecutor extends Executor {
  stop(): Promise<void>;
}

/** Starts the worker, in a process of its own. */
export async function startRemoteExecutor(): Promise<RemoteExecutor> {
  const folder = mkdtempSync(join(tmpdir(), "pleach-remote-"));
  const main = "tests/actors/process/children/remote-worker";
  compileLibrary(folder, [`${main}.ts`]);
  const child = fork(join(folder, `${main}.js`), { serialization: "advanced" });
  const listeners = new Map<number, (message: ToHost) => void>();
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the worker exited with ${code}`)));
    child.on("message", (message: ToHost) => {
      if (message.kind === "ready") resolve();
      else listeners.get(message.id)?.(message);
    });
  });
  // What is written to a command that is gone goes nowhere, also once its whole worker is gone.
  const tell = (message: ToWorker): void => void (child.connected && child.send(message));
  let newest = 0;
  return {
    async run(request) {
      const output = await CommandOutput.open(request);
      if (!(output instanceof CommandOutput)) return output;
      const outcome = await runThere(request, { id: ++newest, output, listeners, tell });
      const kept = await output.finish();
      return outcome.kind === "notStarted" ? outcome : { ...outcome, ...kept };
    },
    sweep: (query, { graceMs }) =>
      new Promise((resolve) => {
        const id = ++newest;
        listeners.set(id, (message) => {
          if (message.kind === "swept") resolve(message.result);
        });
        tell({ kind: "sweep", id, query, graceMs });
      }),
    async stop() {
      await disconnect(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Line {
  id: number;
  output: CommandOutput;
  listeners: Map<number, (message: ToHost) => void>;
  tell: (message: ToWorker) => void;
}

function runThere(request: ProcessRequest, { id, output, listeners, tell }: Line): Promise<ProcessOutcome> {
  const { signal, transcript: _file, onOutput: _onOutput, makeFilter: _makeFilter, talk, ...data } = request;
  const abort = () => tell({ kind: "abort", id });
  const begin = () =>
    talk?.begin({
      stdin: {
        writable: true,
        write: (text) => tell({ kind: "write", id, text }),
        end: (text) => tell({ kind: "end", id, ...(text === undefined ? {} : { text }) }),
      },
      finish: () => tell({ kind: "finish", id }),
      setOwing: (isOwing) => tell({ kind: "owing", id, isOwing }),
    });
  return new Promise((resolve) => {
    listeners.set(id, (message) => {
      if (message.kind === "begun") begin();
      if (message.kind === "output") output.take(Buffer.from(message.chunk), message.from);
      if (message.kind === "interrupt") talk?.interrupt?.();
      if (message.kind !== "ended") return;
      listeners.delete(id);
      signal.removeEventListener("abort", abort);
      resolve(message.outcome);
    });
    const told = { isTalkedTo: talk !== undefined, canInterrupt: talk?.interrupt !== undefined };
    tell({ kind: "run", id, request: data, isAborted: signal.aborted, ...told });
    signal.addEventListener("abort", abort, { once: true });
  });
}

function disconnect(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.disconnect();
  });
}
