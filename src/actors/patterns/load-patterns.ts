/** Opens the patterns that there are for a repository: of its vaults, and the solutions that it holds itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PatternLibrary } from "../../vault/index.ts";

/** Of all that a repository holds of knowledge, these say what went wrong and what helped. */
const SOLUTIONS = "docs/solutions";

/** Nothing is read yet. Null when no folder is there to be read: then nothing need be loaded. */
export async function loadPatterns(vaults: readonly string[], root: string): Promise<PatternLibrary | null> {
  if (![...vaults, join(root, SOLUTIONS)].some((folder) => existsSync(folder))) return null;
  const { foreignSource, openPatternLibrary } = await import("../../vault/index.ts");
  return openPatternLibrary([...vaults, foreignSource(root)]);
}
