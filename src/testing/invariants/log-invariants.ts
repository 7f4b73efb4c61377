/** Promises of the runtime: they hold for the log of every run, of plans and of streams of one's own alike. */

import type { LogRecord } from "../../actors/log/port.ts";
import { readRecord } from "../../protocol/records.ts";
import type { RunInvariant } from "./run-invariant.ts";

/** Reports of a performer on the way carry the effect's id and a count behind this. */
const PROGRESS = "#";

const numberedInOrder: RunInvariant = {
  name: "records are numbered without a gap, and their time never goes back",
  find: (records) =>
    records.flatMap(({ seq, time }, index) => {
      const before = records[index - 1];
      if (before === undefined) return seq === 1 ? [] : [{ seq, why: `the first record is number ${seq}` }];
      if (seq !== before.seq + 1) return [{ seq, why: `it follows record ${before.seq}` }];
      return time < before.time ? [{ seq, why: `it is ${before.time - time} ms older than the one before` }] : [];
    }),
};

const uniqueEffects: RunInvariant = {
  name: "every effect has an identity of its own",
  find: (records) => {
    const asked = new Map<string, number>();
    return records.flatMap(({ seq, effects }) =>
      effects.flatMap(({ id }) => {
        const first = asked.get(id);
        if (first === undefined) asked.set(id, seq);
        return first === undefined ? [] : [{ seq, why: `${id} was asked for at record ${first} already` }];
      }),
    );
  },
};

const answeredOnce: RunInvariant = {
  name: "only what was asked for is answered, and at most once",
  find: (records) => {
    const asked = new Set<string>();
    const answers = new Map<string, number>();
    return records.flatMap(({ seq, cause, effects }) => {
      const found = cause === null ? null : explainAnswer(cause, { seq, asked, answers });
      for (const { id } of effects) asked.add(id);
      return found === null ? [] : [{ seq, why: found }];
    });
  },
};

function explainAnswer(
  cause: string,
  { seq, asked, answers }: { seq: number; asked: ReadonlySet<string>; answers: Map<string, number> },
): string | null {
  const [effect = "", progress] = cause.split(PROGRESS);
  if (!asked.has(effect)) return `nobody had asked for ${effect}`;
  const before = answers.get(effect);
  if (before !== undefined) return `${effect} was answered at record ${before} already`;
  if (progress === undefined) answers.set(effect, seq);
  return null;
}

const nextIncarnation: RunInvariant = {
  name: "an actor that is started again is its next incarnation",
  find: (records) => {
    const newest = new Map<string, number>();
    return records.map(readRecord).flatMap((record) => {
      if (record.type !== "actor.started") return [];
      const { incarnation } = record.data;
      const before = newest.get(record.actor) ?? 0;
      newest.set(record.actor, incarnation);
      return incarnation === before + 1
        ? []
        : [{ seq: record.seq, why: `${record.actor} is incarnation ${incarnation} after ${before}` }];
    });
  },
};

const startedFirst: RunInvariant = {
  name: "an actor hears nothing before it was started",
  find: (records) => {
    const started = new Set<string>();
    const isHeard = ({ actor, type }: LogRecord): boolean => started.has(actor) || type === "actor.started";
    return records.flatMap((record) => {
      const { actor, type, seq } = record;
      // The runtime's own records, and a start that failed, are told without there being an actor.
      const found = OF_THE_RUNTIME.has(actor) || isHeard(record) ? [] : [{ seq, why: `${actor} hears ${type}` }];
      if (type === "actor.started") started.add(actor);
      return found;
    });
  },
};

const OF_THE_RUNTIME: ReadonlySet<string> = new Set(["host", "deadletters"]);

/** See the file's head. */
export const logInvariants: readonly RunInvariant[] = [
  numberedInOrder,
  uniqueEffects,
  answeredOnce,
  nextIncarnation,
  startedFirst,
];
