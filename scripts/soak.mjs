// `npm run soak [-- --minutes N --runs N --small --seed S --json --work --overnight]`: random plans on real repositories, the real program killed with SIGKILL at
// random moments and resumed, for 30 minutes. Ends with the figures (lost work and orphans must be 0), with 1 at the first
// promise that is broken. With --work: 300 histories of kills, commands, full disks and deleted folders, after each step of which no
// work may be lost. The rounds are tests/soak/, compiled here: the oldest Node that is supported runs no TypeScript.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeModules } from "./modules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "pleach-soak");
const sources = ["tests/helpers/killed-run.ts", "tests/helpers/program.ts", "tests/helpers/read-log-folder.ts"].concat(
  readdirSync(join(root, "tests/soak"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `tests/soak/${name}`),
);

function fail(message) {
  console.error(`soak: ${message}`);
  process.exit(2);
}

function readArgs() {
  const text = { type: "string" };
  try {
    const flag = { type: "boolean" };
    const options = { minutes: text, runs: text, seed: text, small: flag, json: flag, work: flag, overnight: flag };
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const values = readArgs();
// Asked for a number of rounds, it takes the time that they take.
const {
  runs = values.work ? "300" : "1000000",
  minutes = !values.work && values.runs === undefined ? (values.overnight ? "20" : "30") : "100000",
} = values;
const { seed = String(Date.now() % 1_000_000_000), small = false, json = false } = values;
if (!/^\d+(\.\d+)?$/.test(minutes)) fail("--minutes wants a number");
if (!/^[1-9]\d{0,6}$/.test(runs)) fail("--runs wants a whole number");
if (!/^\d{1,12}$/.test(seed)) fail("--seed wants a whole number");

const built = spawnSync(process.execPath, ["scripts/ensure-built.mjs"], { cwd: root, stdio: ["ignore", 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const { default: ts } = await import("typescript");
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
writeFileSync(join(cache, "package.json"), '{"type":"module"}');
// What they import of src/ is compiled already.
symlinkSync(await writeModules(), join(cache, "src"));
for (const source of sources) {
  const target = join(cache, source.replace(/\.ts$/, ".js"));
  const compilerOptions = { target: "es2023", module: "esnext", rewriteRelativeImportExtensions: true };
  const { outputText } = ts.transpileModule(readFileSync(join(root, source), "utf8"), { compilerOptions });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}
console.error(
  `soak: seed ${seed}, ${!values.work && values.runs === undefined ? `${minutes} minutes` : `${runs} runs`}`,
);
const request = { minutes: Number(minutes), runs: Number(runs), seed: Number(seed), isSmall: small, isJson: json };
const args = [
  join(cache, `tests/soak/${values.work ? "work-soak" : values.overnight ? "night-soak" : "soak"}.js`),
  JSON.stringify(request),
];
const env = { ...process.env, PLEACH_CLI: join(root, "dist", "cli.js") };
process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1;
