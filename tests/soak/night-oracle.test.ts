/** Who judges nights with real processes notices what they break, by the log and by what was told. */
import { join } from "node:path";
import { expect, it } from "vitest";
import type { LogRecord } from "../../src/actors/log/index.ts";
import type { NoticeDocument } from "../../src/protocol/notices.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { makeRepository } from "../helpers/program.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { NightOracle } from "./night-oracle.ts";

const root = join(makeTempFolder("night-oracle", "file"), "repo");
makeRepository(root, { "a.txt": "a\n" });

let seq = 0;
const record = (actor: string, type: string, data: object = {}, time = 0): LogRecord =>
  ({ v: 1, seq: ++seq, time, actor, type, data, effects: [], cause: null, crc: "0" }) as unknown as LogRecord;
const start = (attempt: string, time: number): LogRecord =>
  record("stream:s", "task.start", { input: { id: "a", agent: "sun" }, attempt }, time);
const refuse = (until: number): LogRecord =>
  record("scheduler", "slot.request", { task: "a", goesOn: true, refused: { what: "limit", until, source: "" } }, 10);
const ask = (time: number): LogRecord => record("conflict:c", "actor.started", { kind: "conflict" }, time);

const tell = (...ids: string[]): NoticeDocument =>
  ({
    id: ids.join(),
    notices: [{ id: "r/0.1", when: "finished" }, ...ids.map((id) => ({ id, when: "needsYou" }))],
  }) as unknown as NoticeDocument;

/** What is found; what makes a log whole is not asked here. */
function judge(
  records: LogRecord[],
  told: NoticeDocument[] = [tell()],
  more: Partial<StatusDocument> = {},
  kills = 0,
): string[] {
  const status = { tasks: [], cost: { usd: 0 }, ...more } as unknown as StatusDocument;
  const found = new NightOracle(root, records).judge(status, { told, kills, mostUsd: 1 });
  return found.filter((each) => !each.startsWith("invariant"));
}

it("notices a try that was spent on a wall, and who does not wait for it", () => {
  expect(judge([start("1", 0), refuse(500), start("1", 600)])).toEqual([]);
  expect(judge([start("1", 0), refuse(500), start("2", 600)])).toEqual([
    "a was refused in attempt 1, and goes on as 2",
  ]);
  expect(judge([start("1", 0), refuse(500), start("1", 300)])).toEqual([
    "a started with sun 200 ms before its wall was over",
  ]);
  const retried = record("scheduler", "task.retried", { task: "a" }, 20);
  expect(judge([start("1", 0), refuse(500), retried, start("2", 600)])).toEqual([]);
});

it("notices what nobody was told, what came too often, a task that is lost, and a budget that did not hold", () => {
  const end = (time: number): LogRecord => record("conflict:c", "decision.made", {}, time);
  const asked = ask(0);
  const { seq: at } = asked;
  expect(judge([asked, end(20_000)])).toEqual([`nobody was told of conflict:c (record ${at})`]);
  expect(judge([asked, end(20_000)], [tell(`r/${at}.1`)])).toEqual([]);
  expect(judge([asked, end(2_000)])).toEqual([]);
  const sent = record("host", "notice.sent", { channel: "c", notices: ["r/9.1"], reason: null });
  expect(judge([sent])).toEqual(["the log says that r/9.1 was told, and it was not"]);
  expect(judge([], [])).toEqual(["nobody was told that the run is over"]);
  expect(judge([], [tell(), tell()])).toEqual(["r/0.1 was told too often", "1 notices came twice, after 0 kills"]);
  expect(judge([], [tell(), tell()], {}, 1)).toEqual([]);
  const lost = { id: "a", status: "ready", attempts: 1, reason: null };
  expect(judge([], [tell()], { tasks: [lost] } as unknown as StatusDocument)).toEqual(["a is lost: ready"]);
  const walled = { id: "a", status: "failed", attempts: 1, reason: "API Error: 429" };
  expect(judge([], [tell()], { tasks: [walled] } as unknown as StatusDocument)).toEqual([
    "a failed by a wall: API Error: 429",
    "nobody was told that a failed",
  ]);
  expect(judge([], [tell()], { cost: { usd: 1.5 } } as unknown as StatusDocument)).toEqual([
    "the hard budget was overspent: 1.5 of at most 1 dollars",
  ]);
});
