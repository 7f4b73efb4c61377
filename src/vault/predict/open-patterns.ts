/** The patterns of some vaults as they are now, for asking before a run. */
import { openPatternLibrary, type PatternLibrary } from "./pattern-library.ts";

export type Patterns = Pick<PatternLibrary, "find" | "warnings">;

/** Reads the patterns of the vaults; those that do not exist are empty. Never throws. */
export async function openPatterns(vaultDirs: readonly string[]): Promise<Patterns> {
  const library = openPatternLibrary(vaultDirs);
  await library.refresh();
  return library;
}
