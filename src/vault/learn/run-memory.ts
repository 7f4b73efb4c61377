/**
 * What later runs need to know of a run: its tasks with the files they changed, and its gates. The run's note is the
 * only place where that is kept, as tables that a person can read, so a note that is deleted is forgotten. What was
 * just learned is read through the same text, so that a run looks the same to itself and to later ones. Pure.
 */
import { effortMs } from "../facts/effort.ts";
import type { GateFact, RunFacts } from "../facts/run-facts.ts";
import { toIso } from "../notes/names.ts";
import { basenameOf, findGeneratedSection, type Note, textProperty } from "../notes/note.ts";
import { toInline, toPlainLine } from "../text/untrusted.ts";
import { quantile, toSeconds } from "./observe/observation.ts";

export interface RememberedTask {
  id: string;
  stream: string;
  /** Empty for a command. */
  agent: string;
  outcome: string;
  /** Work, gates and reviews of all attempts. */
  seconds: number;
  costUsd: number;
  /** What it changed; markdown. */
  files: string[];
}

export interface RememberedGate {
  name: string;
  runs: number;
  red: number;
  /** Of one execution. */
  median: number;
  /** Of all executions. */
  seconds: number;
  /** Per cent of all work, gates and reviews of the run. */
  share: number;
}

/** All texts as they stand in the note: escaped markdown. */
export interface RememberedRun {
  /** File name of the run's note, without ending. */
  run: string;
  /** As Obsidian writes dates. */
  ended: string;
  tasks: RememberedTask[];
  gates: RememberedGate[];
}

const MAX_TASKS = 300;
const MAX_GATES = 40;
/**
 * Files of one task that are kept. One that changes more touched everything, and says nothing about what belongs
 * together.
 */
export const MAX_FILES_OF_TASK = 20;
/** A commit of more files than that is left out altogether; so many names would fill the note. */
const MAX_FILES_TOLD = 60;

const TASK_HEAD = "| Task | Stream | Agent | Outcome | Attempts | Seconds | USD | Fixed by |";
const GATE_HEAD = "| Gate | Runs | Red | Changed its mind | Median (s) | Seconds | Share of work (%) |";
const FILES_HEADING = "### Files changed";

/** Whether a task reached its goal. */
export function isGood({ outcome }: Pick<RememberedTask, "outcome">): boolean {
  return outcome === "merged" || outcome === "done";
}

/** The run as its own note will tell it. */
export function rememberFacts(facts: RunFacts, run: string): RememberedRun {
  const lines = [...tellTasks(facts), "", ...tellGates(facts), "", ...tellFiles(facts)];
  return readMemory(run, toIso(facts.endedAt), lines.join("\n"));
}

/** What a run's note remembers; nothing when a person took its section out. */
export function readRememberedRun(note: Note): RememberedRun | undefined {
  if (textProperty(note, "type") !== "run") return undefined;
  const section = findGeneratedSection(note);
  const ended = textProperty(note, "ended") ?? "";
  return section.kind === "ok" ? readMemory(basenameOf(note.path), ended, section.text) : undefined;
}

/** The table of tasks. */
export function tellTasks(facts: RunFacts): string[] {
  const rows = facts.tasks.slice(0, MAX_TASKS).map((task) => {
    const by = task.agent === null ? "" : toInline(task.agent, 40);
    const fixed = task.fixedBy === null ? "" : toInline(task.fixedBy, 80);
    const title = `${toInline(task.id, 60)}: ${toInline(task.title, 80)}`;
    const figures = `${toSeconds(effortMs(task))} | ${toUsd(task.costUsd, task.estimatedUsd)}`;
    return `| ${title} | ${toInline(task.stream, 40)} | ${by} | ${task.outcome} | ${task.attempts} | ${figures} | ${fixed} |`;
  });
  const more = facts.tasks.length - rows.length;
  return [TASK_HEAD, rule(8), ...rows, ...(more > 0 ? ["", `and ${more} more tasks`] : [])];
}

/** The table of gates, or nothing when none ran; `flips` counts how often each changed its mind on the same tree. */
export function tellGates(facts: RunFacts, flips: ReadonlyMap<string, number> = new Map()): string[] {
  const gates = groupGates(facts.gates);
  if (gates.length === 0) return [];
  // Gates run side by side with all else, so the time of the run is no measure.
  const mergedMs = facts.gates.reduce((sum, { task, ms }) => sum + (task === null ? ms : 0), 0);
  const effort = facts.tasks.reduce((sum, task) => sum + effortMs(task), 0);
  // Gates of one attempt run side by side, and the attempt counts for as long as the slowest of them: with the time of the
  // others beside it, shares are those of one whole.
  const wholeMs = Math.max(1, mergedMs + effort + sumBeside(facts.gates));
  const rows = gates.slice(0, MAX_GATES).map(([gate, runs]) => {
    const times = runs.map(({ ms }) => ms);
    const totalMs = times.reduce((sum, ms) => sum + ms, 0);
    const red = runs.filter(({ status }) => status !== "passed").length;
    // Rounded down: together they are never more than all of it.
    const share = Math.min(100, Math.floor((totalMs / wholeMs) * 100));
    const figures = `${toSeconds(quantile(times, 0.5))} | ${toSeconds(totalMs)} | ${share}`;
    return `| ${toInline(gate, 60)} | ${runs.length} | ${red} | ${flips.get(gate) ?? 0} | ${figures} |`;
  });
  return [GATE_HEAD, rule(7), ...rows];
}

/** What gates of attempts took beside the slowest of the same attempt. */
function sumBeside(gates: readonly GateFact[]): number {
  const attempts = new Map<string, { sum: number; longest: number }>();
  for (const { task, attempt, ms } of gates) {
    if (task === null) continue;
    const { sum = 0, longest = 0 } = attempts.get(`${attempt} ${task}`) ?? {};
    attempts.set(`${attempt} ${task}`, { sum: sum + ms, longest: Math.max(longest, ms) });
  }
  return [...attempts.values()].reduce((all, { sum, longest }) => all + sum - longest, 0);
}

/** One line for each task that was merged, with the files that it changed. */
export function tellFiles(facts: RunFacts): string[] {
  const lines = facts.tasks
    .filter(({ outcome, files }) => outcome === "merged" && files.length > 0 && files.length <= MAX_FILES_TOLD)
    .slice(0, MAX_TASKS)
    .map(({ id, files }) => {
      const named = files.slice(0, MAX_FILES_OF_TASK + 1).map((file) => `\`${toCode(file)}\``);
      return `- ${toInline(id, 60)}: ${named.join(", ")}${files.length > named.length ? ", …" : ""}`;
    });
  return lines.length === 0 ? [] : [FILES_HEADING, "", ...lines];
}

/** A file's name as it may stand between backticks. */
function toCode(file: string): string {
  return toPlainLine(file, 160).replaceAll("`", "'");
}

/** US dollars, with a mark where a part of them is estimated. */
export const toUsd = (usd: number, estimatedUsd: number): string => `${estimatedUsd > 0 ? "~" : ""}${usd.toFixed(4)}`;

const rule = (columns: number): string => `|${" --- |".repeat(columns)}`;

function groupGates(gates: readonly GateFact[]): [string, GateFact[]][] {
  const byName = new Map<string, GateFact[]>();
  for (const gate of gates) byName.set(gate.gate, [...(byName.get(gate.gate) ?? []), gate]);
  return [...byName];
}

function readMemory(run: string, ended: string, text: string): RememberedRun {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const files = new Map(readFiles(lines));
  const tasks = readRows(lines, TASK_HEAD).map(([title = "", stream = "", agent = "", outcome = "", , ...figures]) => {
    const id = title.split(": ")[0] ?? "";
    const [seconds, costUsd] = [toNumber(figures[0]), toNumber(figures[1]?.replace("~", ""))];
    return { id, stream, agent, outcome, seconds, costUsd, files: files.get(id) ?? [] };
  });
  const gates = readRows(lines, GATE_HEAD).map(([name = "", runs, red, , median, seconds, share]) => ({
    name,
    runs: toNumber(runs),
    red: toNumber(red),
    median: toNumber(median),
    seconds: toNumber(seconds),
    share: toNumber(share),
  }));
  return { run, ended, tasks, gates };
}

/** The cells of the table with this head, row by row. */
function readRows(lines: readonly string[], head: string): string[][] {
  const from = lines.indexOf(head);
  if (from < 0) return [];
  const rows: string[][] = [];
  for (const line of lines.slice(from + 2)) {
    if (!line.startsWith("| ")) break;
    rows.push(
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

function readFiles(lines: readonly string[]): [string, string[]][] {
  const from = lines.indexOf(FILES_HEADING);
  if (from < 0) return [];
  const read: [string, string[]][] = [];
  for (const line of lines.slice(from + 2)) {
    const found = /^- (.*?): `/.exec(line);
    if (found === null) break;
    const files = [...line.slice(found[0].length - 1).matchAll(/`([^`]+)`/g)].map((file) => file[1] ?? "");
    read.push([found[1] ?? "", files]);
  }
  return read;
}

function toNumber(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}
