/** `pleach decide [RUN] [CONFLICT CHOICE]`: what waits for a person, and the answer to it. */
import { fstatSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { type RunReader, readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { schedulerOf } from "../../actors/projections/run-view.ts";
import { codeOf, PleachError } from "../../errors.ts";
import { isOffered } from "../../machines/conflict.ts";
import { RAISE, refuseBudgetChoice } from "../../machines/scheduler/budget-question.ts";
import type { ConflictView } from "../../protocol/status.ts";
import { wordChoice } from "../../protocol/words.ts";
import { demandYes, tellHost } from "../command-run.ts";
import { EXIT } from "../exit.ts";
import { recordCommand } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { fewOf, line } from "../words.ts";

/** Lists what waits, or makes a decision; resolves with the exit code (3 while something waits). */
export async function decide(words: string[], options: CommonOptions): Promise<number> {
  const { run, conflict, choice } = readWords(words);
  if (choice === undefined) await refuseInput();
  const place = await findPlace(options.C);
  const folder = await findRun(place, run).catch(async (thrown: unknown) => {
    throw (await explainConflict(place, run, thrown)) ?? thrown;
  });
  if (conflict !== undefined && choice !== undefined) {
    const said = await answer(place, folder, conflict, choice);
    if (options.json) printJson({ schema: 1, run: folder.run, conflict, choice, ok: true, message: said });
    else process.stdout.write(`${said}\n`);
    return EXIT.done;
  }
  const { conflicts } = (await readRun(place.engine, folder)).status();
  const open = conflicts.filter(({ status }) => status === "open");
  if (options.json) printJson({ schema: 1, run: folder.run, conflicts: open });
  else if (open.length === 0) process.stdout.write(`nothing in run ${folder.run} waits for a decision\n`);
  else if (process.stdin.isTTY && process.stdout.isTTY) return ask(place, folder, open);
  else
    for (const each of open)
      process.stdout.write(`${describe(each)}  answer: pleach decide ${folder.run} ${each.id} CHOICE\n`);
  return open.length > 0 ? EXIT.waiting : EXIT.done;
}

/** What is piped in may be nobody's to wait for; there at once, it is an answer that would be lost. */
const INPUT_MS = 50;

/** Throws when answers are given on stdin, where nobody reads them. */
async function refuseInput(): Promise<void> {
  const { stdin } = process;
  if (stdin.isTTY || !mayHoldInput()) return;
  const isGiven = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), INPUT_MS);
    stdin.once("readable", () => {
      clearTimeout(timer);
      resolve(stdin.read() !== null);
    });
    stdin.once("error", () => resolve(false));
  });
  stdin.destroy();
  if (!isGiven) return;
  throw new PleachError("usage.inputIgnored", "pleach decide reads no answers from a pipe or a file", {
    hint: "name what is decided and how: pleach decide CONFLICT CHOICE",
  });
}

function mayHoldInput(): boolean {
  try {
    const kind = fstatSync(0);
    return kind.isFIFO() || kind.isFile() || kind.isSocket();
  } catch {
    // It is closed.
    return false;
  }
}

/** Nothing, RUN, CONFLICT CHOICE, or RUN CONFLICT CHOICE; a choice may take something: `raise 5`. */
function readWords(words: readonly string[]): { run?: string; conflict?: string; choice?: string } {
  const [first, second, third, ...more] = words;
  if (first === undefined) return {};
  if (second === undefined) return { run: first };
  if (third === undefined) return { conflict: first, choice: second };
  // No run is called `raise`: what comes after that is what it takes.
  if (second === RAISE) return { conflict: first, choice: [second, third, ...more].join(" ") };
  return { run: first, conflict: second, choice: [third, ...more].join(" ") };
}

/** Words for somebody who named a conflict of the newest run, and no choice; null for anybody else. */
async function explainConflict(place: Place, name: string | undefined, thrown: unknown): Promise<PleachError | null> {
  if (name === undefined || codeOf(thrown) !== "run.notFound") return null;
  const newest = await findRun(place, undefined).catch(() => null);
  if (newest === null) return null;
  const { conflicts } = (await readRun(place.engine, newest)).status();
  const found = conflicts.find(({ id }) => id === name);
  if (found === undefined) return null;
  const choices = found.choices.map(wordChoice).join("|");
  return new PleachError("usage.noChoice", `${name} is a conflict of run ${newest.run}, and no choice was given`, {
    hint: `answer it: pleach decide ${name} ${choices}`,
  });
}

/** Records the choice; resolves with words for the person. */
async function answer(place: Place, folder: RunFolder, conflict: string, choice: string): Promise<string> {
  const said = await tellHost(place.engine, folder, { command: "decide", conflict, choice });
  if (said !== null) return said;
  // A wrong answer must not cost the log an epoch.
  check(await readRun(place.engine, folder), conflict, choice);
  const done = demandYes(await recordCommand(place, folder.run, { command: "decide", conflict, choice }));
  return `${done.message}; go on with: pleach resume ${folder.run}`;
}

function check(reader: RunReader, id: string, choice: string): void {
  const { conflicts } = reader.status();
  const found = conflicts.find((each) => each.id === id);
  if (found === undefined || found.status !== "open") {
    const names =
      conflicts
        .filter(({ status }) => status === "open")
        .map((each) => each.id)
        .join(", ") || "none";
    const settled = found?.choice == null ? "ended with its task, undecided" : `was decided before: ${found.choice}`;
    const message = found ? `conflict ${id} ${settled}` : `there is no conflict ${JSON.stringify(id)}`;
    throw new PleachError(found ? "usage.decidedBefore" : "usage.unknownConflict", message, {
      hint: `open conflicts: ${names}`,
    });
  }
  const scheduler = schedulerOf(reader.system);
  if (isOffered(found.choices, choice)) {
    const why = found.task === "" && scheduler !== null ? refuseBudgetChoice(scheduler, choice) : null;
    if (why === null) return;
    throw new PleachError("usage.badBudget", `the budget stays as it is: ${why}`, { hint: "for example: raise 5" });
  }
  throw new PleachError("usage.unknownChoice", `${JSON.stringify(choice)} is no choice of ${id}`, {
    hint: `choose one of: ${found.choices.map(wordChoice).join(", ")}`,
  });
}

function describe({ id, why, files, choices }: ConflictView): string {
  const list = choices.map((choice) => `    ${line(wordChoice(choice)).padEnd(8)} ${line(choice.does)}\n`).join("");
  return `▲ ${id}: ${line(why)}${files.length > 0 ? ` (${fewOf(files)})` : ""}\n${list}`;
}

/** Asks about each; an empty answer leaves it open, Ctrl-C leaves all that were not answered. */
async function ask(place: Place, folder: RunFolder, open: readonly ConflictView[]): Promise<number> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const leaving = new AbortController();
  lines.once("SIGINT", () => leaving.abort());
  const question = async (text: string): Promise<string> =>
    (await lines.question(text, { signal: leaving.signal })).trim();
  let left = open.length;
  try {
    for (const conflict of open) {
      process.stdout.write(describe(conflict));
      const names = conflict.choices.map(wordChoice);
      let choice = await question(`  ${names.join(", ")}, or nothing to leave it: `);
      while (choice !== "" && !isOffered(conflict.choices, choice))
        choice = await question(`  one of ${names.join(", ")}: `);
      if (choice === "") continue;
      process.stdout.write(`${await answer(place, folder, conflict.id, choice)}\n`);
      left -= 1;
    }
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown;
    process.stdout.write("\n");
    return EXIT.interrupted;
  } finally {
    lines.close();
  }
  if (left === 0 && (await place.engine.openLease(folder).findHolder()) === null)
    process.stdout.write(`go on with: pleach resume ${folder.run}\n`);
  return left > 0 ? EXIT.waiting : EXIT.done;
}
