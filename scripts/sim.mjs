// `npm run sim [-- --plans N --seed S --only K --overnight --json]`: simulates random plans in virtual time, with everything going
// wrong, and measures how long they take beside the best list schedule; then the example of eight hours of work in
// three. `--overnight` simulates nights of limits, outages and kills instead. Exits with 1 when a rule is broken, naming what repeats just that plan, or when the example takes too long.
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadModule } from "./modules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXAMPLE_HOURS = 3;
const GOAL = 1.1;
const MAX_SHOWN = 20;

/** A whole number that is not below 0, or the end. */
function wholeOf(name, text, fallback) {
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`sim: --${name} is a whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}

function readOptions() {
  const text = { type: "string" };
  try {
    const { values } = parseArgs({
      options: { plans: text, seed: text, only: text, overnight: { type: "boolean" }, json: { type: "boolean" } },
    });
    return {
      plans: wholeOf("plans", values.plans, 1_000),
      seed: wholeOf("seed", values.seed, 1),
      only: wholeOf("only", values.only, null),
      overnight: values.overnight === true,
      json: values.json === true,
    };
  } catch (error) {
    console.error(`sim: ${error.message}\nsim: flags are --plans N, --seed S, --only K, --overnight and --json`);
    process.exit(2);
  }
}

/** Nights in which nobody looks; what is lost is an error. */
async function simulateNights() {
  const { runNight, summariseNights } = await loadModule("testing/simulate/nights.ts");
  const { sanitizeLine } = await loadModule("terminal-text/index.ts");
  const nights = [];
  for (let number = only ?? 0; number < (only === null ? plans : only + 1); number++) {
    nights.push(await runNight(seed, number));
    if (process.stderr.isTTY && number % 20 === 19) process.stderr.write(`\r${number + 1} of ${plans} nights`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const summary = summariseNights(nights);
  const broken = nights.flatMap(({ number, violations, notices }) => [
    ...violations.map((violation) => ({ number, ...violation })),
    ...notices.lost.map((message) => ({ number, rule: "notice", message: `nobody was told: ${message}`, seq: 0 })),
  ]);
  process.exitCode = broken.length > 0 ? 1 : 0;
  if (json) {
    console.log(JSON.stringify({ schema: 1, seed, ...summary, broken }, null, 2));
    return;
  }
  const { outcomes, told, doubled, lost, ...counts } = summary;
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const row = (what, value) => console.log(`${what.padEnd(64)}${String(value).padStart(8)}`);
  row(`nights (seed ${seed}): ${ends.join(", ")}`, counts.nights);
  row("tasks", counts.tasks);
  row("hosts that were killed", counts.recoveries);
  row("walls: refusals of an account or a service", counts.walls);
  row("waits for them; attempts that another agent took over", `${counts.waits}; ${counts.standIns}`);
  row("nights whose hard budget was spent", counts.spent);
  row("notices; told twice after a kill; lost", `${told}; ${doubled}; ${lost}`);
  row("broken promises (work, tries, limits, budgets)", counts.violations);
  for (const { number, rule, message, seq } of broken.slice(0, MAX_SHOWN)) {
    console.log(sanitizeLine(`night ${number} breaks ${rule}, record ${seq}: ${message}`));
    console.log(`  again: npm run sim -- --overnight --seed ${seed} --only ${number}`);
  }
}

/** The makespan of the example, ms: with its durations estimated, and without. */
async function simulateExample() {
  const { simulate } = await loadModule("testing/simulate/index.ts");
  const { loadConfig } = await loadModule("plan/load-config.ts");
  const { loadPlan } = await loadModule("plan/load-plan.ts");
  const folder = new URL("../examples/three-hours/", import.meta.url);
  const { config } = await loadConfig(root);
  const { plan, errors } = loadPlan(fileURLToPath(new URL("plan.md", folder)), { root, config });
  if (plan === null) throw new Error(`the example is no plan: ${errors.map(({ message }) => message).join("; ")}`);
  const minutes = JSON.parse(readFileSync(new URL("durations.json", folder), "utf8"));
  const durations = ({ id }) => minutes[id] * 60_000;
  const patient = { ...plan, tasks: plan.tasks.map((task) => ({ ...task, timeoutMs: 24 * 60 * 60_000 })) };
  const estimated = await simulate(patient, { durations, estimates: durations });
  const unestimated = await simulate(patient, { durations });
  const violations = [...estimated.violations, ...unestimated.violations];
  const serialMs = plan.tasks.reduce((sum, task) => sum + durations(task), 0);
  return { serialMs, makespanMs: estimated.makespanMs, unestimatedMs: unestimated.makespanMs, violations };
}

const { plans, seed, only, overnight, json } = readOptions();
if (overnight) {
  await simulateNights();
  process.exit();
}
const { runTrial, summarise } = await loadModule("testing/simulate/campaign.ts");
const { sanitizeLine } = await loadModule("terminal-text/index.ts");
const numbers = only === null ? Array.from({ length: plans }, (_, number) => number) : [only];
const from = performance.now();
const trials = [];
for (const number of numbers) {
  trials.push(await runTrial(seed, number));
  if (process.stderr.isTTY && number % 20 === 19) process.stderr.write(`\r${number + 1} of ${numbers.length} plans`);
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
const seconds = (performance.now() - from) / 1000;
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
const summary = summarise(trials);
const example = await simulateExample();
const broken = trials.flatMap(({ number, violations }) => violations.map((violation) => ({ number, ...violation })));
const isLate = Math.max(example.makespanMs, example.unestimatedMs) > EXAMPLE_HOURS * 60 * 60_000;
if (json) console.log(JSON.stringify({ schema: 1, seed, ...summary, example, broken }, null, 2));
else print();
process.exitCode = broken.length > 0 || example.violations.length > 0 || isLate ? 1 : 0;

function print() {
  const times = (value) => `${value.toFixed(2)} x`;
  const hours = (ms) => `${Math.floor(ms / 3_600_000)} h ${String(Math.round(ms / 60_000) % 60).padStart(2, "0")} min`;
  const row = (what, value, more = "") => console.log(`${what.padEnd(46)}${value.padStart(12)}  ${more}`.trimEnd());
  const { ratio, unestimatedRatio, speedup, outcomes } = summary;
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  row("plans, seed", `${summary.plans}, ${seed}`, `${ends.join(", ")} with faults`);
  row(
    "records, recoveries",
    `${summary.records}, ${summary.recoveries}`,
    `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of them on a processor; ${availableParallelism()} cpus, load ${loadavg()[0].toFixed(1)}`,
  );
  row("violations", String(summary.violations));
  console.log("\nwithout faults; merging and gates take no time, here and in the list schedules:");
  row(
    "makespan, durations estimated within 30 %",
    times(ratio.median),
    `of the best list schedule (median; goal at most ${GOAL} x)`,
  );
  row("", times(ratio.p90), `nine in ten; the worst ${times(ratio.worst)}`);
  row("", times(ratio.orderSensitiveMedian), `median of the ${ratio.orderSensitivePlans} plans whose order matters`);
  row(
    "makespan, nothing estimated",
    times(unestimatedRatio.median),
    `median; of plans whose order matters ${times(unestimatedRatio.orderSensitiveMedian)}; nine in ten ${times(unestimatedRatio.p90)}`,
  );
  row(
    "one after the other",
    times(speedup.median),
    `as long (median); nine in ten ${times(speedup.p90)}, at best ${times(speedup.best)}`,
  );
  console.log(`\nexamples/three-hours, goal at most ${EXAMPLE_HOURS} h:`);
  row("one after the other", hours(example.serialMs));
  row("durations estimated, nothing estimated", hours(example.makespanMs), hours(example.unestimatedMs));
  if (isLate) console.log("TOO LATE");
  for (const { rule, message } of example.violations)
    console.log(sanitizeLine(`the example breaks ${rule}: ${message}`));
  for (const { number, run, rule, message, seq } of broken.slice(0, MAX_SHOWN)) {
    console.log(sanitizeLine(`plan ${number} breaks ${rule} when ${run}, record ${seq}: ${message}`));
    console.log(`  again: npm run sim -- --seed ${seed} --only ${number}`);
  }
}
