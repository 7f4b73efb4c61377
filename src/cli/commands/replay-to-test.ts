/** `pleach replay [RUN] --to-test FILE`: turns a recorded run into a regression test. */
import { relative, resolve } from "node:path";
import { type LogStore, readEach } from "../../actors/log/index.ts";
import { PleachError } from "../../errors.ts";
import { writeReplayTest } from "../../testing/machines/write-replay-test.ts";
import { redactSecrets } from "../../vault/text/redact.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun } from "../place.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

const MAX_SUSPECTS = 20;

/** Resolves with 0. Throws as `writeReplayTest` does, and `replay.untilToTest` when only a part of the run is asked for. */
export async function replayToTest(
  wanted: string | undefined,
  options: CommonOptions & { toTest: string; until?: number },
): Promise<number> {
  if (options.until !== undefined) {
    throw new PleachError("replay.untilToTest", "a test is made of a whole run, not of a part of it", {
      hint: "leave --until out",
    });
  }
  const place = await findPlace(options.C);
  const { dir } = place;
  const folder = await findRun(place, wanted);
  const log = place.engine.openLog(folder);
  const written = await writeReplayTest({ run: folder.run, log, file: resolve(dir, options.toTest) });
  const suspects = await listSuspects(log);
  if (options.json) {
    const { test, folder: records_folder, records, bytes, replaced } = written;
    printJson({ schema: 1, run: folder.run, test, records_folder, records, bytes, replaced, suspects });
    return EXIT.done;
  }
  const show = (path: string): string => line(relative(dir, path) || path);
  process.stdout.write(
    `${written.replaced ? "made again" : "made"} ${show(written.test)}\n` +
      `  and ${show(written.folder)}: ${written.records} records, ${written.bytes} bytes\n` +
      `run it: npx vitest run ${show(written.test)}\n` +
      "the project needs both for that: npm install --save-dev pleach vitest\n",
  );
  if (suspects.length > 0) {
    const some = suspects.slice(0, MAX_SUSPECTS).join(", ");
    process.stderr.write(
      `pleach: what looks like a secret is in ${suspects.length} of its records: ${some}\n` +
        "  hint: look at them before you commit the test: pleach events --records\n",
    );
  }
  return EXIT.done;
}

/** Records with a string that looks like a secret; the test's log holds it, for a log cannot be edited. */
async function listSuspects(log: LogStore): Promise<number[]> {
  const suspects: number[] = [];
  await readEach(log, ({ seq, data }) => {
    if (holdsSecret(data)) suspects.push(seq);
  });
  return suspects;
}

function holdsSecret(value: unknown): boolean {
  if (typeof value === "string") return redactSecrets(value) !== value;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(holdsSecret);
}
