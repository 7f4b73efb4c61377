/**
 * `pleach vault check`: everything in vaults that a person should know of. It reads, and never writes but the
 * library's cache; each vault is checked by itself, as links do not lead from one to another. Of the knowledge that a
 * repository holds outside any vault (a source with `only`), the notes alone are checked, since what they link to is
 * not all there.
 *
 * Links take the longest to read. They come from the library, which reads them meanwhile, and from what it kept.
 */
import { isUtf8 } from "node:buffer";
import { join } from "node:path";
import type { ObsidianSettings } from "../files/obsidian-settings.ts";
import { isAbandoned } from "../files/own-files.ts";
import { MAX_NOTE_BYTES } from "../files/read-note.ts";
import { isWhole, type Listing, type Source } from "../files/sources.ts";
import { openStore, type ReadStore } from "../files/store.ts";
import type { FileEntry } from "../files/walk.ts";
import { readPropertyTypes } from "../formats/check-properties.ts";
import { lineAt } from "../formats/format-problem.ts";
import { NoteReader } from "../library/note-reader.ts";
import { foldName } from "../links/file-names.ts";
import { parseNote } from "../notes/note.ts";
import { withSidesUnited } from "../patterns/both-sides.ts";
import { describePattern } from "../patterns/pattern.ts";
import { checkCopies, checkMarkers } from "./check-conflicts.ts";
import { checkBaseFile, checkCanvasFile, checkSettings, SETTING_PATHS, TYPES_PATH } from "./check-files.ts";
import { checkLinks, type LibraryLinks, LineIndex, openLinks } from "./check-links.ts";
import { checkNames } from "./check-names.ts";
import { checkNote } from "./check-note.ts";
import { type CheckedPattern, checkPatterns, readCheckedPattern } from "./check-patterns.ts";
import { type Finding, PROBLEM_KINDS, type Problem, type ProblemCode } from "./problem.ts";

/** What is checked. */
export interface CheckedSource extends Source {
  /** Whether only what keeps its patterns from agents is told: whoever reads a vault of others does not put it in order. */
  isBrief?: boolean;
}

export interface CheckOptions {
  /** The day of the check, ms since the Unix epoch: patterns are stale by it. */
  now: number;
  /** Told now and then how many of a source's notes are read; links may take longer. */
  onProgress?: (read: number, all: number) => void;
  /** Where the library keeps what it read; null for nowhere. Default: `.pleach` in the first vault. */
  cacheDir?: string | null;
}

export interface CheckResult {
  /** As `sortProblems` orders them. */
  problems: Problem[];
  /** Notes that were looked at. */
  notes: number;
}

/** What keeps a pattern from agents, or makes them be told the wrong one. */
const TOLD_BRIEFLY: ReadonlySet<ProblemCode> = new Set([
  "note.malformed",
  "note.conflict",
  "pattern.id",
  "pattern.contradiction",
]);
/** What is lost is lost where a person put it out of sight as well. */
const LOSSES: ReadonlySet<ProblemCode> = new Set(["name.collision", "note.conflict"]);

/**
 * Checks sources as `arrangeSources` leaves them. A folder that does not exist is an empty vault. Throws
 * `vault.unreadable`.
 */
export async function checkVaults(sources: readonly CheckedSource[], options: CheckOptions): Promise<CheckResult> {
  const links = openLinks(sources.filter(isChecked), options.cacheDir);
  try {
    const all: CheckResult = { problems: [], notes: 0 };
    for (const source of sources) {
      const { problems, notes } = await checkSource(source, links, options);
      all.problems.push(...problems);
      all.notes += notes;
    }
    return { ...all, problems: sortProblems(all.problems) };
  } finally {
    await links.close();
  }
}

/** Whether the files of a source are looked at, and not only its notes. */
function isChecked(source: CheckedSource): boolean {
  return isWhole(source) && source.isBrief !== true;
}

async function checkSource(source: CheckedSource, links: LibraryLinks, options: CheckOptions): Promise<CheckResult> {
  const store = await openStore(source.dir);
  if (store === undefined) return { problems: [], notes: 0 };
  const types = isChecked(source) ? await readTypes(store) : new Map<string, string>();
  const [notes, troubles] = await Promise.all([
    readNotes(source, types, options),
    isChecked(source) ? links.problemsOf(source) : [],
  ]);
  const { entries, others, leftovers } = notes.listing;
  const findings = [
    ...notes.findings,
    ...(await checkEncoding(store, notes.doubtful)),
    ...checkLinks(troubles, notes.lines),
  ];
  if (isChecked(source)) {
    findings.push(
      ...checkNames(
        entries.map(({ path }) => path),
        others,
      ),
      ...checkCopies([...entries.map(({ path }) => path), ...others]),
      ...(await checkOthers(store, others, entries)),
      ...(await checkLeftovers(store, leftovers)),
    );
  }
  const { isExcluded, isTemplate } = notes.settings;
  const patterns = notes.patterns.filter(({ path }) => !isExcluded(path) && !isTemplate(path));
  findings.push(...checkPatterns(patterns, options.now));
  const told = findings.filter(
    ({ code, path }) =>
      (LOSSES.has(code) || !isExcluded(path)) && (source.isBrief !== true || isToldBriefly(code, path, notes)),
  );
  return { problems: toProblems(source.dir, told), notes: entries.length };
}

function isToldBriefly(code: ProblemCode, path: string, { unusable }: ReadNotes): boolean {
  return TOLD_BRIEFLY.has(code) && (code !== "note.malformed" || unusable.has(path));
}

/** Problems by kind in the order of `kinds`, then by file and line. */
function sortProblems(problems: readonly Problem[]): Problem[] {
  const order = Object.keys(PROBLEM_KINDS) as ProblemCode[];
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
  listing: Listing;
  settings: ObsidianSettings;
  findings: Finding[];
  lines: Map<string, LineIndex>;
  /** In order of their paths. */
  patterns: CheckedPattern[];
  /** Paths of notes that say that they are patterns, and cannot be read as such. */
  unusable: Set<string>;
  /** Notes with a character that may stand for bytes which are no UTF-8, and the line of the first. */
  doubtful: { path: string; line: number }[];
}

async function readNotes(
  source: Source,
  types: ReadonlyMap<string, string>,
  { onProgress }: CheckOptions,
): Promise<ReadNotes> {
  const findings: Finding[] = [];
  const lines = new Map<string, LineIndex>();
  const doubtful: ReadNotes["doubtful"] = [];
  const broken = new Set<string>();
  const reader = new NoteReader(source, {
    describe: (path, text) => {
      const note = parseNote(path, text);
      findings.push(...checkNote(note, types));
      lines.set(path, new LineIndex(text));
      const at = text.indexOf("\ufffd");
      if (at >= 0) doubtful.push({ path, line: lineAt(text, at) });
      const united = withSidesUnited(note);
      if (united.frontmatter.kind === "malformed" && describePattern(path, united).kind === "unusable")
        broken.add(path);
      return readCheckedPattern(united);
    },
  });
  const { unusable, warnings } = await reader.sweep({ onProgress });
  for (const { path, size, why } of unusable) {
    findings.push({ code: size > MAX_NOTE_BYTES ? "note.large" : "file.skipped", path, message: why, line: null });
  }
  for (const warning of warnings) {
    // Warnings end in a full stop, and name the file themselves.
    findings.push({ code: "file.skipped", path: "", message: warning.replace(/\.$/, ""), line: null });
  }
  const patterns = [...reader.notes.values()].flatMap(({ kept }) => kept ?? []);
  patterns.sort((a, b) => compareText(a.path, b.path));
  return { listing: reader.listing, settings: reader.settings, findings, lines, patterns, doubtful, unusable: broken };
}

async function checkEncoding(store: ReadStore, doubtful: ReadNotes["doubtful"]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { path, line } of doubtful) {
    const read = await store.read(path);
    if (read.kind !== "ok" || isUtf8(read.bytes)) continue;
    findings.push({ code: "note.encoding", path, message: "it holds bytes that are not valid UTF-8", line });
  }
  return findings;
}

async function readTypes(store: ReadStore): Promise<ReadonlyMap<string, string>> {
  const read = await store.read(TYPES_PATH);
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
  for (const path of [...others, ...SETTING_PATHS]) {
    const isCanvas = /\.canvas$/i.test(path);
    const isBase = /\.base$/i.test(path);
    if (!isCanvas && !isBase && !SETTING_PATHS.includes(path)) continue;
    const read = await store.read(path);
    if (read.kind === "unusable") findings.push({ code: "file.skipped", path, message: read.why, line: null });
    if (read.kind !== "ok") continue;
    const conflicts = checkMarkers(path, read.text);
    if (conflicts.length > 0) findings.push(...conflicts);
    else if (isCanvas) findings.push(...checkCanvasFile(path, read.text, (file) => there.has(foldName(file))));
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
    const { severity, hint: general } = PROBLEM_KINDS[code];
    return { code, severity, message, hint: hint ?? general, file: join(dir, path), line };
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
