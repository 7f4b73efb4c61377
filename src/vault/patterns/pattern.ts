/**
 * A pattern as matching needs it, read from its note: one that the program wrote, any note that a person put into
 * `patterns/` or gave the type `pattern`, and a solution of the compound-engineering plugin (a note that says its
 * `problem_type`). Pure.
 */
import { normalizeText } from "../../terminal-text/index.ts";
import {
  basenameOf,
  bodyOf,
  findGeneratedSection,
  idOf,
  listProperty,
  type Note,
  numberProperty,
  SECTION_END,
  SECTION_START,
  textProperty,
  titleOf,
} from "../notes/note.ts";
import { isTemplate } from "../notes/placeholders.ts";
import { toPlainLine } from "../text/untrusted.ts";
import { type PatternSection, readGeneratedSection } from "./generated-section.ts";
import { kindOf, type PatternKind } from "./kinds.ts";
import { kindNameOf, namesIn, taskTitlesIn } from "./labels.ts";
import { type GlobStart, readGlobStart } from "./scope-overlap.ts";

/** What speaks for a pattern. `unconfirmed`: one agent's word, and no run or person that bears it out. */
export type PatternStatus = "active" | "candidate" | "stale" | "unconfirmed";

export interface PatternEvidence {
  support: number;
  successes: number;
  failures: number;
  lastSeen: string | null;
  /** Names of the runs' notes. */
  runs: string[];
}

export interface Pattern {
  id: string;
  path: string;
  title: string;
  kind: string;
  status: PatternStatus;
  isPinned: boolean;
  /** Hashes of the failures that it is about (see `signatureOf`). */
  signatures: string[];
  /** Messages that it is about, in words. */
  symptoms: string[];
  scope: GlobStart[];
  gates: string[];
  streams: string[];
  agents: string[];
  /** Titles of tasks that had it, normalised by `toKey`. */
  tasks: string[];
  evidence: PatternEvidence;
  /** Different tasks that had it: the same one in run after run is one. A person's count stands as it is. */
  taskCount: number;
  /** From 0 to 1, as the note says; null when it says nothing. */
  confidence: number | null;
  /** How often the trouble happened to a task that it was shown for, and how often it did not. */
  predictions: { hits: number; misses: number };
  advice: string;
  fields: { title: string; when: string; scope: string; body: string };
}

export type Described =
  | { kind: "pattern"; pattern: Pattern }
  /** A person, or the program, took it out of use; a copy of it in another vault is out of use as well. */
  | { kind: "retired"; id: string }
  | { kind: "none" }
  | { kind: "unusable"; why: string };

const MAX_BODY_CHARS = 20_000;
/** Frontmatter stands at the beginning; longer one is not read. */
const MAX_HEAD_CHARS = 100_000;
/** By this line a note outside the folder of patterns says that it is one. */
const PATTERN_LINE = /^(?:["']?type["']?:.*\bpattern\b|["']?problem_type["']?:)/m;

/** Whether a note's text may be a pattern's, judged without reading its YAML: most notes of a vault are none. */
export function mayBePattern(path: string, text: string): boolean {
  return path.startsWith("patterns/") || PATTERN_LINE.test(text.slice(0, MAX_HEAD_CHARS));
}

/** Reads a pattern from a note. `path` is what a person would open. */
export function describePattern(path: string, note: Note): Described {
  if (isTemplate(note)) return { kind: "none" };
  const isInFolder = note.path.startsWith("patterns/");
  if (note.frontmatter.kind === "malformed") {
    // What its lines say it is stays untold, which nobody would notice.
    const isMeant =
      isInFolder || PATTERN_LINE.test(note.text.slice(0, note.frontmatter.bodyAt).slice(0, MAX_HEAD_CHARS));
    return isMeant ? { kind: "unusable", why: `${path} was skipped: ${note.frontmatter.why}.` } : { kind: "none" };
  }
  const type = textProperty(note, "type");
  const isSolution = type === undefined && textProperty(note, "problem_type") !== undefined;
  if (type !== "pattern" && !(isInFolder && type === undefined) && !isSolution) return { kind: "none" };
  const id = toPlainLine(idOf(note), 200);
  const status = textProperty(note, "status")?.trim().toLowerCase();
  if (status === "retired") return { kind: "retired", id };
  const tags = listProperty(note, "tags").map((tag) => tag.replace(/^#/, ""));
  const kind = kindNameOf(note) ?? "";
  const symptoms = listProperty(note, "symptoms");
  const when = [...listProperty(note, "applies_when"), ...symptoms, ...listProperty(note, "aliases")];
  const section = findGeneratedSection(note);
  const parts = section.kind === "ok" ? readGeneratedSection(section.text) : undefined;
  const seenIn = parts?.occurrences.map((occurrence) => occurrence.about) ?? [];
  const scope = listProperty(note, "scope")
    .map((glob) => glob.trim())
    .filter(Boolean);
  const title = toPlainLine(titleOf(note), 200);
  const labels = ["module", "component", "category"].map((key) => textProperty(note, key) ?? "");
  return {
    kind: "pattern",
    pattern: {
      id,
      path,
      title,
      kind,
      status: statusOf(note, status, kindOf(kind)),
      isPinned: textProperty(note, "pinned") === "true",
      signatures: [textProperty(note, "signature") ?? "", ...listProperty(note, "signatures")].filter(Boolean),
      symptoms: [title, ...symptoms],
      scope: scope.map(readGlobStart),
      gates: namesIn(when, "gate"),
      streams: namesIn(when, "stream"),
      agents: namesIn(when, "agent"),
      tasks: taskTitlesIn(when).flatMap((title) => toKey(title) || []),
      evidence: {
        support: Math.max(0, numberProperty(note, "support")),
        successes: numberProperty(note, "successes"),
        failures: numberProperty(note, "failures"),
        lastSeen: textProperty(note, "last_seen") ?? textProperty(note, "date") ?? null,
        runs: listProperty(note, "evidence").map((link) => toPlainLine(targetOf(link), 200)),
      },
      taskCount: countTasks(note, parts, taskTitlesIn(when)),
      confidence: textProperty(note, "confidence") === undefined ? null : numberProperty(note, "confidence"),
      predictions: {
        hits: Math.max(0, numberProperty(note, "hits")),
        misses: Math.max(0, numberProperty(note, "misses")),
      },
      advice: adviceOf(note, kindOf(kind), parts),
      fields: {
        title,
        when: [
          ...when,
          // What a person calls a file says what it is about, whatever its first heading.
          ...(parts === undefined ? [basenameOf(note.path)] : []),
          ...tags.filter((tag) => tag.startsWith("area/")),
          ...(isSolution ? [...labels, ...tags] : []),
          ...seenIn,
        ].join("\n"),
        scope: scope.join("\n"),
        body: (parts === undefined
          ? bodyOf(note)
          : `${parts.head}\n${parts.fixes.join("\n")}\n${personsText(note)}`
        ).slice(0, MAX_BODY_CHARS),
      },
    },
  };
}

/** A run counts each of its tasks once, so that the most of one run is as many at least. */
function countTasks(note: Note, parts: PatternSection | undefined, titles: readonly string[]): number {
  if (parts === undefined || parts.occurrences.length === 0) return numberProperty(note, "support");
  const ofRuns = parts.occurrences.map(({ seen }) => seen);
  return Math.max(new Set(titles.flatMap((title) => toKey(title) || [])).size, ...ofRuns);
}

/** A title as it is compared: letters and digits only. */
export function toKey(title: string): string {
  return (
    normalizeText(title)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(" ");
}

/** What a link names, without the part of a note, and its text. */
function targetOf(link: string): string {
  const inner = link.startsWith("[[") ? link.slice(2) : link;
  return inner.endsWith("]]") ? (/^[^|#]*/.exec(inner.slice(0, -2))?.[0] ?? "") : inner;
}

/** A note without a status is a person's: it counts as they wrote it. */
function statusOf(note: Note, status: string | undefined, kind: PatternKind): PatternStatus {
  if (status === "stale") return "stale";
  if (status !== "candidate") return "active";
  const isReviewed = (textProperty(note, "reviewed") ?? "") !== "" || textProperty(note, "pinned") === "true";
  return kind.isClaim && !isReviewed ? "unconfirmed" : "candidate";
}

const MAX_ADVICE_CHARS = 300;

/** Headings under which solutions of other programs, and people, say what to do; the first of these that there is. */
const SOLUTION_HEADINGS =
  /^#{2,4}[ \t]+(?:the )?(?:(?:solution|resolution|fix|guidance|prevention)[ \t]*(?::[ \t]*)?$|what (?:fixed|worked|to do)\b.*)/im;

/**
 * What a note says to do, as one line: a person's words come first, then what fixed it. `section` is what the program
 * wrote of it, what helped most first.
 */
function adviceOf(
  note: Note,
  kind: PatternKind,
  section: Pick<PatternSection, "advice" | "fixes"> | undefined,
): string {
  const text = personsText(note);
  const written = textProperty(note, "advice") ?? firstLine(underSolution(text) ?? text);
  const [known, fix] = [section?.advice[0], section?.fixes[0]];
  const parts = [
    written,
    plain(known ?? ""),
    fix === undefined ? "" : `${isVain(fix) ? "Tried in vain" : "Fixed by"}: ${plain(fix)}`,
  ];
  const advice = parts.filter((part) => part !== "").join(" · ");
  if (advice !== "") return toPlainLine(advice, MAX_ADVICE_CHARS);
  // What an agent noted is all that there is to be said.
  if (kind.comparedBy === "statement") return toPlainLine(listProperty(note, "symptoms")[0] ?? "", MAX_ADVICE_CHARS);
  return kind.usualAdvice ?? "No fix is known yet.";
}

/** Whether a way that was tried (see `generated-section.ts`) never helped. */
function isVain(fix: string): boolean {
  return /: helped 0 of \d+/.test(fix);
}

/** Backslashes guard markdown in the note; a screen shows plain text. */
function plain(markdown: string): string {
  return markdown.replace(/\\([\\`*_~=#[\]<>|^!$&])/g, "$1");
}

/** The body without the generated section, headings, comments and the title. */
function personsText(note: Note): string {
  const section = findGeneratedSection(note);
  const text =
    section.kind === "ok"
      ? `${note.text.slice(note.frontmatter.bodyAt, section.from)}\n${note.text.slice(section.to)}`
      : bodyOf(note);
  return text
    .replaceAll(SECTION_START, "")
    .replaceAll(SECTION_END, "")
    .replace(/%%[\s\S]*?%%/g, "");
}

function underSolution(text: string): string | undefined {
  const found = SOLUTION_HEADINGS.exec(text);
  if (found === null) return undefined;
  const under = text.slice(found.index + found[0].length);
  return firstLine(under) === "" ? undefined : under;
}

function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !/^(?:#{1,6}\s|---|```|~~~|>|%%)/.test(line) && /\p{L}/u.test(line)) ?? "";
}
