/** The notes of a vault that pages are made from, with what pages say of them: patterns, runs, insights. */
import { listZettels, type ZettelReader } from "../library/zettel-reader.ts";
import { foldName } from "../links/file-names.ts";
import { basenameOf, idOf, listProperty, type Note, numberProperty, textProperty, titleOf } from "../notes/note.ts";
import { isOwnZettel } from "../notes/zettel.ts";
import { namesIn } from "../patterns/labels.ts";
import { toPlainLine } from "../text/untrusted.ts";

export interface Zettel {
  type: "pattern" | "run" | "insight";
  path: string;
  /** File name without ending. */
  name: string;
  id: string;
  title: string;
  tags: string[];
  status: string;
  support: number;
  isPinned: boolean;
  /** Gates that a pattern concerns. */
  gates: string[];
  outcome: string;
  stream: string;
  /** Date, or date and time; empty when there is none. */
  started: string;
}

export interface VaultContents {
  zettels: Zettel[];
  /** Paths of the bases. */
  bases: ReadonlySet<string>;
  /** Paths of the runs' canvases, by the id of the run's note. */
  canvases: Map<string, string>;
  /** Paths of all notes by their names without ending, written as file systems compare them that know no case. */
  names: ReadonlyMap<string, string>;
}

/** The vault's patterns, runs and insights, by path, and its other files. What cannot be read is left out. */
export function readContents(reader: ZettelReader): VaultContents {
  const { entries, others } = reader.listing;
  const names = new Map<string, string>();
  for (const { path } of entries) {
    const name = foldName(basenameOf(path));
    if (!names.has(name)) names.set(name, path);
  }
  const zettels = listZettels(reader).flatMap((note) => describeZettel(note) ?? []);
  const canvases = new Map<string, string>();
  for (const path of others) {
    const id = /(?:^|\/)(\d{14}-[0-9a-z]{4})\b[^/]*\.canvas$/i.exec(path)?.[1];
    if (id !== undefined && !canvases.has(id)) canvases.set(id, path);
  }
  return { zettels, bases: new Set(others.filter((path) => /\.base$/i.test(path))), canvases, names };
}

/** What pages say of a note; undefined when it is none of these types. */
export function describeZettel(note: Note): Zettel | undefined {
  if (note.frontmatter.kind === "malformed") return undefined;
  const named = textProperty(note, "type");
  const type = named ?? (note.path.startsWith("patterns/") ? "pattern" : undefined);
  if (type !== "pattern" && type !== "run" && type !== "insight") return undefined;
  if (type !== "pattern" && !isOwnZettel(note)) return undefined;
  return {
    type,
    path: note.path,
    name: basenameOf(note.path),
    id: idOf(note),
    title: toPlainLine(titleOf(note), 140),
    tags: listProperty(note, "tags").map((tag) => toPlainLine(tag.replace(/^#/, ""), 80)),
    status: (textProperty(note, "status") ?? "").trim().toLowerCase(),
    support: numberProperty(note, "support"),
    isPinned: textProperty(note, "pinned") === "true",
    gates: [...new Set(namesIn(listProperty(note, "applies_when"), "gate"))],
    outcome: (textProperty(note, "outcome") ?? "").trim(),
    stream: toPlainLine(textProperty(note, "stream") ?? "", 80),
    started: textProperty(note, "started") ?? textProperty(note, "date") ?? "",
  };
}
