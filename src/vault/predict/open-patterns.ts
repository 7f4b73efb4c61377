/** The patterns of some vaults as they are now, for asking before a run. */
import type { Source } from "../files/sources.ts";
import { openPatternLibrary, type PatternLibrary } from "./pattern-library.ts";

export type Patterns = Pick<PatternLibrary, "find" | "warnings">;

/** Reads the patterns of the sources; those that do not exist are empty. Never throws. */
export async function openPatterns(sources: readonly (string | Source)[]): Promise<Patterns> {
  const library = openPatternLibrary(sources);
  await library.refresh();
  return library;
}
