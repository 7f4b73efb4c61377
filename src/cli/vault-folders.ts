/**
 * Where the vaults of a place are, whoever names them: the command line, the environment, pleach.yaml, the person's own
 * configuration, in this order.
 */
import { isAbsolute, relative, resolve } from "node:path";
import { homeFolder } from "../actors/control/state-folder.ts";
import { DEFAULT_VAULT } from "../plan/defaults.ts";
import { expandHome } from "../plan/expand-home.ts";
import { KEY_RULES } from "../plan/key-sources.ts";
import type { PlanIssue } from "../plan/model.ts";
import { isWithin } from "../safe-files/index.ts";
import type { Place } from "./place.ts";

/**
 * Folders of the vaults that are read, the one that is written first; `vault` is as the command line gave it. What
 * pleach.yaml names outside of the repository is left out until the person has agreed to it.
 */
export function vaultFolders(
  { dir, root, config, own, withheld }: Place,
  vault: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): [string, ...string[]] {
  const home = homeFolder(env);
  const find = (from: string, path: string): string => resolve(from, expandHome(path, home));
  const named = vault ?? (env[KEY_RULES.vault.variable] || undefined);
  const isWithheld = (path: string, ofPerson: readonly (string | undefined)[]): boolean =>
    withheld.includes(path) && !ofPerson.includes(path);
  const usual = isWithheld(config.vault, [own.vault]) ? (own.vault ?? DEFAULT_VAULT) : config.vault;
  const read = config.vaults.filter((path) => !isWithheld(path, own.vaults ?? []));
  const written = named === undefined ? find(root, usual) : find(dir, named);
  return [written, ...read.map((path) => find(root, path)).filter((path) => path !== written)];
}

/** A folder as the repository names it where it lies inside, else its absolute path. */
export function nameInside(root: string, folder: string): string {
  const inside = relative(root, folder);
  return isWithin(root, folder) && inside !== "" && !isAbsolute(inside) ? inside : folder;
}

/** What is said of vaults that are left out, where a command only looks. */
export function warnOfWithheld({ root, withheld }: Place): PlanIssue[] {
  return withheld.map((path) => ({
    code: "trust.withheld",
    message: `the vault ${JSON.stringify(path)} lies outside of the repository, and is left out`,
    hint: "If this repository may name it, say so: pleach trust give",
    file: resolve(root, "pleach.yaml"),
    line: 1,
  }));
}
