/**
 * The soak: round after round until the time is up, or until a promise is broken. After each round, readers of foreign text
 * are given some that is crafted. Started by `scripts/soak.mjs` with the request as JSON.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandomSequence } from "../../src/testing/determinism/seeded-random.ts";
import { readMixed } from "./foreign-text.ts";
import { LARGE, runSoakRound, SMALL, type SoakRound } from "./soak-run.ts";

/** Readers of foreign text that are tried after each round, each on a crafted megabyte. */
const READINGS = { large: 20, small: 1 };

/** `isSmall`: short plans and few kills, so that many runs are seen. */
interface Request {
  minutes: number;
  runs: number;
  seed: number;
  isSmall: boolean;
  isJson: boolean;
}

const { minutes, runs: most, seed: firstSeed, isSmall, isJson } = JSON.parse(process.argv[2] ?? "{}") as Request;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "pleach-soak-")));
const begun = Date.now();
const until = begun + minutes * 60_000;
const runs: SoakRound[] = [];
const sum = (figure: (run: SoakRound) => number): number => runs.reduce((total, run) => total + figure(run), 0);

/** Progress is a message; the closing figures are the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

let broken: SoakRound | null = null;
const goesOn = (): boolean => runs.length === 0 || (runs.length < most && Date.now() < until);
for (let seed = firstSeed; broken === null && goesOn(); seed++) {
  const root = join(scratch, String(seed));
  const run = await runSoakRound(root, seed, isSmall ? SMALL : LARGE);
  for (const { reader, text, ms, allowedMs } of readMixed(
    isSmall ? READINGS.small : READINGS.large,
    1_000_000,
    createRandomSequence(seed, "text").next,
  )) {
    if (ms <= allowedMs) continue;
    run.violations.push(`${reader} takes ${Math.round(ms)} ms, not ${Math.round(allowedMs)}, for text ${text}`);
  }
  runs.push(run);
  const { tasks, kills, violations } = run;
  say(`${violations.length === 0 ? "✓" : "✗"} seed ${seed}: ${tasks} tasks, ${kills} kills`);
  if (violations.length > 0) broken = run;
  else rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

const orphans = sum(({ violations }) => violations.filter((each) => each.startsWith("processes are left")).length);
const slowReadings = sum(({ violations }) => violations.filter((each) => each.includes(" for text ")).length);
const figures = {
  schema: 1,
  ok: broken === null,
  minutes: Math.round((Date.now() - begun) / 6_000) / 10,
  firstSeed,
  runs: runs.length,
  tasks: sum(({ tasks }) => tasks),
  records: sum(({ records }) => records),
  kills: sum(({ kills }) => kills),
  lostAttempts: sum(({ lostAttempts }) => lostAttempts),
  tries: sum(({ tries }) => tries),
  faults: sum(({ faults }) => faults),
  endedByFault: sum(({ endedByFault }) => Number(endedByFault)),
  lostWork: sum(({ violations }) => violations.length) - orphans - slowReadings,
  orphans,
  slowReadings,
};
if (isJson) console.log(JSON.stringify({ ...figures, broken }));
else {
  for (const [name, figure] of Object.entries(figures).slice(1)) console.log(`${name.padEnd(14)}${String(figure)}`);
}
if (broken === null) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
else {
  for (const violation of broken.violations) say(`  ${violation}`);
  say(`  kept: ${scratch}\n  again: npm run soak -- --seed ${broken.seed} --runs 1${isSmall ? " --small" : ""}`);
  process.exitCode = 1;
}
