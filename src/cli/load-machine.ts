/**
 * Finds the machine in somebody's module, JavaScript or TypeScript. The module is run, as importing it would. Machines are
 * known by their shape: the module may have another copy of XState than this program.
 */
import { statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyStateMachine } from "xstate";
import { messageOf, PleachError } from "../errors.ts";
import { sanitizeLine } from "../terminal-text/index.ts";

export interface LoadedMachine {
  machine: AnyStateMachine;
  /** Absolute path of the module. */
  file: string;
  exportName: string;
}

const TYPESCRIPT = new Set([".ts", ".tsx", ".mts", ".cts"]);

/**
 * Loads the machine that `exportName` names, or the only one. Throws `paths.noModule`, `paths.moduleFailed`,
 * `paths.noExport`, `paths.notMachine`, `paths.noMachine` or `paths.severalMachines`.
 */
export async function loadMachine(dir: string, module: string, exportName?: string): Promise<LoadedMachine> {
  const file = resolve(dir, module);
  if (!isFile(file)) {
    throw new PleachError("paths.noModule", `there is no module ${module}`, { hint: "check the path", file });
  }
  const exported = await importModule(file);
  if (exportName !== undefined) return { machine: pick(exported, exportName, file), file, exportName };
  const machines = new Map<unknown, string>();
  for (const [name, value] of listExports(exported)) {
    // A module that exports one machine twice, by name and by default, exports one.
    if (isMachine(value) && (!machines.has(value) || machines.get(value) === "default")) machines.set(value, name);
  }
  const [[machine, name] = [undefined, ""], ...others] = machines;
  if (machine === undefined) {
    throw new PleachError("paths.noMachine", "the module exports no XState machine", {
      hint: `it exports ${nameAll(listExports(exported).map(([each]) => each))}; a machine is what createMachine of XState 5 returns`,
      file,
    });
  }
  if (others.length > 0) {
    const hint = `choose one with --export: ${nameAll(machines.values())}`;
    throw new PleachError("paths.severalMachines", `the module exports ${machines.size} machines`, { hint, file });
  }
  return { machine: machine as AnyStateMachine, file, exportName: name };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

async function importModule(file: string): Promise<object> {
  try {
    if (!TYPESCRIPT.has(extname(file))) return (await import(pathToFileURL(file).href)) as object;
    // The oldest Node that is supported runs no TypeScript, and newer ones only a part of it.
    const { createJiti } = await import("jiti");
    const jiti = createJiti(import.meta.url, { fsCache: false, interopDefault: false, jsx: true });
    return (await jiti.import(file)) as object;
  } catch (thrown) {
    throw new PleachError(
      "paths.moduleFailed",
      `the module cannot be loaded: ${sanitizeLine(messageOf(thrown), 500)}`,
      {
        hint: "importing it has to work by itself: its own imports installed, and nothing thrown",
        file,
        cause: thrown,
      },
    );
  }
}

function pick(exported: object, name: string, file: string): AnyStateMachine {
  const found = listExports(exported).find(([each]) => each === name);
  if (found === undefined) {
    throw new PleachError("paths.noExport", `the module has no export ${JSON.stringify(name)}`, {
      hint: `it exports ${nameAll(listExports(exported).map(([each]) => each))}`,
      file,
    });
  }
  if (isMachine(found[1])) return found[1];
  throw new PleachError("paths.notMachine", `the export ${JSON.stringify(name)} is no XState machine`, {
    hint: "a machine is what createMachine returns: no config, no actor, no function that makes one",
    file,
  });
}

/** What a module exports, as it can be imported by name. */
function listExports(exported: object): [string, unknown][] {
  return Object.entries(exported).filter(([name]) => name !== "module.exports" && name !== "__esModule");
}

function isMachine(value: unknown): value is AnyStateMachine {
  if (typeof value !== "object" || value === null) return false;
  const {
    __xstatenode: isNode,
    config,
    implementations,
    root,
    transition,
    getInitialSnapshot,
  } = value as Record<string, unknown>;
  const parts = [config, implementations, root].every((part) => typeof part === "object" && part !== null);
  return isNode === true && parts && typeof transition === "function" && typeof getInitialSnapshot === "function";
}

function nameAll(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return "nothing";
  const more = all.length > 10 ? `, and ${all.length - 10} more` : "";
  return `${all.slice(0, 10).join(", ")}${more}`;
}
