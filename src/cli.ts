#!/usr/bin/env node
/** The command `pleach`. Answers `--version` without loading the program, so that scripts can ask it often. */
import { readFileSync } from "node:fs";
import module from "node:module";
import { isAbsolute, join } from "node:path";

const [first] = process.argv.slice(2);
if (first === "--version" || first === "-V") {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${version}\n`);
} else {
  keepCompiled();
  if (process.env.PLEACH_DEBUG === "1") process.setSourceMapsEnabled(true);
  const { main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
}

/**
 * Lets Node keep what it compiles for the next start, where it can (from 22.1 on): in the person's own cache folder, since
 * the one that Node would take lies where others may write, too. A folder that cannot be written does no harm.
 */
function keepCompiled(): void {
  const { enableCompileCache } = module as typeof module & { enableCompileCache?: (folder: string) => unknown };
  const { XDG_CACHE_HOME: named = "", HOME: home = "" } = process.env;
  const folder = isAbsolute(named) ? named : join(home, ".cache");
  if (isAbsolute(folder)) enableCompileCache?.(join(folder, "pleach"));
}
