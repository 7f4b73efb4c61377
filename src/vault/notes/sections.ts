/**
 * Edits of a note's sections, byte-exact around them. A section reaches from its heading to the next one that is not
 * deeper; only headings that stand in no list, quote, code or comment count. An edit splices text, then the result is
 * read again: when a heading outside the section is no longer what it was (an open fence would swallow it), the edit is
 * refused and nothing happens.
 */
import type { Splice } from "./frontmatter.ts";
import { type Note, parseNote } from "./note.ts";
import { type Heading, readStructure } from "./structure.ts";
import { headingKey } from "./wikilink.ts";

/** A heading's text, or the texts of headings from the outside in. */
export type HeadingPath = string | readonly string[];

export type FoundSection =
  /** `text` stands between `from` and `to` and begins with the end of the heading's line, if that has one. */
  | { kind: "ok"; heading: Heading; from: number; to: number; text: string }
  | { kind: "absent" }
  /** Several headings fit. */
  | { kind: "ambiguous" };

/**
 * Finds a section by its heading; case and punctuation do not matter.
 * @public `npm run vault:exact` and the tests compare with it what an edit changes.
 */
export function findHeadingSection(note: Note, path: HeadingPath): FoundSection {
  return findIn(note, readStructure(note).headings, path);
}

/**
 * Replaces what stands under a heading, the sections inside it included; the heading stays. A text that begins with a
 * line end is taken as it is, so that the text of a found section puts back what was there; any other is set between
 * empty lines, and takes over the note's line ends unless it has carriage returns of its own.
 */
export function replaceSection(note: Note, path: HeadingPath, text: string): Splice {
  const { headings } = readStructure(note);
  const section = findIn(note, headings, path);
  if (section.kind !== "ok") return refuse(section.kind, path);
  if (text === section.text) return { kind: "ok", text: note.text };
  return splice(note, headings, section.heading.level, section.from, section.to, frame(note, section, text));
}

function findIn(note: Note, headings: readonly Heading[], path: HeadingPath): FoundSection {
  const wanted = (typeof path === "string" ? [path] : path).map(headingKey);
  const enclosing: Heading[] = [];
  const fitting: number[] = [];
  for (const [index, heading] of headings.entries()) {
    while ((enclosing.at(-1)?.level ?? 0) >= heading.level) enclosing.pop();
    enclosing.push(heading);
    if (endsIn(enclosing, wanted)) fitting.push(index);
  }
  const [at, another] = fitting;
  const heading = at === undefined ? undefined : headings[at];
  if (at === undefined || heading === undefined) return { kind: "absent" };
  if (another !== undefined) return { kind: "ambiguous" };
  const from = endOfLine(note.text, heading.end);
  const to = headings.slice(at + 1).find((next) => next.level <= heading.level)?.at;
  const end = to === undefined ? note.text.length : startOfLine(note.text, to);
  return { kind: "ok", heading, from, to: end, text: note.text.slice(from, end) };
}

/** Whether the innermost heading is the last one wanted, and the others enclose it in order. */
function endsIn(enclosing: readonly Heading[], wanted: readonly string[]): boolean {
  const last = enclosing.at(-1);
  if (last === undefined || wanted.length === 0 || headingKey(last.text) !== wanted.at(-1)) return false;
  let found = 0;
  for (const heading of enclosing.slice(0, -1)) if (headingKey(heading.text) === wanted[found]) found += 1;
  return found >= wanted.length - 1;
}

function refuse(kind: "absent" | "ambiguous", path: HeadingPath): Splice {
  const named = (typeof path === "string" ? [path] : path).join("#");
  return {
    kind: "refused",
    why: kind === "absent" ? `it has no heading "${named}"` : `several headings are "${named}"`,
  };
}

/**
 * Text that begins with a line end is taken as it is; other text gets empty lines around it, and the note's line ends.
 */
function frame(note: Note, section: { to: number }, text: string): string {
  const isLast = section.to === note.text.length;
  if (text === "" || /^\r?\n/.test(text)) return isLast || text.endsWith("\n") ? text : text + eolOf(note);
  return withLineEnds(note, `\n\n${text}${text.endsWith("\n") ? "" : isLast ? "\n" : "\n\n"}`);
}

/** Puts text in place of what stands between two offsets; its headings have to be deeper than `level`. */
function splice(
  note: Note,
  headings: readonly Heading[],
  level: number,
  from: number,
  to: number,
  added: string,
): Splice {
  const text = note.text.slice(0, from) + added + note.text.slice(to);
  const after = readStructure(parseNote(note.path, text)).headings;
  const grown = text.length - note.text.length;
  const before = headings.filter((heading) => heading.end <= from);
  const behind = headings.filter((heading) => heading.at >= to).map((heading) => describe(heading, grown));
  const isWhole =
    after.length >= before.length + behind.length &&
    before.every((heading, at) => isSame(describe(heading, 0), describe(after[at], 0))) &&
    behind.every((heading, at) => isSame(heading, describe(after[after.length - behind.length + at], 0)));
  if (!isWhole) return { kind: "refused", why: "the text would change what stands around it" };
  const isInside = (heading: Heading) => heading.at >= from && heading.at < from + added.length;
  return after.some((heading) => isInside(heading) && heading.level <= level)
    ? { kind: "refused", why: "the text has a heading that would end the section" }
    : { kind: "ok", text };
}

type Described = Pick<Heading, "level" | "text" | "at"> | undefined;

function describe(heading: Heading | undefined, moved: number): Described {
  return heading && { level: heading.level, text: heading.text, at: heading.at + moved };
}

function isSame(a: Described, b: Described): boolean {
  return a?.level === b?.level && a?.text === b?.text && a?.at === b?.at;
}

function eolOf(note: Note): string {
  return /\r?\n/.exec(note.text)?.[0] ?? "\n";
}

function withLineEnds(note: Note, text: string): string {
  return text.includes("\r") ? text : text.replaceAll("\n", eolOf(note));
}

/** Where the line ends that `at` stands in, before its line end. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" && end > at ? end - 1 : end;
}

function startOfLine(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}
