/** Tells which of some notes are patterns in use, and by which ids agents and runs name them. */
import { relative, sep } from "node:path";
import { openStore } from "../files/store.ts";
import { parseNote } from "../notes/note.ts";
import { describePattern, mayBePattern } from "../patterns/pattern.ts";

/** Ids by path, of those paths that are patterns; a path is a vault's folder joined with the path in it. Never rejects. */
export async function namePatterns(
  vaultDirs: readonly string[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const dir of vaultDirs) {
    const store = await openStore(dir).catch(() => undefined);
    for (const path of store === undefined ? [] : paths) {
      const inVault = relative(dir, path).replaceAll(sep, "/");
      if (ids.has(path) || inVault === ".." || inVault.startsWith("../")) continue;
      const read = await store?.read(inVault);
      if (read?.kind !== "ok" || !mayBePattern(inVault, read.text)) continue;
      const described = describePattern(path, parseNote(inVault, read.text));
      if (described.kind === "pattern") ids.set(path, described.pattern.id);
    }
  }
  return ids;
}
