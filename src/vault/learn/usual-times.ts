/**
 * How long tasks and gates took in earlier runs, as the notes of these runs tell: what is expected of the next one, with a
 * range and what that rests on. Where nobody knows, nothing is said. Reads only; never throws.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { parseNote } from "../notes/note.ts";
import { quantile } from "./observe/observation.ts";
import { isGood, type RememberedRun, type RememberedTask, readRememberedRun } from "./run-memory.ts";

/** Milliseconds. */
export interface UsualTime {
  lo: number;
  mid: number;
  hi: number;
  /** What it rests on, in words. */
  ground: string;
}

export interface UsualTimes {
  /** How long such a task takes; null when nobody knows. `agent` is null for a command. */
  task(task: { id: string; stream: string; agent: string | null }): UsualTime | null;
  /** How long one execution of a gate takes, ms. */
  gates: Readonly<Record<string, number>>;
}

/** Runs that are looked back at: what was long ago says little. */
const MAX_RUNS = 50;
const MAX_NOTE_BYTES = 1024 * 1024;
/** Before so many of a kind are finished, their times are an anecdote. */
const MIN_OF_KIND = 3;
/** A range from one or two values is widened by this. */
const WIDEN = 2;

/** What the vaults in these folders know; `null` when there is none, or no run in it. */
export function readUsualTimes(vaults: readonly string[]): UsualTimes | null {
  const runs = vaults.flatMap(listRunNotes).sort(byName).slice(-MAX_RUNS).flatMap(readRun);
  if (runs.length === 0) return null;
  const tasks = runs.flatMap((run) => run.tasks.filter((task) => isGood(task) && task.seconds > 0).map(plain));
  const sameId = group(tasks, ({ id }) => id);
  const sameKind = group(tasks, ({ stream, agent }) => `${stream} ${agent}`);
  return {
    task({ id, stream, agent }) {
      const same = (sameId.get(id) ?? []).filter((task) => task.agent === (agent ?? ""));
      if (same.length > 0) return describe(same, `the same task in ${count(same.length, "earlier run")}`);
      const kind = sameKind.get(`${stream} ${agent ?? ""}`) ?? [];
      const by = agent === null ? "" : ` with agent ${agent}`;
      return kind.length < MIN_OF_KIND
        ? null
        : describe(kind, `${count(kind.length, "earlier task")} of stream ${stream}${by}`);
    },
    gates: medianOfGates(runs),
  };
}

interface RunNote {
  name: string;
  path: string;
}

const byName = (a: RunNote, b: RunNote): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Notes of runs by the names that learning gives them, which begin with their time. */
function listRunNotes(vault: string): RunNote[] {
  try {
    const entries = readdirSync(join(vault, "runs"), { recursive: true, withFileTypes: true });
    const notes = entries.filter((entry) => entry.isFile() && /^\d{8}.*\.md$/.test(entry.name));
    return notes.map(({ name, parentPath }) => ({ name, path: join(parentPath, name) }));
  } catch {
    return [];
  }
}

function readRun({ name, path }: RunNote): RememberedRun[] {
  const file = readUntrustedFileSync(path, { maxBytes: MAX_NOTE_BYTES });
  if (file.kind !== "read") return [];
  try {
    return [readRememberedRun(parseNote(name, file.bytes.toString("utf8"))) ?? []].flat();
  } catch {
    return [];
  }
}

/** As the plan has them: notes hold them as escaped markdown. */
function plain(task: RememberedTask): RememberedTask {
  const read = (text: string): string => text.replace(/\\(.)/g, "$1");
  return { ...task, id: read(task.id), stream: read(task.stream), agent: read(task.agent) };
}

function group(
  tasks: readonly RememberedTask[],
  keyOf: (task: RememberedTask) => string,
): Map<string, RememberedTask[]> {
  const groups = new Map<string, RememberedTask[]>();
  for (const task of tasks) groups.set(keyOf(task), [...(groups.get(keyOf(task)) ?? []), task]);
  return groups;
}

function describe(tasks: readonly RememberedTask[], ground: string): UsualTime {
  const ms = tasks.map(({ seconds }) => seconds * 1000);
  const widen = ms.length < MIN_OF_KIND ? WIDEN : 1;
  return { lo: quantile(ms, 0.1) / widen, mid: quantile(ms, 0.5), hi: quantile(ms, 0.9) * widen, ground };
}

function medianOfGates(runs: readonly RememberedRun[]): Record<string, number> {
  const known = new Map<string, number[]>();
  for (const { name, median } of runs.flatMap(({ gates }) => gates)) {
    const gate = name.replace(/\\(.)/g, "$1");
    known.set(gate, [...(known.get(gate) ?? []), median * 1000]);
  }
  return Object.fromEntries([...known].map(([gate, ms]) => [gate, quantile(ms, 0.5)]));
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
