/**
 * A persistent array for large contexts: setting one row copies two short arrays, not all rows, so that a machine with
 * thousands of tasks stays a pure function at a constant price. JSON as it is.
 */
const CHUNK = 64;

export type Table<Row> = readonly (readonly Row[])[];

/** A table of these rows. */
export function tableOf<Row>(rows: readonly Row[]): Table<Row> {
  const chunks: Row[][] = [];
  for (let start = 0; start < rows.length; start += CHUNK) chunks.push(rows.slice(start, start + CHUNK));
  return chunks;
}

/** The row at `index`; throws for an index that the table does not hold. */
export function rowAt<Row>(table: Table<Row>, index: number): Row {
  const row = table[Math.floor(index / CHUNK)]?.[index % CHUNK];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  return row;
}

/** The table with `change` applied to one row. */
export function changeRow<Row>(table: Table<Row>, index: number, change: Partial<Row>): Table<Row> {
  const at = Math.floor(index / CHUNK);
  const chunk = [...(table[at] ?? [])];
  chunk[index % CHUNK] = { ...rowAt(table, index), ...change };
  const changed = [...table];
  changed[at] = chunk;
  return changed;
}

/** All rows, in order. */
export function rowsOf<Row>(table: Table<Row>): Row[] {
  return table.flat();
}
