/**
 * A persistent array for large contexts: a tree of three levels, in which setting one row copies three short arrays, not all
 * rows, so that a machine with thousands of tasks stays a pure function at a constant price. JSON as it is.
 */
const SIZE = 32;

type Chunk<Row> = readonly Row[];
/** Pages of chunks of rows; all but the last page and its last chunk are full. */
export type Table<Row> = readonly (readonly Chunk<Row>[])[];

/** A table of these rows. */
export function tableOf<Row>(rows: readonly Row[]): Table<Row> {
  return split(split(rows));
}

/** The row at `index`; throws for an index that the table does not hold. */
export function rowAt<Row>(table: Table<Row>, index: number): Row {
  const row = table[pageOf(index)]?.[chunkOf(index)]?.[index % SIZE];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  return row;
}

/** The table with `change` applied to one row. */
export function changeRow<Row>(table: Table<Row>, index: number, change: Partial<Row>): Table<Row> {
  const row = { ...rowAt(table, index), ...change };
  const page = table[pageOf(index)] ?? [];
  const chunk = page[chunkOf(index)] ?? [];
  return put(table, pageOf(index), put(page, chunkOf(index), put(chunk, index % SIZE, row)));
}

/** All rows, in order. */
export function rowsOf<Row>(table: Table<Row>): Row[] {
  return table.flatMap((page) => page.flat());
}

/** Rows that are not the same in two tables, each with the one before; what the tables share is passed over. */
export function changedRows<Row>(
  now: Table<Row>,
  before: Table<Row>,
): [now: Row | undefined, before: Row | undefined][] {
  return changedItems(now, before)
    .flatMap(([page = [], old = []]) => changedItems(page, old))
    .flatMap(([chunk = [], old = []]) => changedItems(chunk, old));
}

const pageOf = (index: number): number => Math.floor(index / (SIZE * SIZE));
const chunkOf = (index: number): number => Math.floor(index / SIZE) % SIZE;

function split<Item>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += SIZE) parts.push(items.slice(start, start + SIZE));
  return parts;
}

function put<Item>(items: readonly Item[], at: number, item: Item): readonly Item[] {
  const changed = [...items];
  changed[at] = item;
  return changed;
}

function changedItems<Item>(now: readonly Item[], before: readonly Item[]): [Item | undefined, Item | undefined][] {
  const changed: [Item | undefined, Item | undefined][] = [];
  if (now === before) return changed;
  for (let at = 0; at < Math.max(now.length, before.length); at++) {
    if (now[at] !== before[at]) changed.push([now[at], before[at]]);
  }
  return changed;
}
