/** `pleach events [RUN]`: what happened, a line each; with `--records` everything that the log holds. */
import type { LogRecord } from "../../actors/log/index.ts";
import { eventOf } from "../../actors/projections/events.ts";
import { tellEvent } from "../../protocol/tell-event.ts";
import { EXIT } from "../exit.ts";
import { followRunLog } from "../follow-log.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace } from "../place.ts";
import { factLine, line, nameActor } from "../words.ts";

export interface EventsOptions extends CommonOptions {
  follow?: boolean;
  records?: boolean;
}

/** Resolves with 0, whatever the run's fate. */
export async function events(wanted: string | undefined, options: EventsOptions): Promise<number> {
  const place = await findRunPlace(options.C);
  const folder = await findRun(place, wanted);
  const word = chooseWording(options);
  const batches = options.follow ? followRunLog(place.engine, folder) : place.engine.openLog(folder).read();
  for await (const records of batches) for (const record of records) await write(word(record));
  return EXIT.done;
}

/** How a record is told; null for one that is left out. */
export function chooseWording({ records, json }: EventsOptions): (record: LogRecord) => string | null {
  if (records) return json ? (record) => JSON.stringify(record) : wordRecord;
  if (json) {
    return (record) => {
      const event = eventOf(record);
      return event === null ? null : JSON.stringify(event);
    };
  }
  return (record) => {
    const event = eventOf(record);
    if (event === null) return null;
    const told = tellEvent(event);
    return told === null ? null : `${String(event.seq).padStart(6)} ${event.time.slice(11, 19)} ${factLine(told)}`;
  };
}

function wordRecord({ seq, time, actor, type, effects }: LogRecord): string {
  const asked = effects.length > 0 ? `  -> ${effects.map(({ name }) => line(name)).join(", ")}` : "";
  return `${String(seq).padStart(6)} ${new Date(time).toISOString().slice(11, 23)} ${nameActor(actor)} ${line(type)}${asked}`;
}

/** Waits for a slow reader, so that a long log is not kept in memory. */
export function write(text: string | null): Promise<void> | undefined {
  if (text === null || process.stdout.write(`${text}\n`)) return undefined;
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
