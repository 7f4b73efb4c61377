/** `pleach recover [TASK]`: what runs made that is on no branch of the person's; with a name, brings it back. */
import { plural, shortCommit } from "../../protocol/words.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { bringWork } from "../recover/bring-work.ts";
import { chooseWork } from "../recover/choose-work.ts";
import { findWork } from "../recover/find-work.ts";
import type { FoundWork } from "../recover/found-work.ts";
import { printJson } from "../streams.ts";
import { brief, fewOf, line } from "../words.ts";

export interface RecoverOptions extends CommonOptions {
  /** A branch of the person's that is checked out nowhere. */
  onto?: string;
}

/** Commits of one piece of work that are shown to people. */
const SHOWN = 5;

/** Resolves with 0, whatever there is. Throws `recover.unknown`, `usage.noTask` and why something is not brought back. */
export async function recover(wanted: string | undefined, options: RecoverOptions): Promise<number> {
  const place = await findPlace(options.C);
  if (place.trouble !== null) throw place.trouble;
  const all = await findWork(place);
  if (wanted === undefined) show(place, all, options);
  else await bring(place, { all, wanted }, options);
  return EXIT.done;
}

function show({ root }: Place, all: readonly FoundWork[], { json, onto }: RecoverOptions): void {
  if (json) {
    printJson({ schema: 1, root, work: all.map(toDocument) });
    return;
  }
  if (onto !== undefined) process.stderr.write("--onto is for work that is named: pleach recover TASK --onto BRANCH\n");
  if (all.length === 0) process.stdout.write("all that runs made here is on your branches\n");
  let run: string | null = null;
  for (const work of all) {
    if (work.run !== run) process.stdout.write(`${run === null ? "" : "\n"}run ${line(work.run)}\n`);
    run = work.run;
    print(work);
  }
}

function print(work: FoundWork): void {
  const { kind, task, attempt, ref, worktree, commits, isCut, files, uncommitted, dirt, why, back } = work;
  const name = task === null ? kind : `${task}${attempt === null ? "" : `, attempt ${attempt}`}`;
  const say = (what: string, text: string): void => void process.stdout.write(`    ${what.padEnd(9)} ${text}\n`);
  process.stdout.write(`  ${line(name)}${kind === "saved" ? " (saved)" : ""}: ${line(why)}\n`);
  if (ref !== null && (commits.length > 0 || worktree === null)) say("where", line(ref));
  if (worktree !== null) say("where", `${line(worktree)}: ${line(dirt)}`);
  for (const { commit, subject } of commits.slice(0, SHOWN)) say("commit", `${shortCommit(commit)} ${brief(subject)}`);
  const more = commits.length - SHOWN;
  if (more > 0) say("", `and ${isCut ? "more than " : ""}${plural(more, "commit")} before`);
  if (files.length > 0) say("changed", fewOf(files));
  if (uncommitted.length > 0) say("not yet", `committed: ${fewOf(uncommitted)}`);
  if (back !== null) say("back", line(back));
}

async function bring(
  place: Place,
  { all, wanted }: { all: readonly FoundWork[]; wanted: string },
  { onto, json }: RecoverOptions,
): Promise<void> {
  const { work, others } = chooseWork(all, wanted);
  const brought = await bringWork(place, work, onto);
  if (json) {
    printJson({ schema: 1, id: work.id, ...brought, others: others.map(({ id }) => id) });
    return;
  }
  const { branch, commit, how } = brought;
  const word = how === "already" ? "is there already" : how === "pick" ? "brought over" : "brought back";
  process.stdout.write(`${line(work.id)} ${word}: branch ${line(branch)} (${shortCommit(commit)})\n`);
  if (how === "branch")
    process.stdout.write(`look at it: git log -p ${line(branch)}; take it: git merge ${line(branch)}\n`);
  if (others.length > 0) process.stderr.write(`there is more of it: ${fewOf(others.map(({ id }) => id))}\n`);
}

function toDocument({ admin: _admin, ...work }: FoundWork): object {
  return work;
}
