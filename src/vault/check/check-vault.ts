/**
 * `pleach vault check`: everything in a vault that a person should know of. It reads and never writes; a vault is
 * checked by itself, as links do not lead from one to another. Of the knowledge that a repository holds outside any
 * vault (a source with `only`), the notes alone are checked, since what they link to is not all there.
 */
import { join } from "node:path";
import { isAbandoned } from "../files/own-files.ts";
import { maxNoteBytes } from "../files/read-note.ts";
import { listEntries, type Source } from "../files/sources.ts";
import { openStore, type ReadStore } from "../files/store.ts";
import type { FileEntry } from "../files/walk.ts";
import { readPropertyTypes } from "../formats/check-properties.ts";
import { foldName } from "../links/file-names.ts";
import { createLinkGraph, type LinkGraph } from "../links/graph.ts";
import { parseNote } from "../notes/note.ts";
import { readStructure } from "../notes/structure.ts";
import { checkBaseFile, checkCanvasFile, checkSettings, settingPaths, typesPath } from "./check-files.ts";
import { checkLinks } from "./check-links.ts";
import { checkNames } from "./check-names.ts";
import { checkNote } from "./check-note.ts";
import { checkPatterns, type PatternNote, readPatternNote } from "./check-patterns.ts";
import { LineIndex } from "./line-index.ts";
import { type Finding, kinds, type Problem, type ProblemCode } from "./problem.ts";

export interface CheckOptions {
  /** The day of the check, ms since the Unix epoch: patterns are stale by it. */
  now: number;
  /** Told now and then how many notes are read, of how many. */
  onProgress?: (read: number, all: number) => void;
}

export interface CheckReport {
  /** As `sortProblems` orders them. */
  problems: Problem[];
  /** Notes that were looked at. */
  notes: number;
}

/** Between two of these many notes, other work gets its turn. */
const batchSize = 32;

/** Checks one source. A folder that does not exist is an empty vault. Throws `vault.unreadable`. */
export async function checkVault(source: Source, options: CheckOptions): Promise<CheckReport> {
  const store = await openStore(source.dir);
  if (store === undefined) return { problems: [], notes: 0 };
  const listing = await listEntries(source);
  const isWhole = source.only === undefined;
  const types = isWhole ? await readTypes(store) : new Map<string, string>();
  const notes = await readNotes(store, listing.entries, types, options);
  const findings = [
    ...notes.findings,
    ...listing.warnings.map(
      // Warnings end in a full stop, and name the file themselves.
      (warning): Finding => ({ code: "file.skipped", path: "", message: warning.replace(/\.$/, ""), line: null }),
    ),
  ];
  if (isWhole) {
    for (const path of listing.others) notes.graph.setFile(path);
    findings.push(
      ...checkLinks(notes.graph, notes.lines),
      ...checkNames(
        listing.entries.map(({ path }) => path),
        listing.others,
      ),
      ...(await checkOthers(store, listing.others, listing.entries)),
      ...(await checkLeftovers(store, listing.leftovers)),
    );
  }
  findings.push(...checkPatterns(notes.patterns, options.now));
  return { problems: sortProblems(toProblems(source.dir, findings)), notes: listing.entries.length };
}

/** Problems by kind in the order of `kinds`, then by file and line. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const order = Object.keys(kinds) as ProblemCode[];
  return [...problems].sort(
    (a, b) =>
      order.indexOf(a.code) - order.indexOf(b.code) ||
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.message, b.message),
  );
}

/** How many errors and warnings there are. */
export function countProblems(problems: readonly Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: problems.length - errors };
}

interface ReadNotes {
  findings: Finding[];
  graph: LinkGraph;
  lines: Map<string, LineIndex>;
  patterns: PatternNote[];
}

async function readNotes(
  store: ReadStore,
  entries: readonly FileEntry[],
  types: ReadonlyMap<string, string>,
  { onProgress }: CheckOptions,
): Promise<ReadNotes> {
  const all: ReadNotes = { findings: [], graph: createLinkGraph(), lines: new Map(), patterns: [] };
  for (let at = 0; at < entries.length; at += batchSize) {
    onProgress?.(at, entries.length);
    const batch = entries.slice(at, at + batchSize);
    const texts = await Promise.all(batch.map((entry) => store.read(entry.path)));
    for (const [index, read] of texts.entries()) {
      const { path, size } = batch[index] as FileEntry;
      if (read.kind === "ok") readNote(path, read.text, read.bytes, types, all);
      else if (read.kind === "unusable") {
        // It is there all the same: links to it lead somewhere.
        all.graph.setFile(path);
        const code = size > maxNoteBytes ? "note.large" : "file.skipped";
        all.findings.push({ code, path, message: read.why, line: null });
      }
    }
  }
  onProgress?.(entries.length, entries.length);
  return all;
}

function readNote(
  path: string,
  text: string,
  bytes: Buffer,
  types: ReadonlyMap<string, string>,
  { findings, graph, lines, patterns }: ReadNotes,
): void {
  const note = parseNote(path, text);
  if (!Buffer.from(text, "utf8").equals(bytes)) {
    const line = text.split("\ufffd", 1)[0]?.split("\n").length ?? null;
    findings.push({ code: "note.encoding", path, message: "it holds bytes that are not valid UTF-8", line });
  }
  findings.push(...checkNote(note, types));
  graph.set(path, readStructure(note));
  lines.set(path, new LineIndex(text));
  const pattern = readPatternNote(note);
  if (pattern !== undefined) patterns.push(pattern);
}

async function readTypes(store: ReadStore): Promise<ReadonlyMap<string, string>> {
  const read = await store.read(typesPath);
  const types = read.kind === "ok" ? readPropertyTypes(read.text) : undefined;
  return types?.kind === "ok" ? types.types : new Map();
}

async function checkOthers(
  store: ReadStore,
  others: readonly string[],
  entries: readonly FileEntry[],
): Promise<Finding[]> {
  const there = new Set([...entries.map(({ path }) => path), ...others].map(foldName));
  const findings: Finding[] = [];
  for (const path of [...others, ...settingPaths]) {
    const isCanvas = /\.canvas$/i.test(path);
    const isBase = /\.base$/i.test(path);
    if (!isCanvas && !isBase && !settingPaths.includes(path)) continue;
    const read = await store.read(path);
    if (read.kind === "unusable") findings.push({ code: "file.skipped", path, message: read.why, line: null });
    if (read.kind !== "ok") continue;
    if (isCanvas) findings.push(...checkCanvasFile(path, read.text, (file) => there.has(foldName(file))));
    else findings.push(...(isBase ? checkBaseFile(path, read.text) : checkSettings(path, read.text)));
  }
  return findings;
}

async function checkLeftovers(store: ReadStore, leftovers: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of leftovers) {
    if (!(await isAbandoned(join(store.root, path)))) continue;
    findings.push({ code: "file.leftover", path, message: "the program that wrote it is gone", line: null });
  }
  return findings;
}

function toProblems(dir: string, findings: readonly Finding[]): Problem[] {
  return findings.map(({ code, message, path, line, hint }): Problem => {
    const { severity, hint: general } = kinds[code];
    return { code, severity, message, hint: hint ?? general, file: join(dir, path), line };
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
