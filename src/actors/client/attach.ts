/**
 * A client of a run: follows its log, folds it, and sends commands through the host's socket. Needs no host to look;
 * any number may watch, and leaving changes nothing (RULE-7).
 */
import { join } from "node:path";
import type { RunClient, RunEvent } from "../../protocol/client.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { sendCommand } from "../control/control-socket.ts";
import { isHostAlive } from "../control/host-lock.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { followLog, openFileLog } from "../log/index.ts";
import { eventOf } from "../projections/events.ts";
import { emptyMeta, noteRecord } from "../projections/run-view.ts";
import { projectStatus } from "../projections/status.ts";
import { runLogics } from "../run-actors/root.ts";
import { applyRecorded } from "../runtime/open-runtime.ts";
import { ActorSystem } from "../runtime/system.ts";

const MAX_KEPT_EVENTS = 10_000;
/** Between looks at whether the host lives. */
const PULSE_MS = 500;

/** A run as folded up to some record, and its status. */
export class RunReader {
  readonly system = new ActorSystem(
    Object.fromEntries(Object.entries(runLogics).map(([kind, { machine }]) => [kind, machine])),
  );
  readonly meta = emptyMeta();
  readonly #events: RunEvent[] = [];

  /** Folds records, oldest first. Throws `log.incompatible`. */
  read(records: Iterable<Parameters<typeof noteRecord>[1]>): void {
    for (const record of records) {
      applyRecorded(this.system, record);
      noteRecord(this.meta, record);
      const event = eventOf(record);
      if (event === null) continue;
      this.#events.push(event);
      if (this.#events.length > 2 * MAX_KEPT_EVENTS) this.#events.splice(0, MAX_KEPT_EVENTS);
    }
  }

  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** Whether the host of the newest epoch lives. */
  isHostAlive(): boolean {
    const { epoch } = this.meta;
    return epoch !== null && isHostAlive(epoch);
  }

  status(): StatusDocument {
    return projectStatus(this.system, this.meta, { hostAlive: this.isHostAlive(), now: Date.now() });
  }
}

/** Reads a run's whole log once. Throws `log.damaged`, `log.newer` or `log.incompatible`. */
export function readRun(folder: RunFolder): RunReader {
  const reader = new RunReader();
  reader.read(openFileLog(folder.log).read());
  return reader;
}

/** Attaches to a run; the client follows until closed. */
export async function attachRun(folder: RunFolder): Promise<RunClient> {
  const reader = readRun(folder);
  const stop = new AbortController();
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const changed of watchers) changed();
  };
  // A host that is killed writes nothing: that it is gone is looked for, and told as soon as it is seen.
  let wasAlive = reader.isHostAlive();
  const pulse = setInterval(() => {
    const isAlive = reader.isHostAlive();
    if (isAlive !== wasAlive) tell();
    wasAlive = isAlive;
  }, PULSE_MS);
  pulse.unref();
  const following = (async () => {
    for await (const records of followLog(folder.log, { afterSeq: reader.system.seq, signal: stop.signal })) {
      reader.read(records);
      tell();
    }
  })().catch(tell);
  return {
    run: folder.run,
    status: () => reader.status(),
    events: () => reader.events,
    subscribe(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    async readOutput(task, maxBytes) {
      const path = reader.status().tasks.find(({ id }) => id === task)?.transcript;
      if (!path) return Buffer.alloc(0);
      // A worker may have put anything in its place.
      const read = await readUntrustedFile(join(folder.path, path), { maxBytes, part: "end" });
      return read.kind === "read" ? read.bytes : Buffer.alloc(0);
    },
    send: (command) => sendToHost(reader, folder, command),
    async close() {
      clearInterval(pulse);
      stop.abort();
      await following;
    },
  };
}

async function sendToHost(reader: RunReader, folder: RunFolder, command: RunCommand): Promise<CommandAnswer> {
  const socket = reader.meta.epoch?.socket ?? null;
  const answer = socket === null ? null : await sendCommand(socket, command);
  if (answer !== null) return answer;
  return {
    ok: false,
    code: "run.noHost",
    message: `run ${folder.run} has no host that could be told`,
    hint: `go on with it: pleach resume ${folder.run}`,
  };
}
