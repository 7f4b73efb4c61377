/**
 * A note as the program sees it: its text, its frontmatter, and the one section that is generated, between the lines
 * `%% pleach:start %%` and `%% pleach:end %%`. Pure; reading and writing files is the store's.
 */
import { type Frontmatter, readFrontmatter } from "./frontmatter.ts";
import { type HeadingLine, readHeadings } from "./headings.ts";

/** The line that opens the generated section of a note. */
export const SECTION_START = "%% pleach:start %%";
/** The line that closes it. */
export const SECTION_END = "%% pleach:end %%";

export interface Note {
  /** Relative to the vault, with `/`. */
  path: string;
  text: string;
  frontmatter: Frontmatter;
}

export type GeneratedSection =
  | { kind: "ok"; from: number; to: number; text: string }
  /** `absent`: a person took it out. `ambiguous`: more than one opening or closing line. */
  | { kind: "absent" }
  | { kind: "ambiguous" };

/** Reads a note's text; never throws, whatever the text. */
export function parseNote(path: string, text: string): Note {
  return { path, text, frontmatter: readFrontmatter(text) };
}

/** The note's file name without folder and `.md`: what a link to it says. */
export function basenameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.md$/i, "");
}

/** A property as text; undefined when it is absent or not a scalar. */
export function textProperty(note: Note, key: string): string | undefined {
  if (note.frontmatter.kind !== "ok") return undefined;
  const value = note.frontmatter.values.get(key);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

/** A property as a count; 0 when it is absent or no finite number. */
export function numberProperty(note: Note, key: string): number {
  const value = note.frontmatter.kind === "ok" ? note.frontmatter.values.get(key) : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A property as a list of texts; a single text is a list of one, anything else is left out. */
export function listProperty(note: Note, key: string): string[] {
  const value = note.frontmatter.kind === "ok" ? note.frontmatter.values.get(key) : undefined;
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.filter((item): item is string => typeof item === "string");
}

/** The text under the frontmatter. */
export function bodyOf(note: Note): string {
  return note.text.slice(note.frontmatter.bodyAt);
}

/** The note's title: property `title`, else its first heading of level one, else its file name. */
export function titleOf(note: Note): string {
  return titleWith(note, () => readHeadings(note.text, note.frontmatter.bodyAt));
}

/** As `titleOf`, with headings that somebody has read already. */
export function titleWith(note: Note, headings: () => readonly HeadingLine[]): string {
  const named = textProperty(note, "title")?.trim();
  if (named) return named;
  return headings().find(({ level, text }) => level === 1 && text !== "")?.text ?? basenameOf(note.path);
}

/** What stands between the two lines, exclusive. */
export function findGeneratedSection(note: Note): GeneratedSection {
  const starts = findLines(note, SECTION_START);
  const ends = findLines(note, SECTION_END);
  const [start, end] = [starts[0], ends[0]];
  if (starts.length > 1 || ends.length > 1) return { kind: "ambiguous" };
  if (start === undefined || end === undefined || end.from < start.to) return { kind: "absent" };
  return { kind: "ok", from: start.to, to: end.from, text: note.text.slice(start.to, end.from) };
}

/** The note's text with the generated section replaced, in the note's own line ends; undefined when there is none. */
export function spliceGeneratedSection(note: Note, content: string): string | undefined {
  const section = findGeneratedSection(note);
  if (section.kind !== "ok") return undefined;
  const eol = note.text.slice(0, section.from).endsWith("\r\n") ? "\r\n" : "\n";
  return note.text.slice(0, section.from) + content.replaceAll("\n", eol) + note.text.slice(section.to);
}

function findLines(note: Note, marker: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (let at = note.text.indexOf(marker, note.frontmatter.bodyAt); at >= 0; at = note.text.indexOf(marker, at + 1)) {
    const startsLine = at === note.frontmatter.bodyAt || note.text[at - 1] === "\n";
    const rest = /^[ \t]*\r?(?:\n|$)/.exec(note.text.slice(at + marker.length, at + marker.length + 100));
    if (startsLine && rest !== null) found.push({ from: at, to: at + marker.length + rest[0].length });
  }
  return found;
}

/** A property as it is written; undefined where that cannot be told from a line. */
function writtenScalar({ frontmatter }: Note, key: string): string | undefined {
  if (frontmatter.kind !== "ok") return undefined;
  const line = frontmatter.yaml.split("\n").find((each) => each.startsWith(`${key}:`));
  return /^[^:]+:[ \t]*([^\s#"'&!*|>{[]\S*)/.exec(line ?? "")?.[1];
}

/** The id that predictions and runs name a pattern by: its property `id`, else its file name. */
export function idOf(note: Note): string {
  const value = note.frontmatter.kind === "ok" ? note.frontmatter.values.get("id") : undefined;
  // As numbers `010` and `10`, `1.10` and `1.1` would be one.
  const written = typeof value === "number" ? writtenScalar(note, "id") : undefined;
  return (written ?? textProperty(note, "id"))?.trim() || basenameOf(note.path);
}
