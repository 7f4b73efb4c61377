#!/usr/bin/env node
/** The command `pleach`. Answers `--version` without loading the program, so that scripts can ask it often. */
import { readFileSync } from "node:fs";

const [first] = process.argv.slice(2);
if (first === "--version" || first === "-V") {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
