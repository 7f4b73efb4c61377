/**
 * A pattern's note that git brought together from two clones of a vault, each of which had learned from a run of its own.
 * The vault's `.gitattributes` have git keep the lines of both sides, so that nobody is asked: evidence is one line for each
 * run, and all of it is there. What stands in one line only (a count, a status) stands there twice, which is no YAML. Here
 * it is made one again; the next run that is learned writes it so, and counts anew from the evidence. Pure.
 */
import { readFrontmatter } from "../notes/frontmatter.ts";
import { type Note, parseNote } from "../notes/note.ts";
import { signatureLine } from "../notes/zettel.ts";

/** Of these the higher value is nearer to the evidence of both. */
const HIGHEST: ReadonlySet<string> = new Set(
  "confidence support successes failures predicted hits misses last_seen".split(" "),
);
/** What is judged anew from the evidence, unless a person said it. */
const JUDGED = ["status", "pleach_status", "retired_by"] as const;
/** The first of these that one side says: what is in use at one place is not to be missed at the other. */
const STATUSES = ["active", "candidate", "stale", "retired"];

/** Reads a note that may be a pattern, with each property once. */
export function parseUnited(path: string, text: string): Note {
  const note = parseNote(path, text);
  return note.frontmatter.kind === "malformed" ? withSidesUnited(note) : note;
}

/** The note with each property once; the same one where it is so already, or cannot be. */
export function withSidesUnited(note: Note): Note {
  const text = uniteSides(note.text);
  return text === note.text ? note : parseNote(note.path, text);
}

/** The note's text with each property once; as it is where nothing stands twice, or something that only a person can choose. */
function uniteSides(text: string): string {
  if (signatureLine(text) === undefined) return text;
  const frontmatter = readFrontmatter(text);
  if (frontmatter.kind !== "malformed") return text;
  const yamlAt = text.indexOf("\n") + 1;
  const closing = /^---[ \t]*\r?$/m.exec(text.slice(yamlAt));
  if (closing === null) return text;
  const united = uniteLines(text.slice(yamlAt, yamlAt + closing.index));
  if (united === undefined) return text;
  const whole = text.slice(0, yamlAt) + united + text.slice(yamlAt + closing.index);
  return readFrontmatter(whole).kind === "ok" ? whole : text;
}

function uniteLines(yaml: string): string | undefined {
  const lines = yaml.split("\n");
  const entries = lines.map((line) => /^([a-z_]+):(?: +(\S.*?))?\r?$/.exec(line));
  const values = new Map<string, string[]>();
  for (const [, key = "", value = ""] of entries.filter((entry) => entry !== null)) {
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const twice = [...values].filter(([, all]) => all.length > 1);
  const isJudged = (key: string): boolean => (JUDGED as readonly string[]).includes(key);
  if (twice.length === 0 || !twice.every(([key]) => HIGHEST.has(key) || isJudged(key))) return undefined;
  // What goes on in further lines is a person's.
  const isLonger = entries.some(
    (entry, at) => (values.get(entry?.[1] ?? "")?.length ?? 0) > 1 && /^[ \t-]/.test(lines[at + 1] ?? ""),
  );
  if (isLonger) return undefined;
  const chosen = new Map(twice.filter(([key]) => HIGHEST.has(key)).map(([key, all]) => [key, highest(all)]));
  if (twice.some(([key]) => isJudged(key))) for (const [key, value] of judge(values)) chosen.set(key, value);
  const told = new Set<string>();
  return lines
    .flatMap((line, at) => {
      const key = entries[at]?.[1] ?? "";
      const value = chosen.get(key);
      if (value === undefined) return [line];
      if (told.has(key)) return [];
      told.add(key);
      return [`${key}:${value === "" ? "" : ` ${value}`}${line.endsWith("\r") ? "\r" : ""}`];
    })
    .join("\n");
}

function highest(values: readonly string[]): string {
  const isNumber = values.every((value) => Number.isFinite(Number(value)));
  const sorted = [...values].sort((a, b) => (isNumber ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0));
  return sorted.at(-1) ?? "";
}

/** A status that a person set is the one that the program did not set last (LEARN-8). */
function judge(values: ReadonlyMap<string, readonly string[]>): [string, string][] {
  const [said = [], own = []] = [values.get("status"), values.get("pleach_status")];
  const byPerson = said.find((status) => !own.includes(status));
  const status = byPerson ?? STATUSES.find((one) => said.includes(one)) ?? said[0] ?? "";
  const ownStatus = byPerson === undefined ? status : (own[0] ?? "");
  return [
    ["status", status],
    ["pleach_status", ownStatus],
    ["retired_by", byPerson === undefined && status === "retired" ? "pleach" : ""],
  ];
}
