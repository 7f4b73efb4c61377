/** The crash that tests ask for comes at the effect that they named, before or after it was performed. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { crashPoints } from "../../../src/actors/runtime/crash-points.ts";

afterEach(() => vi.restoreAllMocks());

/** What happens when these effects are performed, in order. */
async function play(at: string, effects: readonly string[]): Promise<string[]> {
  const seen: string[] = [];
  vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
    expect(pid).toBe(process.pid);
    seen.push(String(signal));
    return true;
  });
  const { around } = crashPoints({ PLEACH_CRASH_AT: at });
  for (const name of effects) {
    await around?.(name, {}, async () => {
      seen.push(name);
      return undefined;
    });
  }
  return seen;
}

describe("PLEACH_CRASH_AT", () => {
  it("kills before or after the effect that it names, and at that one only", async () => {
    expect(await play("after:commitWork", ["gateTip", "commitWork", "commitWork"])).toEqual([
      "gateTip",
      "commitWork",
      "SIGKILL",
      "commitWork",
    ]);
    // A process that is killed performs nothing any more; this one lives on, and is killed again.
    expect((await play("before:commitWork:2", ["commitWork", "gateTip", "commitWork"])).slice(0, 3)).toEqual([
      "commitWork",
      "gateTip",
      "SIGKILL",
    ]);
  });

  it("does nothing when it says nothing of the kind", () => {
    for (const PLEACH_CRASH_AT of [undefined, "", "during:commitWork", "before"]) {
      expect(crashPoints(PLEACH_CRASH_AT === undefined ? {} : { PLEACH_CRASH_AT })).toEqual({});
    }
  });
});
