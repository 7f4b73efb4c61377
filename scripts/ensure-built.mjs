// Builds dist/ when it is missing or older than anything that it is made of; otherwise does nothing. `npm start`,
// `bench`, `faults` and `soak` run this; the set-up of the tests builds always.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = [
  "src",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
  "scripts/build.mjs",
  "scripts/bundle.mjs",
];

/** Time (ms) of the newest change of `path` or, for a folder, of anything in it; its own time shows removals. */
function findNewest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, findNewest(join(path, name))), stat.mtimeMs);
}

const built = statSync(join(root, "dist", "cli.js"), { throwIfNoEntry: false });
const isFresh = built !== undefined && SOURCES.every((source) => findNewest(join(root, source)) <= built.mtimeMs);
if (!isFresh) await import("./build.mjs");
