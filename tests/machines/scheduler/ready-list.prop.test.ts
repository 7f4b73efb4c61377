import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addReady,
  byUrgency,
  type ReadyList,
  readyListOf,
  takeReady,
} from "../../../src/machines/scheduler/ready-list.ts";

const MAX_TASKS = 300;
const task = fc.nat({ max: MAX_TASKS - 1 });
const tasks = fc.uniqueArray(task, { maxLength: MAX_TASKS, size: "max" });

describe("the list of ready tasks", () => {
  it("holds what was added and not taken, sorted, in chunks of which none is empty, and leaves older lists alone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5 }), { minLength: MAX_TASKS, maxLength: MAX_TASKS }),
        fc.array(fc.record({ add: tasks, take: tasks }), { maxLength: 4 }),
        tasks,
        (paths, rounds, first) => {
          const nodes = paths.map((pathMs) => ({ pathMs }));
          const held = new Set(first);
          let list: ReadyList = readyListOf(nodes, first);
          const hold = (next: ReadyList): void => {
            list = next;
            expect(list.flat()).toEqual([...held].sort(byUrgency(nodes)));
            expect(list.every((chunk) => chunk.length > 0 && chunk.length < 128)).toBe(true);
          };
          for (const { add, take } of rounds) {
            const older = list;
            const before = JSON.stringify(older);
            for (const each of add) {
              held.add(each);
              list = addReady(nodes, list, each);
            }
            hold(list);
            for (const each of take) {
              held.delete(each);
              list = takeReady(nodes, list, each);
            }
            hold(list);
            expect(JSON.stringify(older)).toBe(before);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
