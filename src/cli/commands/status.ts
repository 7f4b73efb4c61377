/** `pleach status [RUN]`: the state of a run, whoever hosts it. */
import { readRun } from "../../actors/attach.ts";
import type { CommonOptions } from "../main.ts";
import { findPlace, findRun } from "../place.ts";
import { printStatus } from "../print-status.ts";

export async function status(run: string | undefined, options: CommonOptions): Promise<number> {
  const { root } = await findPlace(options.C);
  const document = readRun(findRun(root, run)).status();
  if (options.json) process.stdout.write(`${JSON.stringify(document)}\n`);
  else printStatus(process.stdout, document);
  return 0;
}
