/** Where a replay stops: at a record whose step throws, and after so many differences that more say nothing new. */
import { describe, expect, it } from "vitest";
import { setup } from "xstate";
import { createMemoryLog, type LogStore, type RecordDraft } from "../../../src/actors/log/index.ts";
import { type ReplayReport, replayLog } from "../../../src/actors/runtime/replay.ts";

const ACTOR = "root";

/** Asks for nothing, whatever happens; breaks at `boom`. */
const machine = setup({
  types: { events: {} as { type: "tick"; at: number } | { type: "boom"; at: number } },
  guards: {
    breaks: () => {
      throw new Error("this guard broke");
    },
  },
}).createMachine({ id: "root", on: { tick: {}, boom: { guard: "breaks" } } });

/** A log of the actor's start and these events; each asked for `work` when it was recorded, if `asked`. */
async function record(types: readonly string[], asked: boolean): Promise<LogStore> {
  const log = createMemoryLog();
  const draft = (type: string, data: unknown, effects: RecordDraft["effects"] = []): RecordDraft => ({
    time: 1,
    actor: type === "epoch.started" ? "host" : ACTOR,
    type,
    data,
    effects,
    cause: null,
  });
  const writer = await log.beginEpoch((epoch) => draft("epoch.started", { epoch }));
  writer.append([draft("actor.started", { kind: "root", parent: null, incarnation: 1, input: {} })]);
  writer.append(
    types.map((type, at) =>
      draft(type, {}, asked ? [{ id: `${ACTOR}/1/${at + 1}/0`, name: "work", hash: "00000000" }] : []),
    ),
  );
  await writer.close();
  return log;
}

const replay = (log: LogStore): Promise<ReplayReport> => replayLog(log, { root: machine });

describe("a replay", () => {
  it("stops at the first record whose step throws, and says what was thrown", async () => {
    const log = await record(["tick", "boom", "tick", "boom"], false);
    const { differences, verified, seq } = await replay(log);
    expect(differences).toEqual([{ seq: 4, actor: ACTOR, want: [], got: expect.stringContaining("this guard broke") }]);
    expect({ verified, seq }).toEqual({ verified: false, seq: 3 });
  });

  it("goes on after a record that only asks for something else", async () => {
    const log = await record(["tick", "tick"], true);
    const { differences, verified, seq } = await replay(log);
    expect(differences.map((each) => [each.seq, each.want.length, each.got])).toEqual([
      [3, 1, []],
      [4, 1, []],
    ]);
    expect({ verified, seq }).toEqual({ verified: false, seq: 4 });
  });

  it("stops after a hundred differences", async () => {
    const log = await record(new Array<string>(150).fill("tick"), true);
    const { differences, seq } = await replay(log);
    expect(differences).toHaveLength(100);
    expect(differences.at(-1)?.seq).toBe(102);
    expect(seq).toBe(102);
  });
});
