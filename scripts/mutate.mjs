// Changes the program in one small way at a time and asks the tests whether they notice (mutation testing, with Stryker).
// Without FILES a sample is drawn: as many mutants of each room below, by a seed; the same sources and seed draw the same.
// Mutants that the compiler refuses do not count, nor do those that scripts/mutate/equivalent.json holds, if it is there,
// each with the reason why no test can tell it from the program. Not part of CI: it takes an hour and more.
// usage: npm run mutate -- [FILES] [--seed N] [--each N] [--list]
//   FILES     mutates these files and folders wholly, or --each of them, instead of the rooms below
//   --seed N  of the sample (default 20261201)
//   --each N  mutants a room (default 25), or of FILES
//   --list    prints what would be tried, and tries nothing
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { nameMutant, tellResults } from "./mutate/results.mjs";
import { drawSample, listMutants, rangeOf } from "./mutate/sample.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Room -> folder. */
const ROOMS = {
  machines: "src/machines",
  runtime: "src/actors/runtime",
  log: "src/actors/log",
  index: "src/vault/index",
  git: "src/actors/git",
  process: "src/actors/process",
};
/** Stryker 10 wants Node 22. Installed where it is used, since nobody else needs its 160 packages. */
const PACKAGES = ["@stryker-mutator/core@9.6.1", "@stryker-mutator/vitest-runner@9.6.1"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "20261201" },
    each: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

const cache = join(root, "node_modules", ".cache", "pleach-mutate");
const stryker = install();
const listFiles = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`)
    .sort();
const groups =
  positionals.length > 0
    ? { files: positionals.flatMap((path) => (path.endsWith(".ts") ? [path] : listFiles(path))) }
    : Object.fromEntries(Object.entries(ROOMS).map(([room, folder]) => [room, listFiles(folder)]));

const all = {};
for (const [room, files] of Object.entries(groups)) all[room] = await listMutants(stryker, root, files);
const sample = drawSample(root, all, {
  seed: values.seed,
  each: Number(values.each ?? (positionals.length > 0 ? Number.POSITIVE_INFINITY : 25)),
});
for (const [room, { drawn, refused }] of Object.entries(sample)) {
  console.log(`${room}: ${all[room].length} mutants, ${drawn.length} drawn, ${refused} more that do not compile`);
}
const chosen = Object.entries(sample).flatMap(([room, { drawn }]) => drawn.map((mutant) => ({ ...mutant, room })));
if (values.list) {
  for (const mutant of chosen) console.log(nameMutant(mutant));
  process.exit(0);
}

mkdirSync(join(cache, "reports"), { recursive: true });
writeFileSync(join(cache, "sample.json"), JSON.stringify(chosen.map(({ key }) => key)));
const report = join(cache, "reports", "mutation.json");
writeFileSync(
  join(cache, "stryker.json"),
  JSON.stringify({
    // No more than the sample: what every test reaches of thousands of mutants fills the memory.
    mutate: [...new Set(chosen.map(rangeOf))],
    plugins: [
      pathToFileURL(join(cache, "node_modules/@stryker-mutator/vitest-runner/dist/src/index.js")).href,
      pathToFileURL(join(root, "scripts/mutate/checker.mjs")).href,
    ],
    checkers: ["sample"],
    buildCommand: "node scripts/mutate/restore-modes.mjs",
    testRunner: "vitest",
    vitest: { configFile: "scripts/mutate/vitest.config.js", related: true },
    coverageAnalysis: "perTest",
    concurrency: 2,
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 60,
    incremental: false,
    allowEmpty: false,
    // Not below node_modules: vitest asks nothing of what lies there, and would find no tests.
    tempDirName: ".stryker-tmp",
    ignorePatterns: ["dist", "coverage", ".ce-workspace"],
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: relative(root, report) },
    warnings: false,
  }),
);
const { status } = spawnSync(
  process.execPath,
  [join(cache, "node_modules/@stryker-mutator/core/bin/stryker.js"), "run", join(cache, "stryker.json")],
  { cwd: root, stdio: "inherit", env: { ...process.env, PLEACH_MUTATE_SAMPLE: join(cache, "sample.json") } },
);
if (status !== 0) process.exit(status ?? 1);
const isGood = tellResults(root, JSON.parse(readFileSync(report, "utf8")), chosen);
process.exit(isGood ? 0 : 1);

/** Where Stryker lies; installed at the first use. */
function install() {
  if (!existsSync(join(cache, "node_modules/@stryker-mutator/core"))) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "package.json"), '{"private": true}\n');
    console.log(`installing ${PACKAGES.join(" ")} …`);
    // Its peer is the project's own vitest.
    const flags = ["--no-audit", "--no-fund", "--legacy-peer-deps", "--loglevel=error"];
    const npm = spawnSync("npm", ["install", ...flags, ...PACKAGES], { cwd: cache, stdio: "inherit" });
    if (npm.status !== 0) {
      console.error("mutate: SKIPPED: Stryker could not be installed");
      process.exit(npm.status ?? 1);
    }
  }
  return join(cache, "node_modules/@stryker-mutator");
}
