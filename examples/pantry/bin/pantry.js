#!/usr/bin/env node
// pantry COMMAND SHELF [WORD...]: reads the shelf and prints what the command answers.
import { readFileSync } from "node:fs";
import { commands } from "../src/commands.js";
import { parseShelf } from "../src/shelf.js";

const [name, file, ...words] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
if (command === undefined || file === undefined) {
  console.error("Usage: pantry COMMAND SHELF [WORD...]\n");
  for (const [each, { help }] of Object.entries(commands)) console.error(`  ${each.padEnd(10)} ${help}`);
  process.exit(2);
}
for (const line of command.run(parseShelf(readFileSync(file, "utf8")), words)) console.log(line);
