/** `pleach log verify [RUN]`: checks every record of a run's log. Changes nothing. */
import { CUT_OFF, verifyLog as checkRecords } from "../../actors/log/index.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace } from "../place.ts";
import { printJson } from "../streams.ts";

/** Resolves with 0, or 4 when the log is damaged. */
export async function verifyLog(wanted: string | undefined, options: CommonOptions): Promise<number> {
  const place = await findRunPlace(options.C);
  const folder = await findRun(place, wanted);
  const { records, ok, damage, droppedBytes, dropped } = await checkRecords(place.engine.openLog(folder));
  if (options.json) printJson({ schema: 1, run: folder.run, records, ok, damage, dropped_bytes: droppedBytes });
  else if (damage === null) {
    process.stdout.write(
      `run ${folder.run}: ${records} records, all as they were written${sayDropped(droppedBytes, dropped)}\n`,
    );
  } else {
    process.stdout.write(
      `run ${folder.run}: damaged after ${records} records\n  ${damage.file} at byte ${damage.byte}: ${damage.why}\n`,
    );
    process.stderr.write("  hint: restore this file from a backup, or begin a new run; nothing was changed\n");
  }
  return ok ? EXIT.done : EXIT.damaged;
}

/** A line without its end was never a record; a whole one that does not hold was written by nobody, or is a record that was damaged. */
export function sayDropped(bytes: number, why: string | undefined): string {
  if (bytes === 0) return "";
  if (why === undefined || why === CUT_OFF) return `; ${bytes} bytes that were cut off while writing are no part of it`;
  return `; the last ${bytes} bytes are no part of it, though their line is whole: ${why}; what it told is lost`;
}
