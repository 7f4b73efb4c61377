/** Histories one after another, until all are done, the time is over, or a promise is broken: the latter is told so that it can be seen again. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `scripts/soak.mjs` asks for. */
export interface Request {
  minutes: number;
  runs: number;
  seed: number;
  isSmall: boolean;
  isJson: boolean;
}

export interface History {
  seed: number;
  /** What was done, in order. */
  steps: string[];
  violations: string[];
}

export interface Campaign<Lived extends History> {
  /** The flag of `npm run soak` that it goes by. */
  flag: string;
  /** Lives through one in a folder that does not exist yet. */
  live: (place: string, seed: number, isSmall: boolean) => Promise<Lived>;
  /** What is summed up over all, by its name. */
  figures: Readonly<Record<string, (lived: Lived) => number>>;
}

/** Carries it out, and prints its figures. The process ends with 1 when a promise is broken. */
export async function carryOutCampaign<Lived extends History>(
  { flag, live, figures }: Campaign<Lived>,
  { minutes, runs: most, seed: first, isSmall, isJson }: Request,
): Promise<void> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "pleach-soak-")));
  const begun = Date.now();
  const all: Lived[] = [];
  let broken: Lived | null = null;
  const goesOn = (): boolean => all.length < most && Date.now() - begun < minutes * 60_000;
  for (let seed = first; broken === null && goesOn(); seed += 1) {
    const place = join(scratch, String(seed));
    const lived = await live(place, seed, isSmall);
    all.push(lived);
    const told = Object.entries(figures).map(([name, figure]) => `${figure(lived)} ${name}`);
    process.stderr.write(`${lived.violations.length === 0 ? "✓" : "✗"} seed ${seed}: ${told.join(", ")}\n`);
    if (lived.violations.length > 0) broken = lived;
    rmSync(place, { recursive: true, force: true, maxRetries: 5 });
  }
  const sum = (figure: (lived: Lived) => number): number => all.reduce((so, each) => so + figure(each), 0);
  const summary = {
    schema: 1,
    ok: broken === null,
    minutes: Math.round((Date.now() - begun) / 6_000) / 10,
    firstSeed: first,
    histories: all.length,
    ...Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, sum(figure)])),
    violations: sum(({ violations }) => violations.length),
  };
  if (isJson) console.log(JSON.stringify({ ...summary, broken }));
  else
    for (const [name, figure] of Object.entries(summary).slice(1)) console.log(`${name.padEnd(12)}${String(figure)}`);
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  if (broken === null) return;
  for (const step of broken.steps) process.stderr.write(`  ${step}\n`);
  for (const violation of broken.violations) process.stderr.write(`  ✗ ${violation}\n`);
  const size = isSmall ? " --small" : "";
  process.stderr.write(`  again: npm run soak -- ${flag} --seed ${broken.seed} --runs 1${size}\n`);
  process.exitCode = 1;
}
