/**
 * The links of one vault, kept up to date note by note. Nothing that follows from the notes is stored but as a memory
 * of what was asked for, and a change forgets what it may have changed:
 *
 * LINKS-1 How a link resolves depends only on the files that bear the name it ends in. So a file that comes, goes or
 *    changes concerns only the notes with a link that ends in one of its names, and those are found by that name.
 * LINKS-2 Backlinks are read off those same notes.
 *
 * A change therefore costs as much as the note's own links and the notes that name it, however large the vault; and the
 * answers are those of a graph built afresh.
 */
import type { NoteLink, NoteStructure } from "../notes/structure.ts";
import { anchorKey, headingKey, type Subpath } from "../notes/wikilink.ts";
import { FileNames, leadsOut, nameOfTarget, namesOf, type Resolution } from "./file-names.ts";

export interface ResolvedLink {
  link: NoteLink;
  /** A link without a target resolves to the note itself. */
  resolution: Resolution;
  /** What of the way inside a note that was found is missing there. */
  missing: "heading" | "block" | null;
}

export interface Backlink {
  /** The note with the link. */
  from: string;
  link: NoteLink;
}

export type LinkProblem = { from: string; link: NoteLink } & (
  | { kind: "unresolved" }
  | { kind: "ambiguous"; candidates: string[] }
  | { kind: "missing-heading"; path: string }
  | { kind: "missing-block"; path: string }
);

export interface LinkGraph {
  /** Adds or replaces a note. */
  set(path: string, structure: NoteStructure): void;
  /** Forgets a note; its links go, links to it stay and no longer resolve. */
  delete(path: string): void;
  /** Adds another file that links may name: an attachment, a base, a canvas, a note that cannot be read. */
  setFile(path: string): void;
  deleteFile(path: string): void;
  /** A note's links in order of position; none when there is no such note. */
  linksOf(path: string): ResolvedLink[];
  /** Links of other notes, and of the note itself by name, that resolve to a file, by note and position. */
  backlinksOf(path: string): Backlink[];
  /** Every link of the vault that leads nowhere or to several files, by note and position. */
  linkProblems(): LinkProblem[];
}

/** An empty graph. */
export function createLinkGraph(): LinkGraph {
  return new Graph();
}

class Graph implements LinkGraph {
  readonly #files = new FileNames();
  /** A note's structure; null for another file. */
  readonly #nodes = new Map<string, NoteStructure | null>();
  /** Name that links end in -> the notes with such links. */
  readonly #naming = new Map<string, Set<string>>();
  readonly #resolved = new Map<string, ResolvedLink[]>();

  set(path: string, structure: NoteStructure): void {
    this.#put(path, structure);
  }

  setFile(path: string): void {
    this.#put(path, null);
  }

  delete(path: string): void {
    this.#remove(path);
  }

  deleteFile(path: string): void {
    this.#remove(path);
  }

  linksOf(path: string): ResolvedLink[] {
    const known = this.#resolved.get(path);
    if (known !== undefined) return known;
    const resolved = this.#nodes.get(path)?.links.map((link) => this.#resolve(link, path));
    if (resolved === undefined) return [];
    this.#resolved.set(path, resolved);
    return resolved;
  }

  backlinksOf(path: string): Backlink[] {
    const sources = new Set(namesOf(path).flatMap((name) => [...(this.#naming.get(name) ?? [])]));
    return [...sources].sort(compareText).flatMap((from) =>
      this.linksOf(from)
        .filter(({ link, resolution }) => {
          return link.target !== "" && resolution.kind === "resolved" && resolution.path === path;
        })
        .map(({ link }) => ({ from, link })),
    );
  }

  linkProblems(): LinkProblem[] {
    return [...this.#nodes.keys()]
      .sort(compareText)
      .flatMap((from) => this.linksOf(from).flatMap((resolved) => describeProblem(from, resolved)));
  }

  #put(path: string, node: NoteStructure | null): void {
    const before = this.#nodes.get(path);
    if (before === undefined) this.#files.add(path);
    else this.#forgetLinks(path, before);
    this.#nodes.set(path, node);
    for (const name of namesIn(node)) {
      const notes = this.#naming.get(name);
      if (notes === undefined) this.#naming.set(name, new Set([path]));
      else notes.add(path);
    }
    this.#forgetResolved(path);
  }

  #remove(path: string): void {
    const before = this.#nodes.get(path);
    if (before === undefined) return;
    this.#forgetLinks(path, before);
    this.#nodes.delete(path);
    this.#files.delete(path);
    this.#forgetResolved(path);
  }

  #forgetLinks(path: string, node: NoteStructure | null): void {
    for (const name of namesIn(node)) {
      const notes = this.#naming.get(name);
      notes?.delete(path);
      if (notes?.size === 0) this.#naming.delete(name);
    }
  }

  /** Forgets how links of the note, and of those that name it, resolved (LINKS-1). */
  #forgetResolved(path: string): void {
    this.#resolved.delete(path);
    for (const name of namesOf(path)) for (const note of this.#naming.get(name) ?? []) this.#resolved.delete(note);
  }

  #resolve(link: NoteLink, from: string): ResolvedLink {
    const resolution: Resolution =
      link.target === ""
        ? { kind: "resolved", path: from }
        : this.#files.resolve(link.target, from, link.kind === "markdown");
    const structure = resolution.kind === "resolved" ? this.#nodes.get(resolution.path) : undefined;
    return { link, resolution, missing: (structure && findMissing(link, structure)) ?? null };
  }
}

function namesIn(node: NoteStructure | null): Set<string> {
  return new Set(node?.links.filter((link) => link.target !== "").map((link) => nameOfTarget(link.target)));
}

function describeProblem(from: string, resolved: ResolvedLink): LinkProblem[] {
  const { link, resolution, missing } = resolved;
  if (resolution.kind === "unresolved") return leadsOut(link.target, from) ? [] : [{ kind: "unresolved", from, link }];
  if (resolution.kind === "ambiguous") return [{ kind: "ambiguous", from, link, candidates: resolution.candidates }];
  if (missing === "heading") return [{ kind: "missing-heading", from, link, path: resolution.path }];
  return missing === "block" ? [{ kind: "missing-block", from, link, path: resolution.path }] : [];
}

/** Orders texts by code units, so that the order is the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What of the way inside a note is missing there; undefined when it leads somewhere, or there is none. Headings are
 * walked as Obsidian does: each named one must come after the one before it, on a deeper level; case and punctuation do
 * not matter.
 */
function findMissing({ kind, subpath }: NoteLink, structure: NoteStructure): "heading" | "block" | undefined {
  if (subpath.block !== null) {
    const wanted = subpath.block.toLowerCase();
    return structure.blocks.some((block) => block.id.toLowerCase() === wanted) ? undefined : "block";
  }
  const wanted = subpath.headings.map(headingKey);
  let [found, level] = [0, 0];
  for (const heading of structure.headings) {
    if (found === wanted.length) break;
    if (heading.level <= level || headingKey(heading.text) !== wanted[found]) continue;
    found += 1;
    level = heading.level;
  }
  if (found === wanted.length) return undefined;
  return kind === "markdown" && isAnchor(subpath, structure) ? undefined : "heading";
}

/** Whether a Markdown link names a heading, or lines, as GitHub and most other programs do: `#key-features`, `#L10`. */
function isAnchor({ headings: [anchor = "", ...others] }: Subpath, structure: NoteStructure): boolean {
  if (others.length > 0) return false;
  if (/^L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?$/.test(anchor)) return true;
  const wanted = [anchor, anchor.replace(/-\d+$/, "")].map(anchorKey);
  return structure.headings.some(({ text }) => wanted.includes(anchorKey(text)));
}
