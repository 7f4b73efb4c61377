/**
 * `pleach clean [NAME…]`: removes what runs that are over have left, as far as nothing is lost with it; the rest by its name
 * alone. A dry run is the same, but for the removing.
 */
import { PleachError } from "../../errors.ts";
import { plural } from "../../protocol/words.ts";
import { askYes, hasPerson } from "../ask.ts";
import { EXIT } from "../exit.ts";
import { chooseNamed, namesOf } from "../leftovers/choose-named.ts";
import { findCleanable } from "../leftovers/find-cleanable.ts";
import { type Fixed, fix } from "../leftovers/find-leftovers.ts";
import { type Leftover, nameLeftover } from "../leftovers/leftover.ts";
import { Runs } from "../leftovers/runs.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { findWork } from "../recover/find-work.ts";
import { noteThrownAway } from "../recover/thrown-away.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

export interface CleanOptions extends CommonOptions {
  /** Ms. */
  older?: number;
  dryRun?: boolean;
  yes?: boolean;
}

/** Resolves with 0, or 1 when something could not be removed. Throws `clean.notAsked`, `clean.unknown`, `clean.held`. */
export async function clean(names: string[], options: CleanOptions): Promise<number> {
  const place = await findPlace(options.C);
  const found = await findCleanable(place, { olderMs: options.older ?? null, now: Date.now() });
  const named = names.length > 0 ? chooseNamed(found, names).map(force) : null;
  const going = named ?? found.left.filter(({ mend }) => mend !== null);
  const staying = found.left.filter(
    (each) => !going.some(({ kind, path }) => kind === each.kind && path === each.path),
  );
  const tell = options.json ? () => {} : (text: string) => void process.stdout.write(`${text}\n`);
  if (options.dryRun || going.length === 0) {
    for (const each of going) tell(`would remove ${describe(each)}`);
    if (going.length === 0) tell("nothing is to be removed");
    if (named === null) tellRest(staying, found.spared, tell);
    if (options.json)
      print(
        options,
        going.map((leftover) => ({ leftover, outcome: "planned" })),
        staying,
        found.spared,
      );
    return EXIT.done;
  }
  if (!(await isAgreed(going, options, tell))) return EXIT.done;
  const fixed = await removeAll(place, going, tell);
  // What holds something is asked for one by one, and only where a person answers.
  const asked = named === null && !options.yes && !options.json && hasPerson();
  if (asked) fixed.push(...(await askForRest(place, staying, tell)));
  const kept = staying.filter((each) => !fixed.some(({ leftover }) => leftover.path === each.path));
  if (named === null) tellRest(kept, found.spared, tell);
  if (options.json) print(options, fixed, kept, found.spared);
  return fixed.some(({ outcome }) => outcome === "failed") ? EXIT.failed : EXIT.done;
}

/** Removes it whatever it holds, where that may be done at all. */
function force(leftover: Leftover): Leftover {
  const { mend, force: act } = leftover;
  return mend === null && act !== undefined ? { ...leftover, mend: { remedy: "remove", act } } : leftover;
}

async function isAgreed(
  going: readonly Leftover[],
  { yes, json }: CleanOptions,
  tell: (text: string) => void,
): Promise<boolean> {
  if (yes) return true;
  if (json || !hasPerson()) {
    throw new PleachError(
      "clean.notAsked",
      `${plural(going.length, "thing")} would be removed, and nobody can be asked`,
      {
        hint: "look first: pleach clean --dry-run; then: pleach clean --yes",
      },
    );
  }
  for (const each of going) tell(`${each.mend === null ? "stays" : "to remove"}: ${describe(each)}`);
  return askYes(`remove ${going.length === 1 ? "it" : `these ${going.length}`}?`);
}

async function removeAll(place: Place, going: readonly Leftover[], tell: (text: string) => void): Promise<Fixed[]> {
  await noteForced(place, going);
  const fixed: Fixed[] = [];
  for (const leftover of going) {
    const each = await fix(leftover);
    fixed.push(each);
    const word = each.outcome === "mended" ? "removed" : each.outcome === "kept" ? "stays" : "not removed";
    tell(`${word}: ${nameIt(leftover)}: ${line(each.why)}`);
  }
  return fixed;
}

async function askForRest(place: Place, rest: readonly Leftover[], tell: (text: string) => void): Promise<Fixed[]> {
  const fixed: Fixed[] = [];
  for (const leftover of rest) {
    if (leftover.force === undefined) continue;
    const isGone = await askYes(`${describe(leftover)}; remove it all the same?`);
    if (isGone) fixed.push(...(await removeAll(place, [force(leftover)], tell)));
  }
  return fixed;
}

/** Before what a log tells of goes by a person's word, that is remembered: else it would be missed. */
async function noteForced(place: Place, going: readonly Leftover[]): Promise<void> {
  const forced = going.filter((each) => each.force !== undefined);
  if (forced.length === 0) return;
  const runs = new Runs(place, null);
  const known = new Set(await runs.list());
  const refs = new Set(forced.map(({ path }) => path));
  const away = new Map<string, string[]>();
  for (const { run, ref, worktree, commits } of await findWork(place)) {
    if (!known.has(run) || !(refs.has(ref ?? "") || refs.has(worktree ?? ""))) continue;
    away.set(run, [...(away.get(run) ?? []), ...commits.map(({ commit }) => commit)]);
  }
  for (const [run, commits] of away) noteThrownAway(runs.folderOf(run), commits);
}

/** What stays, and how it goes all the same. */
function tellRest(
  rest: readonly Leftover[],
  spared: readonly { run: string; why: string }[],
  tell: (text: string) => void,
): void {
  for (const each of rest) {
    const [name = each.path] = each.kind === "ref" ? [each.path] : namesOf(each);
    const way = each.force === undefined ? "" : `; to throw it away: pleach clean ${line(name)}`;
    tell(`stays: ${describe(each)}${way}`);
  }
  for (const { run, why } of spared) tell(`stays: all of run ${line(run)}: ${line(why)}`);
}

const nameIt = (leftover: Leftover): string => line(nameLeftover(leftover));

function describe(leftover: Leftover): string {
  const { why, bytes } = leftover;
  const size = bytes === undefined ? "" : ` (${wordBytes(bytes)})`;
  return `${nameIt(leftover)}${size}: ${line(why)}`;
}

function wordBytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function print(
  { dryRun = false }: CleanOptions,
  done: readonly { leftover: Leftover; outcome: string; why?: string }[],
  kept: readonly Leftover[],
  spared: readonly { run: string; why: string }[],
): void {
  const toFacts = ({ kind, path, run, why, bytes }: Leftover) => ({ kind, path, run, why, bytes: bytes ?? null });
  const word = (outcome: string): string => (outcome === "mended" ? "removed" : outcome);
  printJson({
    schema: 1,
    dryRun,
    things: [
      ...done.map(({ leftover, outcome, why }) => ({
        ...toFacts(leftover),
        ...(why === undefined ? {} : { why }),
        outcome: word(outcome),
      })),
      ...kept.map((each) => ({ ...toFacts(each), outcome: "kept" })),
    ],
    spared,
  });
}
