/**
 * How far a pattern is to be trusted, and what becomes of it. All of it follows from the note and the newest time that
 * the vault knows of, never from the clock, so that learning again, anywhere and at any time, gives the same.
 *
 *   candidate ──two runs, independently──> active ──half a year unseen──> stale ──seen──> active
 *   any of them ──predicted in vain, or a newer one says the same──> retired ──seen──> active
 *
 * LEARN-8 A status that a person set stays: one that is not what the program set last, or of a note that was reviewed. A
 *    pinned note is never made stale or retired.
 * LEARN-9 A trouble that is predicted and does not happen may have been prevented by that. Hence a pattern is retired only
 *    after several exposures in vain since it was last seen, and is in use again the first time that the trouble happens.
 */
import type { Value } from "../notes/frontmatter.ts";
import { listProperty, type Note, numberProperty, textProperty } from "../notes/note.ts";
import { countIndependent, MAX_OCCURRENCES, type PatternSection } from "../patterns/generated-section.ts";
import { kindOf } from "../patterns/kinds.ts";
import { kindNameOf } from "../patterns/labels.ts";

const DAY_MS = 86_400_000;
/** A quarter: by then much of a code base that is worked on has been touched. */
const HALF_LIFE_DAYS = 90;
/** Half-lives unseen. */
const STALE_AFTER_HALF_LIVES = 2;
/** One or two exposures in vain are chance, or the advice was heeded. */
const MAX_MISSED_EXPOSURES = 5;

interface Judged {
  properties: ReadonlyMap<string, Value>;
  /** Sentences, as markdown. */
  trustNotes: string[];
}

/** Whether a run of this name finds room in a list of the newest runs. */
export function isKept(run: string, runs: readonly string[]): boolean {
  return runs.length < MAX_OCCURRENCES || runs.some((other) => other <= run);
}

/** Whether the program may change a pattern's status (LEARN-8). */
function isOwnStatus(note: Note): boolean {
  if (textProperty(note, "reviewed")) return false;
  const status = textProperty(note, "status")?.trim().toLowerCase();
  const own = textProperty(note, "pleach_status");
  return own === undefined ? status === "candidate" || status === "active" : status === own;
}

/** Confidence, status and the sentences that explain them; `parts` are those of its section, if it has one. */
export function judge(
  note: Note,
  parts: PatternSection | undefined,
  { now, supersededBy }: { now: number; supersededBy: string | null },
): Judged {
  const unseen = halfLivesUnseen(note, now);
  const isPinned = textProperty(note, "pinned") === "true";
  const inVain = countMissedExposures(parts);
  const isVain = inVain >= MAX_MISSED_EXPOSURES;
  const runs = parts === undefined ? listProperty(note, "evidence").length : countIndependent(parts);
  const settled = runs >= 2 || kindOf(kindNameOf(note) ?? "").isFigures ? "active" : "candidate";
  const isRetired = isVain || supersededBy !== null;
  const status = isPinned ? settled : isRetired ? "retired" : unseen >= STALE_AFTER_HALF_LIVES ? "stale" : settled;
  const properties = new Map<string, Value>();
  const confidence = baseConfidence(note, runs) * (isPinned ? 1 : 0.5 ** unseen);
  properties.set("confidence", Math.round(confidence * 100) / 100);
  const isOwn = isOwnStatus(note);
  if (isOwn) {
    properties.set("status", status);
    properties.set("pleach_status", status);
    properties.set("retired_by", status === "retired" ? "pleach" : null);
  }
  const why = isVain
    ? `predicted for ${inVain} tasks since it was last seen, and happened in none of them`
    : `[[${supersededBy}]] says as much, and is newer`;
  return {
    properties,
    trustNotes: [
      ...tellEvidence(note, parts),
      ...(isOwn && status === "retired"
        ? [`Retired by pleach: ${why}. It is used again when the trouble happens.`]
        : []),
      ...(isOwn && status === "stale" ? [`Stale: not seen for ${unseen * HALF_LIFE_DAYS} days.`] : []),
      ...listProperty(note, "supersedes").map((link) => `Takes the place of ${link}.`),
      ...listProperty(note, "contradicts").map(
        (link) => `Contradicts ${link}: both cannot be right about the same trouble.`,
      ),
    ].filter((line) => !line.includes("\n")),
  };
}

function tellEvidence(note: Note, parts: PatternSection | undefined): string[] {
  const [newest] = parts?.occurrences.slice(-1) ?? [];
  const count = parts?.occurrences.length ?? 0;
  const predicted = numberProperty(note, "predicted");
  return [
    ...(newest === undefined ? [] : [`Seen in ${count} ${count === 1 ? "run" : "runs"}, last in [[${newest.run}]].`]),
    ...(predicted === 0
      ? []
      : [
          `Predicted for ${predicted === 1 ? "one task" : `${predicted} tasks`}, and happened in ${numberProperty(note, "hits")}.`,
        ]),
  ];
}

/** Tasks that it was shown for in vain, in runs after the last one that saw it. */
function countMissedExposures(parts: PatternSection | undefined): number {
  const last = parts?.occurrences.at(-1)?.run ?? "";
  return (parts?.exposures ?? [])
    .filter(({ run }) => run > last)
    .reduce((sum, { shown, happened }) => sum + shown - happened, 0);
}

/**
 * How likely it is true, by Laplace's rule of succession: seen against predicted in vain; of files that change
 * together, together against alone; of what agents noted, how many runs have confirmed it since.
 */
function baseConfidence(note: Note, runs: number): number {
  const kind = kindOf(kindNameOf(note) ?? "");
  const support = numberProperty(note, "support");
  if (kind.tiedBy === "group") return (numberProperty(note, "successes") + 1) / (support + 2);
  if (kind.isClaim) return Math.max(1, runs) / (Math.max(1, runs) + 2);
  return (support + 1) / (support + numberProperty(note, "misses") + 2);
}

/** Half-lives between the last time it was seen and now. */
function halfLivesUnseen(note: Note, now: number): number {
  const seen = readTime(textProperty(note, "last_seen"));
  return seen === undefined ? 0 : Math.max(0, Math.floor((now - seen) / (HALF_LIFE_DAYS * DAY_MS)));
}

/** A date or a date with time as Obsidian writes them, in UTC, ms; undefined for anything else. */
export function readTime(text: string | undefined): number | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/.exec(text?.trim() ?? "");
  if (found === null) return undefined;
  const ms = Date.parse(`${found[1]}T${found[2] ?? "00:00"}Z`);
  return Number.isFinite(ms) ? ms : undefined;
}
