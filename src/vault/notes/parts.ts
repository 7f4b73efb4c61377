/** What a note consists of. Positions are UTF-16 offsets into the note's text, and slice what they name. */
import type { Subpath } from "./wikilink.ts";

export interface Heading {
  level: number;
  /** As written, without the signs around it. */
  text: string;
  at: number;
  end: number;
}

export interface Block {
  id: string;
  /** Where its `^` stands. */
  at: number;
}

export interface Callout {
  /** Lower case. */
  type: string;
  fold: "+" | "-" | null;
  /** Empty when the line says no more than the type. */
  title: string;
  /** Where its `[!` stands. */
  at: number;
}

export interface NoteLink {
  kind: "wiki" | "markdown";
  isEmbed: boolean;
  where: "properties" | "body";
  /** Path or name as written, decoded, without `#…`; empty for the note itself. */
  target: string;
  /** `[[N#H1#H2]]`, `[[N#^id]]`. */
  subpath: Subpath;
  alias: string | null;
  at: number;
  end: number;
}

export interface BodyStructure {
  tags: string[];
  /** Those that stand in no list, quote or footnote, in order. */
  headings: Heading[];
  blocks: Block[];
  callouts: Callout[];
  links: NoteLink[];
}

export interface NoteStructure extends BodyStructure {
  /** As `titleOf`. */
  title: string;
  aliases: string[];
  /** Of the properties and the body, without `#`, in their first spelling; those that differ in case only are one. */
  tags: string[];
  /** In order of position. */
  links: NoteLink[];
}
