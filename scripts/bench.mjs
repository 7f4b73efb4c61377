// `npm run bench [-- NAME...]`: compiles bench/ with src/ into a cache and runs each bench/NAME.ts as a program, all of
// them when none is named, one after the other. What they share lies in folders below bench/.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
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
  .map((file) => file.slice(0, -3));
const names = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`bench: there is no bench/${unknown}.ts; there are: ${all.join(", ")}`);
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
must([createRequire(import.meta.url).resolve("typescript/bin/tsc"), "-p", join(cache, "tsconfig.json")]);
for (const name of names) must([join(cache, "out", "bench", `${name}.js`)]);
