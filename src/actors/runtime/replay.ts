/**
 * Replay is the fold (RULE-5): folds a log again, by the code that folded it live, and compares the effects that the
 * machines ask for now with those that are recorded. Says what differs; decides nothing.
 */

import { createHash } from "node:crypto";
import { type InspectOptions, inspect } from "node:util";
import type { AnyStateMachine } from "xstate";
import { messageOf, PleachError } from "../../errors.ts";
import { HOST } from "../../protocol/address.ts";
import type { EffectRef, LogRecord, LogStore, ReadOptions } from "../log/port.ts";
import { listChangedKinds } from "./machine-hash.ts";
import { ActorSystem, type Applied, StepFailure } from "./system.ts";

/** An effect as far as it is compared. */
export interface EffectSide {
  name: string;
  hash: string;
}

export interface ReplayDifference {
  seq: number;
  actor: string;
  /** What is recorded. */
  want: EffectSide[];
  /** What the machines ask for now, or the message of what they threw. */
  got: EffectSide[] | string;
}

export interface ReplayReport {
  /** The record that a snapshot was taken of, from which on the log was folded; 0 when it was folded from the first one. */
  since: number;
  /** Last record that was folded, 0 for an empty log. */
  seq: number;
  /** Value, status, context and output of every actor. */
  states: Record<string, unknown>;
  /** SHA-256 (hex) over `states`. */
  hash: string;
  /** Whether every record that was folded asked for what is recorded. */
  verified: boolean;
  /** In order; the fold ends at a record that throws, and after many differences. */
  differences: ReplayDifference[];
  /** Set when the log was written by other machines than ours: a difference is then no damage. */
  incompatible: { seq: number; why: string } | null;
}

export interface ReplayOptions {
  /** Folds no record after this one. */
  untilSeq?: number;
  /** Hashes of `machines` by kind, to be compared with those in the epoch records. */
  machineHashes?: Readonly<Record<string, string>>;
  /** Begins with this state (`ActorSystem.persist`) instead of an empty one, and reads on as `read` says. */
  from?: { state: unknown; read: ReadOptions };
  /** Called after each record was folded. */
  onFolded?: (record: LogRecord, system: ActorSystem) => void;
}

/** More differences than this say nothing new. */
const MAX_DIFFERENCES = 100;

/** SHA-256 (hex) over the states of all actors. */
export function hashStates(system: ActorSystem): string {
  return hashOf(system.states());
}

/**
 * Folds and compares. Differences are values here; what makes the log unreadable rejects as `LogStore.read` does
 * (`log.damaged`, `log.newer`, `log.failed`).
 */
export async function replayLog(
  log: LogStore,
  machines: Readonly<Record<string, AnyStateMachine>>,
  { untilSeq = Number.POSITIVE_INFINITY, machineHashes = {}, from, onFolded = () => {} }: ReplayOptions = {},
): Promise<ReplayReport> {
  const system = new ActorSystem(machines);
  if (from) system.restore(from.state);
  const since = system.seq;
  const differences: ReplayDifference[] = [];
  const programs = createProgramCheck(machineHashes);
  let incompatible: ReplayReport["incompatible"] = null;
  /** Whether there is more to fold after this record. */
  const goesOn = (record: LogRecord): boolean => {
    if (record.seq > untilSeq) return false;
    programs.note(record);
    const { difference, isEnd } = fold(system, record);
    if (!isEnd) onFolded(record, system);
    if (difference === null) return true;
    differences.push(difference);
    incompatible ??= programs.explain(record);
    return !isEnd && differences.length < MAX_DIFFERENCES;
  };
  for await (const records of log.read(from?.read)) if (!records.every(goesOn)) break;
  const states = system.states();
  return {
    since,
    seq: system.seq,
    states,
    hash: hashOf(states),
    verified: differences.length === 0,
    differences,
    incompatible,
  };
}

/**
 * For recovery: refuses the first record whose effects differ, with `log.incompatible` when other machines wrote the
 * log and `log.differs` otherwise. To be called with every record, in order.
 */
export function createFoldCheck(
  machineHashes: Readonly<Record<string, string>>,
): (record: LogRecord, applied: Applied) => void {
  const programs = createProgramCheck(machineHashes);
  return (record, applied) => {
    programs.note(record);
    if (isSame(record.effects, applied.refs)) return;
    const other = programs.explain(record);
    if (other !== null) {
      throw new PleachError(
        "log.incompatible",
        `record ${record.seq} of ${record.actor} is folded differently: ${other.why}`,
        {
          hint: "resume with the program, and the machines, that wrote the log",
        },
      );
    }
    throw new PleachError(
      "log.differs",
      `record ${record.seq} of ${record.actor} names other effects than its machine asks for`,
      {
        hint: "a machine depends on something that is not in its events, or the log was edited; replay shows both sides",
      },
    );
  };
}

function fold(system: ActorSystem, record: LogRecord): { difference: ReplayDifference | null; isEnd: boolean } {
  try {
    const { refs } = system.apply(record);
    if (isSame(record.effects, refs)) return { difference: null, isEnd: false };
    return { difference: toDifference(record, refs.map(toSide)), isEnd: false };
  } catch (thrown) {
    if (!(thrown instanceof StepFailure || thrown instanceof PleachError)) throw thrown;
    return { difference: toDifference(record, messageOf(thrown)), isEnd: true };
  }
}

/** Both sides of it, also where it is only printed: however deep in what it lies. */
function toDifference({ seq, actor, effects }: LogRecord, got: ReplayDifference["got"]): ReplayDifference {
  const difference = { seq, actor, want: effects.map(toSide), got };
  const print = (_depth: number, options: InspectOptions): string =>
    inspect({ ...difference }, { ...options, depth: null });
  return Object.defineProperty(difference, inspect.custom, { value: print });
}

/** Remembers the epochs read so far; explains a difference by the machines that wrote them, if those were others. */
function createProgramCheck(ours: Readonly<Record<string, string>>): {
  note(record: LogRecord): void;
  explain(record: LogRecord): { seq: number; why: string } | null;
} {
  const changed = new Set<string>();
  return {
    note({ actor, data }) {
      if (actor !== HOST || Object.keys(ours).length === 0) return;
      const theirs = (data as { machines?: Record<string, string> } | null)?.machines;
      if (theirs === undefined) return;
      for (const kind of listChangedKinds(theirs, ours)) changed.add(kind);
    },
    explain({ seq }) {
      if (changed.size === 0) return null;
      return { seq, why: `the log was written by another version of the machines ${[...changed].join(", ")}` };
    },
  };
}

function isSame(want: readonly EffectRef[], got: readonly EffectRef[]): boolean {
  if (want.length !== got.length) return false;
  for (let at = 0; at < want.length; at++) {
    const left = want[at] as EffectRef;
    const right = got[at] as EffectRef;
    if (left.hash !== right.hash || left.name !== right.name || left.id !== right.id) return false;
  }
  return true;
}

const toSide = ({ name, hash }: EffectRef): EffectSide => ({ name, hash });

function hashOf(states: Record<string, unknown>): string {
  return createHash("sha256").update(JSON.stringify(states)).digest("hex");
}
