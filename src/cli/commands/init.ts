/** `pleach init`: what a project needs to work with pleach. Creates what is missing, overwrites nothing. */
import { existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { WORKSPACE } from "../../actors/control/run-folder.ts";
import { quoteForShell } from "../../actors/git/index.ts";
import { initVault } from "../../vault/index.ts";
import { checkClaudeFiles, layClaudeFiles } from "../claude-files.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { type SetUp, setUpProject } from "../setup/set-up-project.ts";
import { printJson } from "../streams.ts";
import { vaultFolders } from "../vault-folders.ts";
import { line } from "../words.ts";

interface Done {
  created: string[];
  changed: string[];
  kept: string[];
}

export interface InitOptions extends CommonOptions {
  claude?: boolean;
  yes?: boolean;
  dryRun?: boolean;
}

/**
 * Resolves with 0, or 130 when the person went away. Throws, before anything is changed, where there is no repository that runs
 * could work in, and with `--claude` as `checkClaudeFiles`.
 */
export async function init(options: InitOptions): Promise<number> {
  const place = await findPlace(options.C);
  const { root, trouble } = place;
  // In one without a commit there is nothing to branch from yet: that is said, and soon over.
  if (trouble !== null && trouble.code !== "git.empty") throw trouble;
  if (options.claude) checkClaudeFiles(root);
  const say = (text: string): void => void process.stderr.write(text);
  const setUp = await setUpProject(place, { yes: options.yes === true, dryRun: options.dryRun === true, say });
  const done: Done = { created: [], changed: [], kept: [] };
  if (setUp.outcome === "written" || setUp.outcome === "there") {
    done.created.push(...setUp.created);
    if (setUp.outcome === "there") done.kept.push("pleach.yaml");
    await layRest(place, done, options.claude === true);
  }
  if (options.json) printJson({ schema: 1, root, ...done, ...describe(setUp) });
  else print(setUp, done, options.claude === true);
  if (trouble !== null) process.stderr.write(`note: ${line(trouble.message)}\n  hint: ${line(trouble.hint)}\n`);
  return setUp.outcome === "stopped" ? EXIT.interrupted : EXIT.done;
}

/** All but pleach.yaml. */
async function layRest(place: Place, done: Done, claude: boolean): Promise<void> {
  const { root } = place;
  ignoreWorkspace(root, done);
  const vault = vaultFolders(place, undefined)[0];
  const notes = await initVault(vault);
  (notes.length > 0 ? done.created : done.kept).push(`${relative(root, vault) || "."}/`);
  if (!claude) return;
  const { created, kept } = layClaudeFiles(root);
  done.created.push(...created);
  done.kept.push(...kept);
}

/** The part of the document that tells of the project. */
function describe({ proposal, tried, config, outcome }: SetUp): Record<string, unknown> {
  const { fallback: _fallback, ...proposed } = proposal;
  const trial = tried === null ? null : { setup: tried.setup, gates: tried.gates, differences: tried.differences };
  return { outcome, proposal: proposed, tried: trial, config };
}

function print({ outcome, config, tried }: SetUp, { created, changed, kept }: Done, claude: boolean): void {
  if (outcome === "dryRun") {
    process.stdout.write(config);
    return;
  }
  if (outcome === "stopped") {
    process.stderr.write("stopped: nothing was written\n");
    return;
  }
  for (const name of created) process.stdout.write(`created ${line(name)}\n`);
  for (const name of changed) process.stdout.write(`added to ${line(name)}: /${WORKSPACE}/\n`);
  for (const name of kept) process.stdout.write(`kept ${line(name)} as it is\n`);
  if (outcome === "there")
    process.stderr.write("pleach init --dry-run shows what it would write into a fresh pleach.yaml\n");
  else if (tried === null) process.stderr.write("nothing was run: pleach plan check --gates PLAN tries the gates\n");
  const goal = claude ? "in Claude Code, /ce-parallel-run GOAL" : 'pleach run "what you want done"';
  process.stdout.write(`next: ${wordCommit([...created, ...changed])}${goal}\n`);
}

/** What of it is a person's to commit: a run sees nothing that is not. */
function wordCommit(written: readonly string[]): string {
  // A vault may lie elsewhere.
  const own = written.map((name) => name.replace(/\/$/, "")).filter((name) => !/^(?:\.\.?$|\.\.\/|\/)/.test(name));
  if (own.length === 0) return "";
  // By the folders that it laid down: there may be dozens of files.
  const places = [...new Set(own.map((name) => name.split("/").slice(0, 2).join("/")))];
  const words = places.sort().map((name) => (/^[\w./-]+$/.test(name) ? name : quoteForShell(name)));
  return `git add ${words.join(" ")} && git commit -m "Set up pleach", then `;
}

/** Adds the workspace to .gitignore, once. Git does not follow a link there, and neither do we. */
function ignoreWorkspace(root: string, { created, changed, kept }: Done): void {
  const file = join(root, ".gitignore");
  const found = lstatSync(file, { throwIfNoEntry: false });
  const old = found?.isFile() ? readFileSync(file, "latin1") : "";
  const isThere = old.split(/\r?\n/).some((entry) => /^\/?\.ce-workspace\/?\s*$/.test(entry));
  if (isThere || (found !== undefined && !found.isFile())) {
    kept.push(".gitignore");
    return;
  }
  const end = old.includes("\r\n") ? "\r\n" : "\n";
  const gap = old === "" || old.endsWith("\n") ? "" : end;
  const isNew = !existsSync(file);
  writeFileSync(file, `${gap}/${WORKSPACE}/${end}`, { flag: "a", encoding: "latin1" });
  (isNew ? created : changed).push(".gitignore");
}
