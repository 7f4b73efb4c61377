/**
 * The machine's section of a pattern note: an example, what fixed it, and the runs it was seen in, one line each. The
 * lists are read back from the note when new evidence comes, so that the note itself is the only place where what was
 * learned is kept. Lines that are not of these lists stay as they are. Pure.
 */

export interface Sighting {
  /** File name of the run note, without ending. */
  run: string;
  seen: number;
  fixed: number;
  failed: number;
  /** Which tasks, as markdown. */
  about: string;
}

export interface SectionParts {
  /** Everything above the two lists, verbatim. */
  head: string;
  /** What fixed it, newest first, as markdown. */
  fixes: string[];
  /** Oldest first. */
  sightings: Sighting[];
}

const fixesHeading = "### What fixed it";
const sightingsHeading = "### Seen in";
const noFix = "Nothing yet.";
const sightingLine = /^- \[\[([^\]|#^]+)\]\]: (\d+) seen, (\d+) fixed, (\d+) failed; (.*)$/;
const maxFixes = 8;

/** Runs kept as evidence, in the property and in the section. */
export const maxSightings = 20;

/** Writes the section's content, with its last newline. */
export function renderSection(parts: SectionParts): string {
  const fixes = parts.fixes.length === 0 ? [noFix] : parts.fixes.slice(0, maxFixes).map((fix) => `- ${fix}`);
  const sightings = parts.sightings.map(
    (one) => `- [[${one.run}]]: ${one.seen} seen, ${one.fixed} fixed, ${one.failed} failed; ${one.about}`,
  );
  return `${parts.head.trimEnd()}\n\n${fixesHeading}\n\n${fixes.join("\n")}\n\n${sightingsHeading}\n\n${sightings.join("\n")}\n`;
}

/** Reads the section back; what is not in the lists' form is dropped from the lists, never from the head. */
export function readSection(text: string): SectionParts {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  // The last heading counts: an example above may hold the same words.
  const sightingsAt = lines.lastIndexOf(sightingsHeading);
  const fixesAt = lines.slice(0, sightingsAt < 0 ? lines.length : sightingsAt).lastIndexOf(fixesHeading);
  const headEnd = fixesAt >= 0 ? fixesAt : sightingsAt >= 0 ? sightingsAt : lines.length;
  const fixLines = fixesAt < 0 ? [] : lines.slice(fixesAt + 1, sightingsAt < 0 ? lines.length : sightingsAt);
  const sightings: Sighting[] = [];
  for (const line of sightingsAt < 0 ? [] : lines.slice(sightingsAt + 1)) {
    const found = sightingLine.exec(line);
    if (found === null) continue;
    const [, run = "", seen, fixed, failed, about = ""] = found;
    sightings.push({ run, seen: Number(seen), fixed: Number(fixed), failed: Number(failed), about });
  }
  return {
    head: lines.slice(0, headEnd).join("\n"),
    fixes: fixLines.filter((line) => line.startsWith("- ")).map((line) => line.slice(2)),
    sightings,
  };
}
