/**
 * Nights in virtual time: random plans that go on for hours while nobody looks. Usage limits and outages, red gates, crashes of
 * the host, a disk that refuses, hard budgets; whoever is asked answers in the morning. Each is a function of the campaign's
 * seed and its own number. Besides the rules of every simulation, what a person is to be told of is told.
 */
import { type MemoryLog, readEach } from "../../actors/log/index.ts";
import {
  emptyOccasions,
  listDue,
  nextDue,
  noteOccasion,
  noticeId,
  type Occasion,
} from "../../machines/notices/occasions.ts";
import { hashText } from "../../machines/random.ts";
import type { NoticeKind, Plan, Task } from "../../plan/model.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import { refusedBy } from "../../protocol/values.ts";
import { createSeededRandom, type SeededRandom } from "../determinism/seeded-random.ts";
import { type FaultRates, usualFaults } from "./fault-rates.ts";
import { randomPlan } from "./random-plan.ts";
import { type Simulation, simulate } from "./simulate.ts";
import type { Violation } from "./violations.ts";
import type { Overheads } from "./world.ts";

/** What became of one night. */
export interface Night {
  /** Number in the campaign, from 0. */
  number: number;
  tasks: number;
  outcome: Simulation["outcome"];
  /** From the run's begin to its end, ms of virtual time. */
  makespanMs: number;
  recoveries: number;
  /** Times that an account or a service refused to serve an agent. */
  walls: number;
  /** Times that an account was held back until it was served again. */
  waits: number;
  /** Attempts that another agent took over. */
  standIns: number;
  /** Whether a hard budget was set, and spent. */
  isSpent: boolean;
  /** Notices that a person was given; those given twice since the host died in between; those that they never got. */
  notices: { told: number; doubled: number; lost: string[] };
  violations: Violation[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIN_DURATION_MS = 10 * MINUTE_MS;
const MAX_DURATION_MS = 3 * HOUR_MS;
const OVERHEADS: Overheads = {
  prepareMs: 20_000,
  gatesMs: 3 * MINUTE_MS,
  reviewMs: 5 * MINUTE_MS,
  chainMs: 500,
  tipMs: 5 * MINUTE_MS,
};
/** What happens at night more than by day. */
const FAULTS: FaultRates = { ...usualFaults, refuseRate: 0.2, gateRedRate: 0.15, hostCrashes: 5, machineryRate: 0.05 };
/** A telling that takes longer than this is cut off when the host dies. */
const TELLING_MS = 2_000;
const CHANNEL = "the person's command";
const KINDS: readonly NoticeKind[] = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];

/** Simulates night `number` of the campaign with this seed. */
export async function runNight(seed: number, number: number): Promise<Night> {
  const own = hashText(`${seed}/night ${number}`);
  const random = createSeededRandom(own);
  const plan = withLimits(randomPlan(own), random);
  const durations = ({ id }: Task): number => random.magnitude(MIN_DURATION_MS, MAX_DURATION_MS, id, "duration");
  let asked = 0;
  const { outcome, makespanMs, recoveries, violations, log } = await simulate(plan, {
    ...{ seed: own, durations, faults: FAULTS, overheads: OVERHEADS },
    person: ({ task, choices }) => {
      asked++;
      const choice = random.pick(choices, task, asked, "chooses");
      return { choice, afterMs: random.magnitude(MINUTE_MS, 10 * HOUR_MS, task, asked, "answers") };
    },
  });
  const records = await readAll(log);
  const count = (isOne: (record: RunRecord) => boolean): number => records.filter(isOne).length;
  return {
    ...{ number, tasks: plan.tasks.length, outcome, makespanMs, recoveries },
    walls: count(({ type, data }) => type === "agent.exited" && !data.ok && refusedBy(data) !== null),
    waits: count(({ type }) => type === "account.held"),
    standIns: count(({ type }) => type === "agent.stoodIn"),
    isSpent: plan.budget.mode === "hard" && count(({ type }) => type === "budget.exhausted") > 0,
    notices: tellAll(records, random),
    violations,
  };
}

/** Half of the nights have a hard budget that is too small. */
function withLimits(plan: Plan, random: SeededRandom): Plan {
  if (!random.chance(0.5, "hard")) return plan;
  return { ...plan, budget: { ...plan.budget, usd: random.whole(1, plan.tasks.length, "usd"), mode: "hard" } };
}

async function readAll(log: MemoryLog): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  await readEach(log, (record) => records.push(readRecord(record)));
  return records;
}

/**
 * Gives a person the notices of a run as its host does, from its log alone: what is due is told, and that it was is noted; who
 * dies in between tells it again. Lost is what lasted longer than a telling takes and was never told.
 */
function tellAll(records: readonly RunRecord[], random: SeededRandom): Night["notices"] {
  const occasions = emptyOccasions();
  const told = new Map<number, number>();
  const seen = new Map<number, Occasion>();
  let doubled = 0;
  const tellDue = (at: number, isCutOff: boolean): void => {
    const due = listDue(occasions, { channel: CHANNEL, when: KINDS, at });
    for (const { seq } of due) told.set(seq, (told.get(seq) ?? 0) + 1);
    if (due.length === 0) return;
    if (isCutOff) doubled += due.length;
    else noteSent(due, at);
  };
  const noteSent = (due: readonly Occasion[], time: number): void => {
    const notices = due.map((each) => noticeId("night", each, each.tellings[CHANNEL]?.done ?? 0));
    const data = { channel: CHANNEL, notices, reason: null };
    noteOccasion(occasions, { seq: -1, time, actor: "host", type: "notice.sent", data } as unknown as RunRecord);
  };
  for (const [index, record] of records.entries()) {
    noteOccasion(occasions, record);
    for (const occasion of Object.values(occasions.open)) seen.set(occasion.seq, { ...occasion });
    const until = records[index + 1]?.time ?? record.time + TELLING_MS;
    const dies = records[index + 1]?.type === "epoch.started" && random.chance(0.5, "dies", record.seq);
    // Reminders come on the way to the next record.
    for (let at = record.time + TELLING_MS; at <= until; ) {
      tellDue(at, dies);
      const next = nextDue(occasions, { channel: CHANNEL, when: KINDS });
      if (dies || next === null || next <= at) break;
      at = next;
    }
  }
  const end = records.at(-1)?.time ?? 0;
  tellDue(end + TELLING_MS, false);
  const lost = [...seen.values()].filter(({ seq }) => !told.has(seq) && !isBrief(seq, records));
  return {
    told: [...told.values()].reduce((sum, times) => sum + times, 0),
    doubled,
    lost: lost.map(({ when, about, seq }) => `${when} ${about} of record ${seq}`),
  };
}

/** Whether what began with this record was over before anybody could be told of it. */
function isBrief(seq: number, records: readonly RunRecord[]): boolean {
  const from = records.findIndex((record) => record.seq === seq);
  const began = records[from]?.time ?? 0;
  return records.slice(from + 1).some(({ type, time }) => time <= began + TELLING_MS && ENDS.has(type));
}

const ENDS: ReadonlySet<string> = new Set([
  "decision.made",
  "actor.stopped",
  "actor.started",
  "budget.raised",
  "agent.unlimited",
  "run.finished",
  "epoch.started",
  "task.finished",
]);

/** What nights say together. */
export interface NightsSummary {
  nights: number;
  outcomes: Record<string, number>;
  tasks: number;
  recoveries: number;
  walls: number;
  waits: number;
  standIns: number;
  spent: number;
  told: number;
  doubled: number;
  lost: number;
  violations: number;
}

/** Sums nights up. */
export function summariseNights(nights: readonly Night[]): NightsSummary {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of nights) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const sum = (of: (night: Night) => number): number => nights.reduce((total, night) => total + of(night), 0);
  return {
    nights: nights.length,
    outcomes,
    tasks: sum(({ tasks }) => tasks),
    recoveries: sum(({ recoveries }) => recoveries),
    walls: sum(({ walls }) => walls),
    waits: sum(({ waits }) => waits),
    standIns: sum(({ standIns }) => standIns),
    spent: sum(({ isSpent }) => (isSpent ? 1 : 0)),
    told: sum(({ notices }) => notices.told),
    doubled: sum(({ notices }) => notices.doubled),
    lost: sum(({ notices }) => notices.lost.length),
    violations: sum(({ violations }) => violations.length),
  };
}
