/**
 * What every LogStore must do (LOG-1 to LOG-4 of the port), whatever it is kept on. What a log promises of its bytes (LOG-5)
 * needs somebody who can damage them, and is tried where they lie.
 */
import type { LogRecord, LogStore } from "../../actors/log/port.ts";
import { verifyLog } from "../../actors/log/read-log.ts";
import { type ConformanceCase, demandEqual, demandFields, demandRejection, toCases } from "./conformance-case.ts";
import { createDraft, createEpochDraft, readAll, writeEpoch } from "./log-drafts.ts";

/** A new, empty log: each call opens it as another process would. */
export interface TestedLog {
  open(): LogStore;
}

/** More records than any store hands out at once. */
const MANY = 5_000;

/** The suite; `create` makes an empty log for each case. */
export function listLogStoreCases(create: () => TestedLog | Promise<TestedLog>): ConformanceCase[] {
  return toCases({ ...writing, ...beginning, ...following }, create);
}

type Cases = Record<string, (test: TestedLog) => Promise<void>>;

const writing: Cases = {
  "is empty before the first epoch": async (test) => {
    const log = test.open();
    const nothing = { records: [], end: { seq: 0, crc: "00000000", epoch: 0, droppedBytes: 0 } };
    demandEqual(await readAll(log), nothing, "what an empty log holds");
    demandEqual(await log.newestEpoch(), null, "the newest epoch of an empty log");
    demandEqual(await verifyLog(log), { records: 0, ok: true, droppedBytes: 0, damage: null }, "its check");
  },

  "numbers and chains records across epochs and gives them back as they were appended": async (test) => {
    const log = test.open();
    const written = [...(await writeEpoch(log, 3)), ...(await writeEpoch(log, 0)), ...(await writeEpoch(log, 2))];
    const { records, end } = await readAll(log);
    demandEqual(records, written, "the records");
    demandEqual(records.map(seqOf), [1, 2, 3, 4, 5, 6, 7, 8], "their numbers");
    demandEqual(end, { seq: 8, crc: written.at(-1)?.crc, epoch: 3, droppedBytes: 0 }, "the end");
    demandEqual(await log.newestEpoch(), written[5], "the newest epoch");
    demandEqual(await verifyLog(log), { records: 8, ok: true, droppedBytes: 0, damage: null }, "its check");
  },

  "numbers appends at once in call order and makes them durable together": async (test) => {
    const log = test.open();
    const writer = await log.beginEpoch(createEpochDraft);
    demandEqual(writer.nextSeq, 2, "the next number behind the epoch record");
    const appends = [1, 2, 3].map((n) => writer.append([createDraft(n), createDraft(n + 10)]));
    const numbers = appends.flatMap(({ records }) => records.map(seqOf));
    demandEqual(numbers, [2, 3, 4, 5, 6, 7], "the numbers");
    demandEqual(writer.nextSeq, 8, "the next number");
    await appends[2]?.durable;
    demandEqual((await readAll(log)).end.seq, 7, "the last number once the last append is durable");
    await writer.append([]).durable;
    await writer.close();
    await writer.close();
  },

  "makes what was appended durable when it is closed, and refuses more": async (test) => {
    const log = test.open();
    const writer = await log.beginEpoch(createEpochDraft);
    writer.append([createDraft(1)]);
    const closed = writer.close();
    await demandRejection(writer.append([createDraft(2)]).durable, { code: "log.closed" }, "an append after closing");
    await closed;
    demandEqual((await readAll(log)).end.seq, 2, "the last number");
  },

  "throws for a draft that is not JSON, and numbers nothing": async (test) => {
    const log = test.open();
    const writer = await log.beginEpoch(createEpochDraft);
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const bad of [createDraft(1, cycle), createDraft(1, 1n), { ...createDraft(1), time: Number.NaN }]) {
      const append = async (): Promise<unknown> => writer.append([createDraft(0), bad]);
      await demandRejection(append(), { code: "log.badRecord" }, "what is no JSON");
    }
    await writer.append([{ ...createDraft(1), data: undefined }]).durable;
    await writer.close();
    const { records } = await readAll(log);
    demandEqual(
      records.map(({ data }) => data),
      [{ epoch: 1 }, null],
      "the data",
    );
  },

  "hands out records after a number, and only of the history that was asked for": async (test) => {
    const log = test.open();
    const written = [...(await writeEpoch(log, 3)), ...(await writeEpoch(log, 3))];
    const rest = await readAll(log, { afterSeq: 6, afterCrc: written[5]?.crc ?? "" });
    demandEqual(rest.records, written.slice(6), "the records after 6");
    const none = await readAll(log, { afterSeq: 99 });
    demandEqual([none.records, none.end.seq], [[], 8], "the records after 99");
    for (const afterSeq of [6, 9]) {
      const other = readAll(log, { afterSeq, afterCrc: "00000000" });
      await demandRejection(other, { code: "log.otherHistory" }, `another history after ${afterSeq}`);
    }
  },

  "hands out many records in batches that are not empty, and can be given up half way": async (test) => {
    const log = test.open();
    const written = await writeEpoch(log, MANY);
    const read: LogRecord[] = [];
    for await (const records of log.read()) {
      demandEqual(records.length > 0, true, "a batch that is not empty");
      read.push(...records);
    }
    demandEqual(read, written, "the records");
    for await (const [first] of log.read()) {
      demandEqual(first, written[0], "the first record");
      break;
    }
    demandEqual((await readAll(log)).end.seq, MANY + 1, "the last number, read again");
  },
};

const beginning: Cases = {
  "begins an epoch with all the records that it is given": async (test) => {
    const log = test.open();
    await writeEpoch(log, 1);
    const writer = await log.beginEpoch((epoch) => [createEpochDraft(epoch), createDraft(1), createDraft(2)]);
    demandEqual(writer.epoch, 2, "the number of the epoch");
    demandEqual(writer.begun.map(seqOf), [3, 4, 5], "the numbers of what it was begun with");
    demandEqual((await readAll(log)).records.slice(2), writer.begun, "what is there before anything was appended");
    demandEqual(await log.newestEpoch(), writer.begun[0], "the newest epoch");
    const { records, durable } = writer.append([createDraft(3)]);
    await durable;
    demandEqual(records.map(seqOf), [6], "the number of what is appended");
    await writer.close();
  },

  "lets one of two writers begin an epoch": async (test) => {
    await writeEpoch(test.open(), 1);
    const begins = [1, 2].map(() => test.open().beginEpoch(createEpochDraft, { after: 1 }));
    const results = await Promise.allSettled(begins);
    const lost = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
    demandEqual(lost.length, 1, "how many lost");
    demandFields(lost[0], { code: "log.taken" }, "what the loser was told");
    for (const result of results) if (result.status === "fulfilled") await result.value.close();
    demandFields((await readAll(test.open())).end, { seq: 3, epoch: 2 }, "the end");
  },

  "begins nothing when another epoch was begun than the one found dead, or when the first record throws": async (
    test,
  ) => {
    await writeEpoch(test.open(), 1);
    await writeEpoch(test.open(), 1);
    const taken = test.open().beginEpoch(createEpochDraft, { after: 1 });
    await demandRejection(taken, { code: "log.taken" }, "an epoch after the one before the newest");
    const refused = test.open().beginEpoch(() => {
      throw new Error("refused");
    });
    await demandRejection(refused, { message: "refused" }, "an epoch whose first record throws");
    demandFields((await readAll(test.open())).end, { seq: 4, epoch: 2 }, "the end");
  },

  "stops a writer whose epoch was taken over": async (test) => {
    const writer = await test.open().beginEpoch(createEpochDraft);
    await writer.append([createDraft(1)]).durable;
    const next = await test.open().beginEpoch(createEpochDraft);
    await demandRejection(writer.append([createDraft(2)]).durable, { code: "log.failed" }, "an append of the old one");
    await demandRejection(writer.close(), { code: "log.failed" }, "its closing");
    await next.append([createDraft(3)]).durable;
    await next.close();
    demandFields((await readAll(test.open())).end, { seq: 4, epoch: 2, droppedBytes: 0 }, "the end");
  },
};

const following: Cases = {
  "shows every record once and in order while epochs come and go, from before the first": async (test) => {
    await follow(test.open(), {}, async (take) => {
      const first = take(4);
      const written = await writeEpoch(test.open(), 3);
      demandEqual(await first, written, "the first epoch");
      const rest = take(5);
      const later = [...(await writeEpoch(test.open(), 0)), ...(await writeEpoch(test.open(), 3))];
      demandEqual(await rest, later, "the next two");
    });
  },

  "shows what comes after a number, and then what comes live": async (test) => {
    const writer = await test.open().beginEpoch(createEpochDraft);
    await writer.append(Array.from({ length: MANY }, (_, n) => createDraft(n))).durable;
    await follow(test.open(), { afterSeq: 10 }, async (take) => {
      const old = await take(MANY - 9);
      demandEqual([old[0]?.seq, old.at(-1)?.seq], [11, MANY + 1], "the numbers of what was there");
      const live = take(2);
      const { records } = writer.append([createDraft(1), createDraft(2)]);
      demandEqual(await live, records, "what came live");
      await writer.close();
    });
  },

  "shows all of an epoch before the next": async (test) => {
    const written = [...(await writeEpoch(test.open(), MANY)), ...(await writeEpoch(test.open(), 1))];
    await follow(test.open(), {}, async (take) => {
      demandEqual(await take(written.length), written, "the records of both");
    });
  },

  "ends following when it is told to, while waiting or before": async (test) => {
    const stop = new AbortController();
    const waiting = test.open().follow({ signal: stop.signal }).next();
    stop.abort();
    demandEqual(await waiting, { done: true, value: undefined }, "while waiting");
    const before = test.open().follow({ signal: AbortSignal.abort() }).next();
    demandEqual(await before, { done: true, value: undefined }, "before");
  },
};

/** Follows a log while `work` goes on; `take` waits for so many records more. */
async function follow(
  log: LogStore,
  options: { afterSeq?: number },
  work: (take: (count: number) => Promise<LogRecord[]>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const batches = log.follow({ ...options, signal: stop.signal });
  const take = async (count: number): Promise<LogRecord[]> => {
    const taken: LogRecord[] = [];
    while (taken.length < count) {
      const step = await batches.next();
      demandEqual(step.done, false, "following goes on");
      const records = step.value ?? [];
      demandEqual(records.length > 0, true, "a batch that is not empty");
      taken.push(...records);
    }
    return taken;
  };
  try {
    await work(take);
  } finally {
    stop.abort();
  }
}

function seqOf({ seq }: LogRecord): number {
  return seq;
}
