/** `pleach vault init|search`: the vault without a run. */
import { relative, resolve } from "node:path";
import { PleachError } from "../../errors.ts";
import { foreignSource, initVault, searchVault } from "../../vault/index.ts";
import { agreeOnVault } from "../ask-vault.ts";
import { EXIT, issueLines } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { vaultFolders, warnOfWithheld } from "../vault-folders.ts";
import { brief, line } from "../words.ts";

const USUAL_RESULTS = 20;

/** Lays down the template; resolves with 0. */
export async function vaultInit(dir: string | undefined, options: CommonOptions): Promise<number> {
  const place = await findPlace(options.C);
  process.stderr.write(issueLines([], warnOfWithheld(place)));
  const vault = dir === undefined ? vaultFolders(place, undefined)[0] : resolve(place.dir, dir);
  await agreeOnVault(vault, { mayAsk: dir === undefined && options.json !== true });
  const created = await initVault(vault);
  if (options.json) printJson({ schema: 1, vault, created });
  else if (created.length === 0) process.stdout.write(`${line(vault)} has all it needs already\n`);
  else
    process.stdout.write(`${line(vault)}: ${created.length} files created; open the folder as a vault in Obsidian\n`);
  return EXIT.done;
}

export interface SearchOptions extends CommonOptions {
  vault?: string;
  /** Notes at most. */
  limit?: number;
}

/** Prints notes that fit the words; resolves with 0. */
export async function vaultSearch(words: string[], options: SearchOptions): Promise<number> {
  const place = await findPlace(options.C);
  const text = words.join(" ");
  if (text.trim() === "")
    throw new PleachError("usage.noWords", "there are no words to search for", {
      hint: 'pleach vault search "merge conflict"',
    });
  process.stderr.write(issueLines([], warnOfWithheld(place)));
  const vaults = vaultFolders(place, options.vault);
  const results = await searchVault([...vaults, foreignSource(place.root)], text, options.limit ?? USUAL_RESULTS);
  if (options.json) printJson({ schema: 1, results: results.map(({ pattern: _id, ...result }) => result) });
  else if (results.length === 0) process.stderr.write("no note holds these words\n");
  for (const { path, title, snippet } of options.json ? [] : results) {
    process.stdout.write(`${brief(title)}\n    ${line(relative(".", path))}\n    ${line(snippet)}\n`);
  }
  return EXIT.done;
}
