/** `pleach host RUN` (hidden): the detached child that hosts a run while screens come and go. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { runFolder } from "../../actors/run-folder.ts";
import { hostRun } from "../host-run.ts";
import type { CommonOptions } from "../main.ts";
import { findPlace } from "../place.ts";
import type { Beginning } from "../prepare-run.ts";
import type { Reporter } from "../report.ts";
import { beginFile } from "../watch-run.ts";

const silent: Reporter = { event: () => {}, beat: () => {}, end: () => {} };

export async function host(run: string, options: CommonOptions & { vault?: string; learn: boolean }): Promise<number> {
  const place = await findPlace(options.C);
  const file = beginFile(runFolder(place.root, run));
  const begin = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Beginning) : undefined;
  rmSync(file, { force: true });
  const vault = options.learn ? (options.vault ?? null) : null;
  return hostRun({ place, run, ...(begin ? { begin } : {}), stay: true, reporter: silent, vault });
}
