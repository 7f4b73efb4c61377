/** `pleach status [RUN]`: the state of a run, whoever hosts it. */
import { readStatus } from "../../actors/client/read-status.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace } from "../place.ts";
import { printStatus } from "../print-status.ts";
import { printJson } from "../streams.ts";

/** Resolves with 0, whatever the run's fate. */
export async function status(wanted: string | undefined, options: CommonOptions): Promise<number> {
  const place = await findRunPlace(options.C);
  const document = await readStatus(place.engine, await findRun(place, wanted));
  if (options.json) printJson(document);
  else printStatus(process.stdout, document);
  return EXIT.done;
}
