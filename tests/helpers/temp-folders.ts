/**
 * Folders that tests make. They are removed by `tests/helpers/setup.ts`, which runs for every file of tests: a hook of this
 * module would be one of the first file alone where files share what they import.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A home that is nobody's and holds nothing. */
export const NO_HOME = "/nonexistent/pleach-tests";

const kept = { test: [] as string[], file: [] as string[] };

/** A fresh folder, removed after the test, or after the tests of the file. */
export function makeTempFolder(prefix: string, removedAfter: keyof typeof kept): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `pleach-${prefix}-`)));
  kept[removedAfter].push(folder);
  return folder;
}

export function removeTempFolders(madeFor: keyof typeof kept): void {
  for (const folder of kept[madeFor].splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
