/**
 * A client of a run: follows its log, folds it, and sends commands to its host. Needs no host to look; any number may watch,
 * and leaving changes nothing (RULE-7).
 */

import { join } from "node:path";
import type { RunClient, RunEvent } from "../../protocol/client.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { StatusDocument, TaskView } from "../../protocol/status.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import type { Engine } from "../control/engine.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { eventOf } from "../projections/events.ts";
import { emptyMeta, noteRecord } from "../projections/run-view.ts";
import { projectStatus } from "../projections/status.ts";
import { runLogics } from "../run-actors/root.ts";
import { applyRecorded } from "../runtime/open-runtime.ts";
import { toMachines } from "../runtime/runtime.ts";
import { ActorSystem } from "../runtime/system.ts";

const MAX_KEPT_EVENTS = 10_000;
/** Between looks at whether the host lives. */
const PULSE_MS = 500;

/** A run as folded up to some record, and its status. */
export class RunReader {
  readonly system = new ActorSystem(toMachines(runLogics));
  readonly meta = emptyMeta();
  /** Whether the run has a host, as far as was looked. */
  hostAlive = false;
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

  status(): StatusDocument {
    return projectStatus(this.system, this.meta, { hostAlive: this.hostAlive, now: Date.now() });
  }
}

/** Reads a run's whole log once. Rejects with `log.damaged`, `log.newer` or `log.incompatible`. */
export async function readRun(engine: Engine, folder: RunFolder): Promise<RunReader> {
  const reader = new RunReader();
  for await (const records of engine.openLog(folder).read()) reader.read(records);
  reader.hostAlive = (await engine.openLease(folder).findHolder()) !== null;
  return reader;
}

/** Attaches to a run; the client follows until closed. */
export async function attachRun(engine: Engine, folder: RunFolder): Promise<RunClient> {
  const reader = await readRun(engine, folder);
  const lease = engine.openLease(folder);
  const stop = new AbortController();
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const changed of watchers) changed();
  };
  const look = async (): Promise<void> => {
    const wasAlive = reader.hostAlive;
    reader.hostAlive = await lease.findHolder().then(
      (holder) => holder !== null,
      // That the log cannot be read is for following it to say.
      () => false,
    );
    if (reader.hostAlive !== wasAlive) tell();
  };
  // A host that is killed writes nothing: that it is gone is looked for, and told as soon as it is seen.
  const pulse = setInterval(() => void look(), PULSE_MS);
  pulse.unref();
  const following = (async () => {
    const log = engine.openLog(folder);
    for await (const records of log.follow({ afterSeq: reader.system.seq, signal: stop.signal })) {
      reader.read(records);
      if (records.some(({ type }) => type === "epoch.started")) await look();
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
      const path = outputOf(reader.status().tasks.find(({ id }) => id === task));
      if (path === null) return Buffer.alloc(0);
      // A worker may have put anything in its place.
      const read = await readUntrustedFile(join(folder.path, path), { maxBytes, part: "end" });
      return read.kind === "read" ? read.bytes : Buffer.alloc(0);
    },
    send: (command) => sendToHost(engine, reader, folder, command),
    async close() {
      clearInterval(pulse);
      stop.abort();
      await following;
    },
  };
}

/** What a person wants to see of a task: what it prints, or what says why it does not go on. */
function outputOf(task: TaskView | undefined): string | null {
  if (task === undefined) return null;
  const isStuck = task.status === "failed" || task.status === "waiting";
  return (isStuck ? task.log : undefined) ?? task.transcript;
}

async function sendToHost(
  engine: Engine,
  reader: RunReader,
  folder: RunFolder,
  command: RunCommand,
): Promise<CommandAnswer> {
  const address = reader.meta.epoch?.socket ?? null;
  const answer = address === null ? null : await engine.openChannel(folder).send(address, command);
  if (answer !== null) return answer;
  return {
    ok: false,
    code: "run.noHost",
    message: `run ${folder.run} has no host that could be told`,
    hint: `go on with it: pleach resume ${folder.run}`,
  };
}
