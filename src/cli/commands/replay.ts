/** `pleach replay [RUN]`: folds the log again and says what the actors are, and whether it asks for what was done. */
import { replayRun } from "../../actors/client/replay-run.ts";
import type { ReplayReport } from "../../actors/runtime/replay.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { brief, line } from "../words.ts";
import { replayToTest } from "./replay-to-test.ts";

const MAX_ACTORS = 200;
const MAX_DIFFERENCES = 20;

/** Resolves with 0, or 4 when `--verify` finds a difference. With `--to-test` a test is made of the run instead. */
export async function replay(
  wanted: string | undefined,
  options: CommonOptions & { until?: number; verify?: boolean; toTest?: string },
): Promise<number> {
  const { toTest } = options;
  if (toTest !== undefined) return replayToTest(wanted, { ...options, toTest });
  const place = await findRunPlace(options.C);
  const folder = await findRun(place, wanted);
  const report = await replayRun(place.engine, folder, options);
  if (options.json) printJson({ schema: 1, run: folder.run, ...report });
  else print(process.stdout, folder.run, report);
  return options.verify && !report.verified ? EXIT.damaged : EXIT.done;
}

function print(
  out: NodeJS.WritableStream,
  run: string,
  { since, seq, states, hash, differences, incompatible }: ReplayReport,
): void {
  const actors = Object.entries(states) as [string, { value?: unknown; status?: unknown }][];
  const width = Math.max(8, ...actors.map(([id]) => Math.min(40, id.length)));
  out.write(`run ${run} at record ${seq}\n`);
  for (const [id, { value, status }] of actors.slice(0, MAX_ACTORS)) {
    const state = typeof value === "string" ? value : JSON.stringify(value ?? null);
    out.write(`  ${line(id).padEnd(width)}  ${line(state).padEnd(14)} ${line(status)}\n`);
  }
  if (actors.length > MAX_ACTORS) out.write(`  and ${actors.length - MAX_ACTORS} more actors: --json lists them\n`);
  out.write(`hash ${hash}\n`);
  const folded =
    since === 0 ? "every record" : `from a snapshot of record ${since} on (--verify: from the first), each`;
  if (differences.length === 0) out.write(`${folded} asks for what was recorded\n`);
  for (const { seq: at, actor, want, got } of differences.slice(0, MAX_DIFFERENCES)) {
    const sides = typeof got === "string" ? got : JSON.stringify(got);
    out.write(
      `✖ record ${at} of ${line(actor)}\n    recorded ${brief(JSON.stringify(want))}\n    now      ${brief(sides)}\n`,
    );
  }
  if (differences.length > MAX_DIFFERENCES)
    out.write(`  and ${differences.length - MAX_DIFFERENCES} more differences\n`);
  if (incompatible) out.write(`from record ${incompatible.seq} on: ${line(incompatible.why)}\n`);
}
