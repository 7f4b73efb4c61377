// The modules of src/ one by one, as JavaScript, for scripts and tests that need what no entry of the package shows. They
// lie in a cache below node_modules, so that packages are found from there, and are made anew when a source is newer.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const dir = join(root, "node_modules", ".cache", "pleach-modules");
/** Written last: a folder without it was not finished. */
const mark = join(dir, "package.json");

/** Writes the modules unless they are newer than all sources; resolves with the folder that stands for src/. */
export async function writeModules() {
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
  const made = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // A folder's time shows what was removed from it.
  if (sources.every((source) => statSync(source).mtimeMs <= made)) return dir;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const bundle = await rolldown({
    cwd: root,
    input: sources.filter((source) => /(?<!\.d)\.tsx?$/.test(source)),
    platform: "node",
    tsconfig: "tsconfig.json",
    external: /^[^./]/,
    treeshake: false,
  });
  await bundle.write({ dir, format: "esm", preserveModules: true, preserveModulesRoot: "src" });
  await bundle.close();
  writeFileSync(mark, '{"type":"module"}');
  return dir;
}

/** Imports a module by its path in src/, such as `plan/index.ts`. */
export async function loadModule(path) {
  return import(pathToFileURL(join(await writeModules(), path.replace(/\.tsx?$/, ".js"))).href);
}
