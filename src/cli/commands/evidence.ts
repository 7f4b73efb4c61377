/** `pleach evidence [RUN|TASK|COMMIT]`: what was checked of what landed, and what was not. Only looks. */

import { type EvidenceRun, foldEvidence, projectEvidence } from "../../actors/client/read-evidence.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { runFolder } from "../../actors/control/run-folder.ts";
import { findCommit, readTrailers } from "../../actors/git/index.ts";
import { findNearest } from "../../arguments/nearest.ts";
import { PleachError } from "../../errors.ts";
import type { EvidenceDocument } from "../../protocol/evidence.ts";
import { few, shortCommit } from "../../protocol/words.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findRun, findRunPlace, listRuns, type RunPlace } from "../place.ts";
import { printEvidence } from "../print-evidence.ts";
import { printJson } from "../streams.ts";
import { readTaskNames } from "../task-names.ts";

export interface EvidenceOptions extends CommonOptions {
  run?: string;
}

/** Runs whose logs are searched for a commit that git does not know any more. */
const MAX_SEARCHED = 50;

/** Resolves with 0, whatever was or was not checked. */
export async function evidence(wanted: string | undefined, options: EvidenceOptions): Promise<number> {
  const place = await findRunPlace(options.C);
  const document = await findEvidence(place, wanted, options.run);
  if (options.json) printJson(document);
  else printEvidence(process.stdout, document);
  return EXIT.done;
}

async function findEvidence(
  place: RunPlace,
  wanted: string | undefined,
  run: string | undefined,
): Promise<EvidenceDocument> {
  const fold = (folder: RunFolder): Promise<EvidenceRun> => foldEvidence(place.engine, folder);
  if (wanted === undefined) return projectEvidence(await fold(await findRun(place, run)));
  if (run !== undefined || wanted.includes("/")) {
    const named = readTaskNames([wanted], run);
    const folded = await fold(await findRun(place, named.run));
    const [task = ""] = named.tasks;
    if (!hasTask(folded, task)) throw noTask(folded, task);
    return projectEvidence(folded, { task });
  }
  const runs = await place.engine.listRuns(place.root);
  if (runs.includes(wanted)) return projectEvidence(await fold(await findRun(place, wanted)));
  const newest = await fold(await findRun(place, undefined));
  if (hasTask(newest, wanted)) return projectEvidence(newest, { task: wanted });
  const begun = runs.filter((each) => each.startsWith(wanted));
  if (wanted !== "" && begun.length > 0) return projectEvidence(await fold(await findRun(place, wanted)));
  if (/^[0-9a-f]{4,64}$/i.test(wanted)) return findByCommit(place, wanted.toLowerCase(), newest);
  throw notFound(wanted, [...runs, ...taskIds(newest)], newest);
}

const taskIds = ({ status }: EvidenceRun): string[] => status.tasks.map(({ id }) => id);
const hasTask = (run: EvidenceRun, task: string): boolean => taskIds(run).includes(task);

async function findByCommit(place: RunPlace, wanted: string, newest: EvidenceRun): Promise<EvidenceDocument> {
  const commit = await findCommit(place.root, wanted).catch(() => null);
  const said = commit === null ? { run: null, task: null } : await readTrailers(place, commit);
  const searched = await listSearched(place, said.run);
  for (const folder of searched) {
    const isNewest = folder.run === newest.folder.run;
    // One that cannot be read says nothing of this commit.
    const run = isNewest ? newest : await foldEvidence(place.engine, folder).catch(() => null);
    const landings = (run?.trail.landings ?? []).filter((each) => each.commit.startsWith(commit ?? wanted));
    const [landed, ...others] = landings;
    if (run === null || landed === undefined) continue;
    if (others.length > 0) throw ambiguous(wanted, landings);
    const document = await projectEvidence(run, { task: landed.task });
    return { ...document, changes: document.changes.filter(({ result }) => result.commit === landed.commit) };
  }
  // What ship makes is of the whole run.
  if (said.run !== null && said.task === null && searched[0] !== undefined) {
    return projectEvidence(await foldEvidence(place.engine, searched[0]));
  }
  if (commit === null)
    throw notFound(
      wanted,
      newest.trail.landings.map((each) => each.commit.slice(0, wanted.length)),
      newest,
    );
  throw notLanded(place, { commit, ...said }, newest);
}

/** The run that the commit says it is of, else the newest. */
async function listSearched(place: RunPlace, run: string | null): Promise<RunFolder[]> {
  const runs = await place.engine.listRuns(place.root);
  if (run !== null && runs.includes(run)) return [runFolder(place.root, run)];
  return (await listRuns(place))
    .reverse()
    .slice(0, MAX_SEARCHED)
    .map(({ folder }) => folder);
}

function noTask(run: EvidenceRun, task: string): PleachError {
  const ids = taskIds(run);
  const near = findNearest(task, ids);
  return new PleachError("usage.noTask", `run ${run.folder.run} has no task ${JSON.stringify(task)}`, {
    hint: near === undefined ? `its tasks: ${few(ids)}` : `${near} is near; its tasks: ${few(ids)}`,
  });
}

function notFound(wanted: string, candidates: readonly string[], { folder, trail }: EvidenceRun): PleachError {
  const near = findNearest(wanted, candidates);
  const landed = trail.landings.slice(-3).map(({ task, commit }) => `${task} (${shortCommit(commit)})`);
  const there = landed.length === 0 ? "nothing has landed there" : `landed there: ${landed.join(", ")}`;
  return new PleachError(
    "usage.noEvidence",
    `${JSON.stringify(wanted)} is no run, no task of run ${folder.run}, and no commit that landed`,
    {
      hint: `${near === undefined ? "" : `did you mean ${near}? `}${there}; pleach list shows the runs`,
    },
  );
}

function notLanded(
  { root }: RunPlace,
  { commit, run, task }: { commit: string; run: string | null; task: string | null },
  newest: EvidenceRun,
): PleachError {
  const made = run === null ? "no run made it" : `its message says that it is of run ${run}`;
  const way = task === null || run === null ? `pleach evidence ${newest.folder.run}` : `pleach evidence ${run}/${task}`;
  return new PleachError("usage.noEvidence", `commit ${shortCommit(commit)} is none that a run landed: ${made}`, {
    hint: `commits of a run's branch are asked for, and not those of attempts: ${way}`,
    file: root,
  });
}

function ambiguous(wanted: string, landings: readonly { commit: string }[]): PleachError {
  return new PleachError("usage.noEvidence", `${wanted} begins the ids of ${landings.length} commits that landed`, {
    hint: `type more of it; one of: ${few(landings.map(({ commit }) => shortCommit(commit)))}`,
  });
}
