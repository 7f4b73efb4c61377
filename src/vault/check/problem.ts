/**
 * What a check of a vault may find: a closed list of kinds, each with how bad it is and what to do about it. Pure data.
 */

/** `error`: something is lost or never read. `warning`: it works, and not as it was meant. */
export type Severity = "error" | "warning";

interface Kind {
  severity: Severity;
  /** What all problems of the kind are, as a heading. */
  title: string;
  hint: string;
}

/** In the order in which they are told. */
export const PROBLEM_KINDS = {
  "note.malformed": {
    severity: "error",
    title: "Frontmatter that cannot be read",
    hint: "correct the YAML between the two lines ---: until then its properties count for nothing, and pleach leaves the note alone",
  },
  "note.encoding": {
    severity: "error",
    title: "Notes that are not valid UTF-8",
    hint: "save it as UTF-8: pleach reads it, and never writes it",
  },
  "note.conflict": {
    severity: "error",
    title: "Conflicts that git left",
    hint: "keep what holds of both sides, and remove the lines <<<<<<<, ======= and >>>>>>>",
  },
  "note.section": {
    severity: "error",
    title: "Damaged generated sections",
    hint: 'keep one line "%% pleach:start %%" and one "%% pleach:end %%" below it, or remove both: until then pleach leaves the section alone',
  },
  "name.collision": {
    severity: "error",
    title: "Names that differ in case or accents only",
    hint: "rename one of them: on other systems both are one file, and one would be lost",
  },
  "pattern.id": {
    severity: "error",
    title: "Patterns with the same id",
    hint: "give the copy another id, or remove it: only one of them is ever shown",
  },
  "canvas.invalid": {
    severity: "error",
    title: "Canvases that are not valid",
    hint: "open it in Obsidian and correct it, or remove it: the canvas of a run is drawn again when the run is learned again",
  },
  "base.invalid": {
    severity: "error",
    title: "Bases that are not valid",
    hint: "correct it; help.obsidian.md/bases/syntax describes the format",
  },
  "settings.invalid": {
    severity: "error",
    title: "Settings that are not valid",
    hint: "remove the file and run `pleach vault init`, which lays it down again",
  },
  "pattern.contradiction": {
    severity: "warning",
    title: "Patterns that contradict each other",
    hint: "retire the one that is wrong (status: retired), or say in each when it applies",
  },
  "pattern.duplicate": {
    severity: "warning",
    title: "Patterns about the same trouble",
    hint: "retire one (status: retired), or name it in `supersedes` of the other",
  },
  "note.doubled": {
    severity: "warning",
    title: "Patterns that git brought together from two clones",
    hint: "nothing is lost: pleach reads it as one note, and writes it so when the next run is learned",
  },
  "pattern.stale": {
    severity: "warning",
    title: "Patterns that were not seen for long",
    hint: "retire it (status: retired), or set `reviewed` to today if it still holds",
  },
  "link.unresolved": {
    severity: "warning",
    title: "Links to nowhere",
    hint: "correct the name, or write the note",
  },
  "link.ambiguous": {
    severity: "warning",
    title: "Links that several files fit",
    hint: "write the path in the link, or rename one of the files",
  },
  "link.heading": {
    severity: "warning",
    title: "Links to headings that are not there",
    hint: "correct what stands after the #",
  },
  "link.block": {
    severity: "warning",
    title: "Links to blocks that are not there",
    hint: "correct what stands after the #^",
  },
  "name.duplicate": {
    severity: "warning",
    title: "Names that several notes share",
    hint: "rename all but one, or link to them by path: what a link by name means is then not certain",
  },
  "name.copy": {
    severity: "warning",
    title: "Copies that a sync made",
    hint: "bring what is new in the copy into the note, and remove the copy",
  },
  "name.unsafe": {
    severity: "warning",
    title: "Names that make trouble",
    hint: "rename the file in Obsidian, which corrects the links to it",
  },
  "property.invalid": {
    severity: "warning",
    title: "Properties that are not of their type",
    hint: "correct the value, or its type in Obsidian",
  },
  "canvas.missing": {
    severity: "warning",
    title: "Canvases that show files which are not there",
    hint: "remove the card, or point it at the right file",
  },
  "base.doubtful": {
    severity: "warning",
    title: "Bases that name what Obsidian does not know",
    hint: "correct the name; a plug-in may know it",
  },
  "note.large": {
    severity: "warning",
    title: "Notes that are too large",
    hint: "split it: a note of this size is not read, and no link in it counts",
  },
  "file.skipped": {
    severity: "warning",
    title: "Files and folders that were skipped",
    hint: "nothing is done about them; a real folder or file in the place of a link is read",
  },
  "file.leftover": {
    severity: "warning",
    title: "Files that a killed program left behind",
    hint: "the next run that is learned clears them away",
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

export interface Problem {
  code: ProblemCode;
  severity: Severity;
  message: string;
  hint: string;
  /** As a person would open it. */
  file: string;
  /** One-based; null when it concerns the whole file. */
  line: number | null;
}

/** A problem of one file, before it is known where its vault lies. */
export interface Finding {
  code: ProblemCode;
  message: string;
  /** Relative to the vault, with `/`. */
  path: string;
  line: number | null;
  /** Where the kind's hint is too general. */
  hint?: string;
}
