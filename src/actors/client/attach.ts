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
import type { LogRecord, LogStore } from "../log/index.ts";
import { eventOf } from "../projections/events.ts";
import { emptyMeta, noteRecord } from "../projections/run-view.ts";
import { projectStatus } from "../projections/status.ts";
import { runLogics } from "../run-actors/root.ts";
import { applyRecorded } from "../runtime/open-runtime.ts";
import { toMachines } from "../runtime/runtime.ts";
import { ActorSystem } from "../runtime/system.ts";
import { loadSaved, type SavedRun } from "./begin-at-snapshot.ts";
import { readOnFrom } from "./read-on.ts";

const MAX_KEPT_EVENTS = 10_000;
/** Records before a snapshot that a screen reads for what they tell; most of a run's records are told. */
const TOLD_RECORDS = 2 * MAX_KEPT_EVENTS;
/** Between looks at whether the host lives. */
const PULSE_MS = 500;

/** A run as folded up to some record, and its status. */
export class RunReader {
  readonly system = new ActorSystem(toMachines(runLogics));
  readonly meta = emptyMeta();
  /** Whether the run has a host, as far as was looked. */
  hostAlive = false;
  readonly #events: RunEvent[] = [];

  /** Begins with what a host kept. */
  begin({ state }: SavedRun): void {
    this.system.restore(state.system);
    Object.assign(this.meta, state.kept);
  }

  /** Folds records, oldest first; what is in the state already is only told. Throws `log.incompatible`. */
  read(records: Iterable<LogRecord>): void {
    for (const record of records) {
      if (record.seq > this.system.seq) {
        applyRecorded(this.system, record);
        noteRecord(this.meta, record);
      }
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

/** What `readRun` may be told. */
export interface ReadRunOptions {
  /** Records before a snapshot whose events are wanted, too. Default 0. */
  told?: number;
}

/**
 * Reads a run to its end once, from the newest snapshot on where there is one. Rejects with `log.damaged`, `log.newer` or
 * `log.incompatible`.
 */
export async function readRun(engine: Engine, folder: RunFolder, options: ReadRunOptions = {}): Promise<RunReader> {
  const saved = await loadSaved(engine.openSnapshots(folder));
  const log = engine.openLog(folder);
  // Whatever is wrong with the snapshot: the log itself tells what the run is, and what is wrong with it.
  const reader = (saved && (await readFrom(saved, log, options).catch(() => null))) ?? (await readWhole(log));
  reader.hostAlive = (await engine.openLease(folder).findHolder()) !== null;
  return reader;
}

async function readWhole(log: LogStore): Promise<RunReader> {
  const reader = new RunReader();
  for await (const records of log.read()) reader.read(records);
  return reader;
}

async function readFrom(saved: SavedRun, log: LogStore, { told = 0 }: ReadRunOptions): Promise<RunReader> {
  const reader = new RunReader();
  reader.begin(saved);
  const before = Math.min(saved.seq, told);
  let last = saved.seq - before;
  for await (const records of log.read(readOnFrom(before === 0 ? saved : { seq: last }))) {
    if (records.some(({ seq, crc }) => seq === saved.seq && crc !== saved.crc)) throw new Error("another history");
    reader.read(records);
    last = records.at(-1)?.seq ?? last;
  }
  if (last < saved.seq) throw new Error("the log ends before the snapshot");
  return reader;
}

/** Attaches to a run; the client follows until closed. */
export async function attachRun(engine: Engine, folder: RunFolder): Promise<RunClient> {
  const reader = await readRun(engine, folder, { told: TOLD_RECORDS });
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
    const from = { afterSeq: reader.system.seq, unchecked: true };
    for await (const records of log.follow({ ...from, signal: stop.signal })) {
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
