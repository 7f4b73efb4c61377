/**
 * The part of a generated file that belongs to a person: what stands between two marker lines is carried over when the
 * file is made again. Everything else of it belongs to the generator.
 */
import { PleachError } from "../errors.ts";

const BEGIN = "// <own>";
const END = "// </own>";

/** Between the markers, indented by `indent`: what a new file has there. */
export function emptyOwnRegion(indent: string, says: string): string[] {
  return [`${indent}${BEGIN} ${says}`, `${indent}${END}`];
}

/**
 * `made`, with what a person wrote into the file `before`. Throws `usage.ownRegion` when one of the two does not have
 * exactly one region: nothing of a person's is guessed at, or lost.
 */
export function carryOwnRegion(made: string, before: string): string {
  const target = findRegion(made.split("\n"));
  const source = findRegion(before.split("\n"));
  return [...target.head, ...source.own, ...target.tail].join("\n");
}

function findRegion(lines: string[]): { head: string[]; own: string[]; tail: string[] } {
  const begins = listMarkers(lines, BEGIN);
  const ends = listMarkers(lines, END);
  const [begin = 0] = begins;
  const [end = 0] = ends;
  if (begins.length !== 1 || ends.length !== 1 || end < begin) {
    throw new PleachError("usage.ownRegion", `the file has no single region from ${BEGIN} to ${END}`, {
      hint: "put the two marker lines back around what is your own, or move the file away",
    });
  }
  return { head: lines.slice(0, begin + 1), own: lines.slice(begin + 1, end), tail: lines.slice(end) };
}

function listMarkers(lines: readonly string[], marker: string): number[] {
  return [...lines.keys()].filter((at) => lines[at]?.trimStart().startsWith(marker));
}
