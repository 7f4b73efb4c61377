/**
 * Where a run's files lie, whatever engine carries it: paths and ids. Owns no content, but looks whether they are its own. Where its log and its snapshots are
 * kept is the engine's affair.
 */
import { createHash } from "node:crypto";
import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { PleachError } from "../../errors.ts";

/** Read models, in the folder of a run. */
const STATE = ".ce-state";
/** What keeps workers to their branches, in the folder of a run. */
export const GUARD = "guard";
/** Folder of all runs, in the root of the repository. */
export const WORKSPACE = ".ce-workspace";

export interface RunFolder {
  readonly run: string;
  /** Tells this repository's runs from those of another with the same ids. */
  readonly repo: string;
  /** Root of the repository (or of the folder without isolation). */
  readonly root: string;
  readonly path: string;
  /** Transcripts and reports. */
  readonly out: string;
  /** Drop box. */
  readonly events: string;
  /** Read models. */
  readonly state: string;
}

/** Characters that are safe in a folder name, a branch name and an argument. */
const RUN_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const FOLDERS_OF_OTHERS = new Set(["worktrees"]);

/** Whether this can be the id of a run. */
export function isRunId(name: string): boolean {
  return RUN_ID.test(name) && !FOLDERS_OF_OTHERS.has(name);
}

/** The folder of a run, whether it exists or not. Throws `usage.badRunId`. */
export function runFolder(root: string, run: string): RunFolder {
  if (!isRunId(run)) {
    throw new PleachError("usage.badRunId", `${JSON.stringify(run)} cannot be the id of a run`, {
      hint: "use letters, digits, - and _, beginning with a letter or digit, 64 at most",
    });
  }
  const path = join(root, WORKSPACE, run);
  const mark = createHash("sha256").update(markOf(root)).digest("hex").slice(0, 16);
  return {
    run,
    repo: mark,
    root,
    path,
    out: join(path, "out"),
    events: join(path, ".ce-events"),
    state: join(path, STATE),
  };
}

/** What stays the same when a folder is moved, and is another for a copy of it. */
function markOf(root: string): string {
  const found = statSync(root, { throwIfNoEntry: false });
  return found === undefined ? root : `${found.dev}:${found.ino}`;
}
/** The read model of the run that lies in a folder: its status without tasks, conflicts and costs. */
export const stateFile = (path: string): string => join(path, STATE, "run.json");

/** Folders within that of a run, wherever its engine keeps log and snapshots. */
const OWN = ["", "log", "snapshots", "out", GUARD, ".ce-events", STATE];

/** Throws `run.linkedFolder` when a folder that a run writes into is a link: somebody made it before the run did. */
export function refuseLinkedFolders(path: string): void {
  for (const name of OWN) {
    const folder = join(path, name);
    if (!lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    throw new PleachError("run.linkedFolder", `${folder} is a symbolic link; a run writes into folders of its own`, {
      hint: "Remove the link, or give the run another --run-id.",
      file: folder,
    });
  }
}

/** An id that sorts by time: `20260824-160012-a7f3`; `entropy` is any number. */
export function newRunId(atMs: number, entropy: number): string {
  const stamp = new Date(atMs).toISOString().replace(/\D/g, "").slice(0, 14);
  const suffix = Math.floor(entropy * 36 ** 4)
    .toString(36)
    .padStart(4, "0");
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-${suffix}`;
}
