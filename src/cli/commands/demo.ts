/** `pleach demo`: the bundled example, carried out in a scratch folder, and what to look at there afterwards. */
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, sep } from "node:path";
import { localEngine } from "../../actors/control/local-engine.ts";
import { quoteForShell } from "../../actors/git/index.ts";
import type { Concurrency } from "../../plan/index.ts";
import { makeDemoFolder } from "../demo-folder.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import type { OutputOptions } from "../output.ts";
import { findFolder, findRun } from "../place.ts";
import { line } from "../words.ts";
import { run } from "./run.ts";

export interface DemoOptions extends CommonOptions, OutputOptions {
  concurrency?: Concurrency;
}

/**
 * Resolves with the run's exit code. All that is said besides the run goes to stderr: with --json, stdout is as of `run`. That
 * the person asked for the example is their consent to it.
 */
export async function demo({ C, ...options }: DemoOptions): Promise<number> {
  const { root, env } = await makeDemoFolder(C === undefined ? tmpdir() : findFolder(C));
  Object.assign(process.env, env);
  process.stderr.write(
    `Three streams of scripted agents (no key, no network) add version 1.1 to a small program in ${line(root)}\n\n`,
  );
  const code = await run("plan.md", { ...options, C: root, learn: true });
  process.stderr.write(`\nThe example lies in ${line(root)}. What to type next:\n${await wordNext(root, code)}`);
  return code;
}

/** What can be typed after the run, by how it stands. */
async function wordNext(root: string, code: number): Promise<string> {
  const program = nameProgram(process.argv[1] ?? "pleach", process.env.PATH ?? "");
  const type = (command: string, does: string): string => `  ${program} ${command} -C ${asWord(root)}\n      ${does}\n`;
  const look = [
    type("status", "every task, its attempts and gates, and how much faster this was than one after the other"),
    type("replay --verify", "fold the log again and compare it with what happened"),
  ];
  // The screen can be left before the run ends.
  const folder = await findRun({ root, engine: localEngine }, undefined);
  if ((await localEngine.openLease(folder).findHolder()) !== null)
    return type("attach", "come back to it") + look.join("");
  if (code === EXIT.waiting) return [...look, type("decide", "answer what waits for you")].join("");
  if (code !== EXIT.done) return [...look, type("resume", "go on where it stopped")].join("");
  look.push(type("ship", "merge the result into the branch main"));
  const vault = join(root, "vault");
  if (existsSync(vault)) look.push(`  open ${asWord(vault)} as a vault in Obsidian\n      what this run learned\n`);
  return look.join("");
}

/**
 * How the person calls this program again. Where npm or npx has put it for one call only, its name alone means nothing
 * afterwards.
 */
export function nameProgram(file: string, searchPath: string): string {
  const real = realpathSync(file);
  const lasting = searchPath.split(delimiter).filter((folder) => folder !== "" && !isOfOneCall(folder));
  const found = lasting.map((folder) => join(folder, "pleach")).find(isProgram);
  return found !== undefined && realpathSync(found) === real ? "pleach" : `node ${asWord(real)}`;
}

const isOfOneCall = (folder: string): boolean => `${folder}${sep}`.includes(`${sep}node_modules${sep}.bin${sep}`);

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A word as a shell takes it literally. */
const asWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoteForShell(word));
