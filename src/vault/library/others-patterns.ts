/**
 * Notes that lay in a vault's folder of patterns before pleach came: sewing patterns, design patterns. The folder's name
 * alone makes them patterns that agents are told, so a person is to know. Of a vault that pleach has written to, nothing is
 * said: it has been used so. Reads only.
 */

import { listEntries } from "../files/sources.ts";
import { openStore } from "../files/store.ts";
import { lastSegment } from "../links/file-names.ts";
import { mayBePattern } from "../patterns/pattern.ts";

/** Names of the program's own notes: those that begin with an id, and what the template says of the folder. */
const OWN_NAME = /^(?:\d{14}-[0-9a-z]{4}\b|About patterns\.md$)/;
/** So many are read; of more, all are taken for what these are. */
const MAX_READ = 200;

/** Paths in the vault of notes that say nowhere that they are patterns; none where pleach has written already. */
export async function findOthersPatterns(dir: string): Promise<string[]> {
  const { entries } = await listEntries({ dir, isWritten: false, only: ["patterns/**/*.md", "runs/**/*.md"] });
  const store = await openStore(dir);
  if (store === undefined || entries.some(({ path }) => OWN_NAME.test(lastSegment(path)))) return [];
  const paths = entries.map(({ path }) => path).filter((path) => path.startsWith("patterns/"));
  const others: string[] = [];
  for (const [at, path] of paths.entries()) {
    const read = at < MAX_READ ? await store.read(path) : undefined;
    // Its own name, without the folder, says nothing of it.
    if (read === undefined || (read.kind === "ok" && !mayBePattern(lastSegment(path), read.text))) others.push(path);
  }
  return others;
}
