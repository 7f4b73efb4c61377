/**
 * Where the files lie that the package ships beside its code: `roles/`, `vault-template/`, `package.json`. Looked for
 * upwards from this module, because how deep a module lies differs between the sources and the bundle.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NAME = "pleach";

let root: string | undefined;

/** Absolute path of a file or folder of this package. Throws when the package has no `package.json` of its own. */
export function packageFile(path: string): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return join(root, path);
}

function findRoot(folder: string): string {
  if (readName(join(folder, "package.json")) === NAME) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`the package ${NAME} has lost its package.json`);
  return findRoot(parent);
}

function readName(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")).name;
  } catch {
    return undefined;
  }
}
