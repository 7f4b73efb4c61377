/** The campaign of `npm run soak -- --work`: history after history, until all are done or a promise is broken. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runWorkHistory, type WorkHistory } from "./work-history.ts";

interface Request {
  minutes: number;
  runs: number;
  seed: number;
  isSmall: boolean;
  isJson: boolean;
}

const STEPS = { large: 10, small: 6 };

const { minutes, runs: most, seed: first, isSmall, isJson } = JSON.parse(process.argv[2] ?? "{}") as Request;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "pleach-work-")));
const begun = Date.now();
const histories: WorkHistory[] = [];
let broken: WorkHistory | null = null;
const goesOn = (): boolean => histories.length < most && Date.now() - begun < minutes * 60_000;
for (let seed = first; broken === null && goesOn(); seed += 1) {
  const place = join(scratch, String(seed));
  const history = await runWorkHistory(place, seed, isSmall ? STEPS.small : STEPS.large);
  histories.push(history);
  const { commits, kills, full, steps, violations } = history;
  const mark = violations.length === 0 ? "✓" : "✗";
  process.stderr.write(
    `${mark} seed ${seed}: ${steps.length} steps, ${commits} commits, ${kills} kills, ${full} full disks\n`,
  );
  if (violations.length > 0) broken = history;
  rmSync(place, { recursive: true, force: true, maxRetries: 5 });
}
const sum = (figure: (history: WorkHistory) => number): number =>
  histories.reduce((all, each) => all + figure(each), 0);
const figures = {
  schema: 1,
  ok: broken === null,
  minutes: Math.round((Date.now() - begun) / 6_000) / 10,
  firstSeed: first,
  histories: histories.length,
  steps: sum(({ steps }) => steps.length),
  commits: sum(({ commits }) => commits),
  kills: sum(({ kills }) => kills),
  fullDisks: sum(({ full }) => full),
  violations: sum(({ violations }) => violations.length),
};
if (isJson) console.log(JSON.stringify({ ...figures, broken }));
else for (const [name, figure] of Object.entries(figures).slice(1)) console.log(`${name.padEnd(12)}${String(figure)}`);
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
if (broken !== null) {
  for (const step of broken.steps) process.stderr.write(`  ${step}\n`);
  for (const violation of broken.violations) process.stderr.write(`  ✗ ${violation}\n`);
  const size = isSmall ? " --small" : "";
  process.stderr.write(`  again: npm run soak -- --work --seed ${broken.seed} --runs 1${size}\n`);
  process.exitCode = 1;
}
