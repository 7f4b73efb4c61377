/** `pleach attach [RUN]`: watches a run; leaving does not stop it. */
import { readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { eventOf } from "../../actors/projections/events.ts";
import { isRunOver, type RunStatus } from "../../protocol/states.ts";
import { exitOfStatus } from "../exit.ts";
import { followRunLog } from "../follow-log.ts";
import type { CommonOptions } from "../options.ts";
import { chooseOutput, type OutputOptions } from "../output.ts";
import { findRun, findRunPlace, type RunPlace } from "../place.ts";
import { summary } from "../print-status.ts";
import { type EndType, plainReporter, writeEndLine } from "../report.ts";
import { chooseWording, write } from "./events.ts";

/** Resolves with the exit code of the run's status, or 0 when the person left. */
export async function attach(wanted: string | undefined, options: CommonOptions & OutputOptions): Promise<number> {
  const output = chooseOutput(options);
  const place = await findRunPlace(options.C);
  const folder = await findRun(place, wanted);
  if (output === "tui") return (await import("../watch-run.ts")).watchRun(place, folder);
  if (output === "json") await tellJson(place, folder);
  else await tellPlain(place, folder);
  const status = (await readRun(place.engine, folder)).status();
  if (output === "json") writeEndLine(process.stdout, endOf(status.status), status);
  else process.stdout.write(summary(status));
  return exitOfStatus(status.status);
}

async function tellJson({ engine }: RunPlace, folder: RunFolder): Promise<void> {
  const word = chooseWording({ json: true });
  for await (const records of followRunLog(engine, folder)) for (const record of records) await write(word(record));
}

/** The lines that `pleach run` says, from the first one on. */
async function tellPlain({ engine }: RunPlace, folder: RunFolder): Promise<void> {
  const reporter = plainReporter(process.stdout, process.stderr);
  const status = (await readRun(engine, folder)).status();
  reporter.begin({ ...status, tasks: status.tasks.map((task) => ({ ...task, status: "pending" as const })) });
  for await (const records of followRunLog(engine, folder)) {
    for (const record of records) {
      const event = eventOf(record);
      if (event !== null) reporter.event(event);
    }
    if (process.stdout.writableNeedDrain) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}

function endOf(status: RunStatus): EndType {
  if (status === "waiting") return "run.waiting";
  return isRunOver(status) ? "run.finished" : "run.interrupted";
}
