/** Projects with a deno.json. */
import { asData, type Folder } from "../folder.ts";
import type { Command, Role, Unit } from "../model.ts";
import { isPlainName } from "../plain.ts";

const TASKS: Record<Role, readonly string[]> = {
  test: ["test", "test:unit", "tests"],
  lint: ["lint", "lint:check"],
  types: ["check", "typecheck", "check:types"],
  build: ["build"],
};
const OWN: Partial<Record<Role, string>> = { test: "deno test", lint: "deno lint" };

export function detectDeno(folder: Folder): Unit | null {
  const found = folder.first("deno.json", "deno.jsonc");
  if (found === undefined) return null;
  // JSON with comments is read as far as it is JSON: YAML takes the commas that it may have at the end of a list.
  const tasks = asData((found === "deno.json" ? folder.json(found) : folder.yaml(found)).tasks);
  const commands: Unit["commands"] = {};
  for (const role of Object.keys(TASKS) as Role[]) {
    const command = taskFor(tasks, role) ?? own(folder, role);
    if (command !== null) commands[role] = command;
  }
  const lockfile = folder.first("deno.lock");
  return {
    kind: "deno",
    folder: folder.path,
    found,
    commands,
    setup: [],
    lockfiles: lockfile === undefined ? [] : [folder.at(lockfile)],
    native: /\bdeno\b/,
    notes: folder.project.hasProgram("deno") ? [] : ["deno is not installed"],
  };
}

function taskFor(tasks: Record<string, unknown>, role: Role): Command | null {
  const name = TASKS[role].find((each) => Object.hasOwn(tasks, each) && isPlainName(each));
  return name === undefined ? null : { run: `deno task ${name}`, why: `the task "${name}" of deno.json` };
}

function own(folder: Folder, role: Role): Command | null {
  const command = OWN[role];
  if (command === undefined) return null;
  return folder.fromCi(new RegExp(`^${command}\\b`)) ?? { run: command, why: "deno.json" };
}
