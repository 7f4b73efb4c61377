/**
 * The maps of content that the program keeps: patterns by area, by gate and by kind, runs by month, insights by
 * stream. Each is a note with one section of the program's; what a person writes around it stays. They link only to
 * notes that exist, leave out patterns that are retired, and stay small. Pure.
 */
import { renderProperty } from "../notes/frontmatter.ts";
import { SECTION_END, SECTION_START } from "../notes/note.ts";
import { linkTo } from "../text/link-to.ts";
import { toInline } from "../text/untrusted.ts";
import type { VaultContents, Zettel } from "./zettels.ts";

export interface MapNote {
  path: string;
  title: string;
  /** The program's section. */
  section: string;
  /** Whether it lists anything. */
  isNeeded: boolean;
}

const MAX_GROUPS = 48;
const MAX_ENTRIES = 40;
const NOTHING = "Nothing yet.";

interface Entry {
  group: string;
  line: string;
}

/** The maps, in a fixed order. */
export function renderMaps({ zettels, bases, canvases }: Omit<VaultContents, "names">): MapNote[] {
  const patterns = zettels.filter(({ type, status }) => type === "pattern" && status !== "retired").sort(byWeight);
  const insights = zettels.filter(({ type }) => type === "insight").sort(newestFirst);
  const runs = zettels.filter(({ type }) => type === "run").sort(newestFirst);
  const name = nameIn(zettels);
  const more = (base: string): string => (bases.has(`bases/${base}.base`) ? `[[${base}.base]]` : "the vault");
  const group = (items: readonly Zettel[], groupsOf: (item: Zettel) => string[], lineOf: (item: Zettel) => string) =>
    items.flatMap((item) => groupsOf(item).map((title): Entry => ({ group: title, line: lineOf(item) })));
  const pattern = (item: Zettel): string => lineOfPattern(item, name(item));
  return [
    makeMap("Patterns by area", group(patterns, areasOf, pattern), more("Patterns"), sortText),
    makeMap(
      "Patterns by gate",
      group(patterns, ({ gates }) => gates, pattern),
      more("Patterns"),
      sortText,
    ),
    makeMap("Patterns by kind", group(patterns, kindsOf, pattern), more("Patterns"), sortText),
    makeMap(
      "Runs by month",
      group(runs, monthOf, (run) => lineOfRun(run, name(run), canvases.get(run.id))),
      more("Runs"),
      sortBack,
    ),
    makeMap(
      "Insights by stream",
      group(
        insights,
        ({ stream }) => [stream || NO_STREAM],
        (item) => `- ${dayOf(item)}${linkTo(name(item), item.title)}`,
      ),
      more("Insights"),
      sortText,
    ),
  ];
}

/** A new map's note. */
export function renderMapNote({ title, section }: Pick<MapNote, "title" | "section">): string {
  const properties = [
    renderProperty("type", "map"),
    renderProperty("title", title),
    renderProperty("tags", ["zettel/map"]),
  ];
  return `---\n${properties.join("")}---\n# ${title}\n\n${SECTION_START}\n${section}${SECTION_END}\n`;
}

const ELSEWHERE = "Elsewhere";
const OTHER_KINDS = "Other";
const NO_STREAM = "No stream";

function makeMap(
  title: string,
  entries: readonly Entry[],
  rest: string,
  order: (a: string, b: string) => number,
): MapNote {
  const groups = new Map<string, string[]>();
  for (const { group, line } of entries) {
    const lines = groups.get(group) ?? [];
    lines.push(line);
    groups.set(group, lines);
  }
  const names = [...groups.keys()].sort(order);
  const shown = names.slice(0, MAX_GROUPS).flatMap((name) => {
    const lines = groups.get(name) ?? [];
    const left = lines.length - MAX_ENTRIES;
    const more = left > 0 ? [`- and ${left} more in ${rest}`] : [];
    return ["", `### ${toInline(name, 80)}`, "", ...lines.slice(0, MAX_ENTRIES), ...more];
  });
  const left = names.length - MAX_GROUPS;
  if (left > 0) shown.push("", `And ${left} more groups in ${rest}.`);
  const section = `${(shown.length === 0 ? [NOTHING] : shown.slice(1)).join("\n")}\n`;
  return { path: `maps/${title}.md`, title, section, isNeeded: entries.length > 0 };
}

function lineOfPattern({ title, status, support, isPinned }: Zettel, name: string): string {
  const seen = support === 0 ? "" : `, seen ${support} time${support === 1 ? "" : "s"}`;
  return `- ${linkTo(name, title)} (${toInline(status || "active", 20)}${isPinned ? ", pinned" : ""}${seen})`;
}

function lineOfRun(run: Zettel, name: string, canvas: string | undefined): string {
  const drawing = canvas === undefined ? "" : `, ${linkTo(canvas, "canvas")}`;
  return `- ${timeOf(run)}${linkTo(name, run.title)} (${toInline(run.outcome || "no outcome", 20)})${drawing}`;
}

function dayOf({ started }: Zettel): string {
  return started === "" ? "" : `${toInline(started.slice(0, 10), 10)} `;
}

/** Runs of one goal and day are told apart by the hour. */
function timeOf({ started }: Zettel): string {
  return started === "" ? "" : `${toInline(started.slice(0, 16).replace("T", " "), 16)} `;
}

function areasOf({ tags }: Zettel): string[] {
  return tagged(tags, "area/", ELSEWHERE);
}

function kindsOf({ tags }: Zettel): string[] {
  return tagged(tags, "kind/", OTHER_KINDS);
}

function tagged(tags: readonly string[], prefix: string, none: string): string[] {
  const found = tags.filter((tag) => tag.toLowerCase().startsWith(prefix)).map((tag) => tag.slice(prefix.length));
  return found.length === 0 ? [none] : [...new Set(found)];
}

function monthOf({ started }: Zettel): string[] {
  return [/^\d{4}-\d{2}/.exec(started)?.[0] ?? "Without a date"];
}

/** A note's name, or its path where the name alone would be ambiguous. */
function nameIn(zettels: readonly Zettel[]): (zettel: Zettel) => string {
  const counts = new Map<string, number>();
  for (const { name } of zettels) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return ({ name, path }) => ((counts.get(name.toLowerCase()) ?? 0) > 1 ? path.replace(/\.md$/i, "") : name);
}

/** Pinned ones first, then those with the most support. */
function byWeight(a: Zettel, b: Zettel): number {
  return Number(b.isPinned) - Number(a.isPinned) || b.support - a.support || sortText(a.path, b.path);
}

function newestFirst(a: Zettel, b: Zettel): number {
  return sortBack(a.started, b.started) || sortBack(a.name, b.name) || sortText(a.path, b.path);
}

/** By code units, so that the order is the same on every machine; groups of what has none come last. */
function sortText(a: string, b: string): number {
  const isLast = (text: string): boolean => text === ELSEWHERE || text === OTHER_KINDS || text === NO_STREAM;
  return Number(isLast(a)) - Number(isLast(b)) || (a < b ? -1 : a > b ? 1 : 0);
}

function sortBack(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}
