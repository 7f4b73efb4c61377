/** A table is an array that is never changed: whatever is set, each version keeps its rows, and differs only where it was set. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedRows, changeRow, rowAt, rowsOf, tableOf } from "../../src/machines/table.ts";

const rowsOfLength = (length: number) => Array.from({ length }, (_, n) => ({ n, set: 0 }));

describe("a table", () => {
  it("holds its rows in order, and each version of it stays what it was", () => {
    const many = fc.integer({ min: 1, max: 3_000 });
    fc.assert(
      fc.property(many, fc.array(fc.nat(), { maxLength: 20 }), (length, places) => {
        const plain = rowsOfLength(length);
        const first = tableOf(plain);
        let table = first;
        for (const [at, place] of places.entries()) {
          const index = place % length;
          plain[index] = { n: index, set: at + 1 };
          table = changeRow(table, index, { set: at + 1 });
          expect(rowAt(table, index)).toEqual(plain[index]);
        }
        expect(rowsOf(table)).toEqual(plain);
        expect(rowsOf(first)).toEqual(rowsOfLength(length));
        const changed = [...new Set(places.map((place) => place % length))].sort((a, b) => a - b);
        expect(changedRows(table, first)).toEqual(changed.map((index) => [plain[index], { n: index, set: 0 }]));
      }),
    );
  });

  it("tells rows that were added, and those that are gone, where one of two tables is longer", () => {
    const [short, long] = [tableOf(rowsOfLength(1_030)), tableOf(rowsOfLength(1_100))];
    const only = (rows: readonly (readonly [unknown, unknown])[], at: 0 | 1) => rows.filter((pair) => !pair[1 - at]);
    expect(only(changedRows(long, short), 0)).toHaveLength(70);
    expect(only(changedRows(short, long), 1)).toHaveLength(70);
  });

  it("throws for an index that it does not hold", () => {
    expect(() => rowAt(tableOf(rowsOfLength(3)), 3)).toThrow(RangeError);
    expect(() => changeRow(tableOf(rowsOfLength(3)), 3, { set: 1 })).toThrow(RangeError);
  });
});
