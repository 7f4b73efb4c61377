/** `pleach attach [RUN]`: watches a run; leaving does not stop it. */
import { readRun } from "../../actors/client/attach.ts";
import { isRunOver, type RunStatus } from "../../protocol/status.ts";
import { exitOfStatus } from "../exit.ts";
import { followRunLog } from "../follow-log.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findRun, findRunPlace } from "../place.ts";
import { summary } from "../print-status.ts";
import { type EndType, writeEndLine } from "../report.ts";
import { chooseWording, write } from "./events.ts";

/** Resolves with the exit code of the run's status, or 0 when the person left. */
export async function attach(wanted: string | undefined, options: CommonOptions & OutputOptions): Promise<number> {
  const output = chooseOutput(options);
  const place = await findRunPlace(options.C);
  const folder = await findRun(place, wanted);
  if (output === "tui") return (await import("../watch-run.ts")).watchRun(place, folder);
  const word = chooseWording({ json: output === "json" });
  for await (const records of followRunLog(place.engine, folder))
    for (const record of records) await write(word(record));
  const status = (await readRun(place.engine, folder)).status();
  if (output === "json") writeEndLine(process.stdout, endOf(status.status), status);
  else process.stdout.write(summary(status));
  return exitOfStatus(status.status);
}

function endOf(status: RunStatus): EndType {
  if (status === "waiting") return "run.waiting";
  return isRunOver(status) ? "run.finished" : "run.interrupted";
}
