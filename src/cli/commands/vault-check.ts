/** `pleach vault check`: what a person should know of a vault, by kind; changes no note. */
import { statSync } from "node:fs";
import { relative } from "node:path";
import { PleachError } from "../../errors.ts";
import {
  arrangeSources,
  type CheckedSource,
  checkVaults,
  countProblems,
  foreignSource,
  PROBLEM_KINDS,
  type Problem,
} from "../../vault/index.ts";
import { EXIT, issueLines } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { vaultFolders, warnOfWithheld } from "../vault-folders.ts";
import { line } from "../words.ts";

export interface VaultCheckOptions extends CommonOptions {
  vault?: string;
  /** Everything of the vaults that are only read and of what the repository itself holds, too. */
  all?: boolean;
  /** Tell every problem, not only the first ones of each kind. */
  full?: boolean;
}

/** Told of one kind; more than a person reads at once is only counted. */
const MAX_OF_A_KIND = 20;
const PROGRESS_EVERY_MS = 100;

/**
 * Checks the vault that is written, and whatever else agents are told patterns from for what keeps these from them; a
 * folder that was named is checked alone. Resolves with 0, or 1 when there are errors. Throws `vault.notFound`.
 */
export async function vaultCheck(dir: string | undefined, options: VaultCheckOptions): Promise<number> {
  const place = await findPlace(options.C);
  process.stderr.write(issueLines([], warnOfWithheld(place)));
  const sources = findSources(place, options.vault ?? dir, options.all === true);
  const progress = options.json === true ? undefined : showProgress();
  const told = progress && { onProgress: progress.tell };
  const { problems, notes } = await checkVaults(sources, { now: Date.now(), ...told });
  progress?.end();
  const { errors, warnings } = countProblems(problems);
  if (options.json) {
    const codes: Record<string, number> = {};
    for (const { code } of problems) codes[code] = (codes[code] ?? 0) + 1;
    printJson({ schema: 1, ok: errors === 0, problems, counts: { notes, errors, warnings, codes } });
  } else {
    printProblems(problems, options.full === true);
    process.stdout.write(`${count(notes, "note")}: ${count(errors, "error")}, ${count(warnings, "warning")}\n`);
  }
  return errors === 0 ? EXIT.done : EXIT.failed;
}

function findSources(place: Place, vault: string | undefined, isAll: boolean): CheckedSource[] {
  const [written, ...read] = vaultFolders(place, vault);
  if (statSync(written, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new PleachError("vault.notFound", `there is no vault at ${written}`, {
      hint: "pleach vault init lays one down; or name the folder of another",
      file: written,
    });
  }
  const source: CheckedSource = { dir: written, isWritten: true };
  if (vault !== undefined && !isAll) return [source];
  const others = [...read.map((dir) => ({ dir, isWritten: false })), foreignSource(place.root)];
  return arrangeSources([source, ...others.map((other) => ({ ...other, isBrief: !isAll }))]);
}

function printProblems(problems: readonly Problem[], isFull: boolean): void {
  for (const [code, { title, severity, hint: general }] of Object.entries(PROBLEM_KINDS)) {
    const found = problems.filter((problem) => problem.code === code);
    if (found.length === 0) continue;
    process.stdout.write(`${severity}: ${title} (${found.length})\n`);
    const shown = isFull ? found : found.slice(0, MAX_OF_A_KIND);
    for (const { file, line: at, message, hint } of shown) {
      const where = `${line(relative(".", file) || ".")}${at === null ? "" : `:${at}`}`;
      process.stdout.write(`  ${where}: ${line(message)}${hint === general ? "" : `; ${line(hint)}`}\n`);
    }
    if (shown.length < found.length) {
      process.stdout.write(`  and ${found.length - shown.length} more: --full tells them\n`);
    }
    process.stdout.write(`  hint: ${general}\n`);
  }
}

/** A line on the terminal that says how far the reading is; undefined where nobody looks. */
function showProgress(): { tell: (read: number, all: number) => void; end: () => void } | undefined {
  if (!process.stderr.isTTY) return undefined;
  let toldAt = Date.now();
  let isShown = false;
  return {
    tell: (read, all) => {
      // The last time is told in any case: what comes then may take a while.
      if (Date.now() - toldAt < PROGRESS_EVERY_MS && !(isShown && read === all)) return;
      toldAt = Date.now();
      isShown = true;
      const what = read === all ? `read ${count(all, "note")}; reading their links` : `read ${read} of ${all} notes`;
      process.stderr.write(`\r\u001b[K${what}`);
    },
    end: () => {
      if (isShown) process.stderr.write("\r\u001b[K");
    },
  };
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
