// `npm run check`: every check of the project, one after the other, one line each with its time. Stops at the first red
// with that step's output. Each step is an npm script of its own. `-- --without-tests` leaves the tests out, for a
// caller that has just run them.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const STEPS = ["biome", "typecheck", "depcruise", "eslint", "knip", "test", "coverage", "build", "publint"];
const WITHOUT_TESTS = "--without-tests";

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== WITHOUT_TESTS);
if (unknown !== undefined) {
  console.error(`check: unknown flag ${unknown}; the only one is ${WITHOUT_TESTS}`);
  process.exit(2);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

for (const step of STEPS) {
  if (step === "test" && flags.includes(WITHOUT_TESTS)) {
    console.log(`- ${step.padEnd(10)} left out`);
    continue;
  }
  const from = performance.now();
  const done = spawnSync(npm, ["run", "--silent", step], { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const seconds = `${((performance.now() - from) / 1000).toFixed(1)} s`.padStart(8);
  if (done.status === 0) {
    console.log(`✓ ${step.padEnd(10)}${seconds}`);
    continue;
  }
  console.log(`✗ ${step.padEnd(10)}${seconds}\n`);
  process.stdout.write(`${done.stdout ?? ""}${done.stderr ?? ""}`);
  if (done.error) console.error(done.error.message);
  console.log(`\ncheck: red at ${step}; run it alone with: npm run ${step}`);
  process.exit(1);
}
