/**
 * Of notes that say they are the same one (a sync put a copy beside it, a person duplicated it), the one that is meant:
 * copies have longer names, which begin like the note's own. What is learned goes into it, and it is what agents are told,
 * so that nothing is lost with the copies. Pure.
 */

/** Puts the notes that are meant first, in the order in which they came, then the copies of them. */
export function originalsFirst<Item>(
  items: readonly Item[],
  describe: (item: Item) => { id: string; path: string },
): Item[] {
  const first = new Map<string, { item: Item; path: string }>();
  for (const item of items) {
    const { id, path } = describe(item);
    const known = first.get(id);
    if (known === undefined || isShorter(path, known.path)) first.set(id, { item, path });
  }
  const originals = new Set([...first.values()].map(({ item }) => item));
  return [...items.filter((item) => originals.has(item)), ...items.filter((item) => !originals.has(item))];
}

/** Whether a note is the one that another is a copy of, as far as their names tell. */
function isShorter(path: string, other: string): boolean {
  const [name, longer] = [nameOf(path), nameOf(other)];
  return longer.length > name.length && longer.startsWith(name);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.md$/i, "");
}
