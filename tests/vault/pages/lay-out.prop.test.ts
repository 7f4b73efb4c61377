/** The drawing of a plan: whatever the plan, each task has a place of its own, right of what it needs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GraphTask, layOut, reduceNeeds } from "../../../src/vault/pages/lay-out.ts";

/** Plans without circles: a task needs earlier ones only. */
const plans = fc
  .array(fc.record({ lane: fc.nat(3), needs: fc.array(fc.nat(200), { maxLength: 5 }) }), { maxLength: 60 })
  .map((rows) =>
    rows.map(
      ({ lane, needs }, at): GraphTask => ({
        id: `t${at}`,
        lane: `lane${lane}`,
        needs: at === 0 ? [] : needs.map((need) => `t${need % at}`),
      }),
    ),
  );

describe("layOut", () => {
  it("gives each task one place, right of all that it needs", () => {
    fc.assert(
      fc.property(plans, (tasks) => {
        const { places, columns, lanes } = layOut(tasks);
        const byId = new Map(places.map((place) => [place.id, place]));
        expect([...byId.keys()].sort()).toEqual(tasks.map(({ id }) => id).sort());
        expect(new Set(places.map(({ lane, column, row }) => `${lane} ${column} ${row}`)).size).toBe(tasks.length);
        for (const { id, needs } of tasks) {
          const place = byId.get(id);
          for (const need of needs) expect(byId.get(need)?.column).toBeLessThan(place?.column ?? -1);
        }
        for (const { lane, column, row } of places) {
          expect(column).toBeLessThan(columns);
          expect(row).toBeLessThan(lanes.find(({ name }) => name === lane)?.rows ?? 0);
        }
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("draws each need that no other implies, and no other", () => {
    fc.assert(
      fc.property(plans, (tasks) => {
        const reach = (edges: ReadonlyMap<string, readonly string[]>, id: string, seen = new Set<string>()) => {
          for (const need of edges.get(id) ?? []) if (!seen.has(need)) reach(edges, need, seen.add(need));
          return seen;
        };
        const full = new Map(tasks.map(({ id, needs }) => [id, needs]));
        const reduced = reduceNeeds(tasks);
        for (const { id } of tasks) {
          expect(reach(reduced, id)).toEqual(reach(full, id));
          for (const need of reduced.get(id) ?? []) {
            const rest = new Map([...reduced, [id, (reduced.get(id) ?? []).filter((other) => other !== need)]]);
            expect(reach(rest, id).has(need)).toBe(false);
          }
        }
      }),
      { seed: 6, numRuns: 100 },
    );
  });

  it("untangles what the order of the plan crosses", () => {
    const tasks = ["a", "b", "c"].map((id): GraphTask => ({ id, lane: "x", needs: [] }));
    tasks.push(
      { id: "of c", lane: "x", needs: ["c"] },
      { id: "of b", lane: "x", needs: ["b"] },
      { id: "of a", lane: "x", needs: ["a"] },
    );
    const rows = new Map(layOut(tasks).places.map(({ id, row }) => [id, row]));
    for (const id of ["a", "b", "c"]) expect(rows.get(`of ${id}`)).toBe(rows.get(id));
  });

  it("takes circles, unknown needs and a chain of thousands", () => {
    const circle: GraphTask[] = [
      { id: "a", lane: "x", needs: ["b", "ghost"] },
      { id: "b", lane: "x", needs: ["a"] },
      { id: "c", lane: "x", needs: ["c"] },
    ];
    expect(layOut(circle).places).toHaveLength(3);
    expect(reduceNeeds(circle).size).toBe(3);
    const chain = Array.from(
      { length: 5_000 },
      (_, at): GraphTask => ({ id: `${at}`, lane: "x", needs: at === 0 ? [] : [`${at - 1}`] }),
    );
    expect(layOut(chain).columns).toBe(5_000);
  });
});
