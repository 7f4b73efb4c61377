// `npm run bench [-- NAME...]`: compiles bench/ with src/ into a cache and runs each bench/NAME.ts as a program, all of
// them when none is named, one after the other. A letter names the goal's bench: `-- a` is a-make.ts. What they share
// lies in folders below bench/. The machine is told first, since a figure means little without it.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// Below node_modules, so that packages are found from there and nothing else looks at it.
const cache = join(root, "node_modules", ".cache", "pleach-bench");

/** Runs a program of node with its output on the terminal; ends this one with its exit code when it fails. */
function must(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const all = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .sort();
const asked = process.argv.slice(2);
const names =
  asked.length === 0 ? all : asked.map((name) => all.find((each) => each === name || each.startsWith(`${name}-`)));
if (names.includes(undefined)) {
  console.error(`bench: there is no bench/${asked[names.indexOf(undefined)]}.ts; there are: ${all.join(", ")}`);
  process.exit(2);
}

must(["scripts/ensure-built.mjs"]);
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });
const compilerOptions = { noEmit: false, rootDir: root, outDir: join(cache, "out"), declaration: false };
const include = ["src", "bench"].map((folder) => join(root, folder));
writeFileSync(
  join(cache, "tsconfig.json"),
  JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include }),
);
writeFileSync(join(cache, "package.json"), JSON.stringify({ type: "module" }));
mkdirSync(join(cache, "out"));
// Beside the compiled src/, as it lies beside dist/: the program reads its own version there.
copyFileSync(join(root, "package.json"), join(cache, "out", "package.json"));
must([createRequire(import.meta.url).resolve("typescript/bin/tsc"), "-p", join(cache, "tsconfig.json")]);
const [load = 0] = loadavg();
const model = cpus()[0]?.model.trim() ?? "unknown processor";
console.log(
  `${availableParallelism()} cpus (${model}), node ${process.version}, ${process.platform}, load ${load.toFixed(1)}`,
);
if (load > availableParallelism() / 2)
  console.log("WARNING: this machine is busy with other work; times are too long, ratios uncertain");
for (const name of names) must([join(cache, "out", "bench", `${name}.js`)]);
