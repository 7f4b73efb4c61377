/** Which time of a run brought nothing, and why. */
import { describe, expect, it } from "vitest";
import { emptyLostNotes, listLost, noteLost } from "../../../src/actors/projections/lost-time.ts";
import { readRecord } from "../../../src/protocol/records.ts";

type Said = [time: number, actor: string, type: string, data?: object, more?: { cause?: string; timers?: string[] }];

function lose(said: readonly Said[], now: number): Record<string, [ms: number, times: number]> {
  const notes = emptyLostNotes();
  let before = 0;
  for (const [seq, [time, actor, type, data = {}, { cause = null, timers = [] } = {}]] of said.entries()) {
    const effects = timers.map((id) => ({ id, name: "setTimer" }));
    noteLost(notes, readRecord({ seq, time, actor, type, data, cause }), { effects, before, isOver: false });
    before = time;
  }
  return Object.fromEntries(listLost(notes, now).map(({ why, ms, times }) => [why, [ms, times]]));
}

const FAILED = {
  ok: false,
  reason: "no",
  durationMs: 40,
  faultOf: "work",
  transcript: { path: "out/a.1.log" },
  timedOut: false,
};

describe("time is lost", () => {
  it("until an account is served again, or as long as it is not", () => {
    const held = { account: "claude", what: "limit" };
    const begin: Said = [100, "run", "account.held", held];
    expect(lose([begin, [200, "run", "account.held", held], [700, "run", "agent.unlimited", held]], 900)).toEqual({
      limit: [600, 1],
    });
    expect(lose([begin], 900)).toEqual({ limit: [800, 1] });
    expect(lose([begin, [300, "run", "run.finished"]], 900)).toEqual({ limit: [200, 1] });
  });

  it("by work that came to nothing, and by pauses before another try; not by work that landed", () => {
    const tried: Said[] = [
      [100, "task:a", "actor.started"],
      [150, "task:a", "agent.exited", FAILED, { timers: ["e1"] }],
      [400, "task:a", "timer.fired", {}, { cause: "e1" }],
      [500, "task:a", "agent.exited", { ...FAILED, ok: true }],
      [600, "task:a", "merge.landed", { commit: "c" }],
    ];
    expect(lose(tried, 900)).toEqual({ backoff: [250, 1], retry: [40, 1] });
  });

  it("not by an attempt that its account refused: that is a wait", () => {
    const refused = { ...FAILED, faultOf: "agent", failure: { kind: "rateLimit", isFinal: false } };
    expect(lose([[100, "task:a", "agent.exited", refused]], 900)).toEqual({});
  });

  it("while a question waits for an answer, and while nobody drives the run", () => {
    const asked: Said[] = [
      [100, "conflict:a-1", "actor.started"],
      [300, "host", "epoch.started", { epoch: 2 }],
      [450, "conflict:a-1", "decision.made", { choice: "drop", by: "a person" }],
    ];
    expect(lose(asked, 900)).toEqual({ person: [350, 1], host: [200, 1] });
    expect(
      lose(
        [
          [100, "run", "run.warned"],
          [300, "host", "epoch.started", { purpose: "ship" }],
        ],
        900,
      ),
    ).toEqual({});
  });
});
