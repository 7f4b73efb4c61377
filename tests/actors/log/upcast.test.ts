import { describe, expect, it } from "vitest";
import { upcast } from "../../../src/actors/log/upcast.ts";

describe("upcasting", () => {
  const upcasters = new Map([
    [1, (record: Record<string, unknown>) => ({ ...record, steps: ["1 to 2"] })],
    [2, (record: Record<string, unknown>) => ({ ...record, steps: [...(record.steps as string[]), "2 to 3"] })],
  ]);

  it("takes a record through every version in turn", () => {
    const old = { v: 1, seq: 7 };
    expect(upcast(old, 1, { version: 3, upcasters })).toEqual({ v: 3, seq: 7, steps: ["1 to 2", "2 to 3"] });
    expect(old).toEqual({ v: 1, seq: 7 });
  });

  it("leaves a record of the current version alone, and has no answer where a step is missing", () => {
    expect(upcast({ v: 3 }, 3, { version: 3, upcasters })).toEqual({ v: 3 });
    expect(upcast({ v: 1 }, 1, { version: 4, upcasters })).toBeNull();
    expect(upcast({ v: 0 }, 0, { version: 3, upcasters })).toBeNull();
  });
});
