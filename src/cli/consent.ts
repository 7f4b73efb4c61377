/**
 * Asks a person before anything runs that a repository brings and they did not name: once for each state of a file, at a
 * terminal; elsewhere such a run is refused. What they name themselves (the plan of the command line) is not asked about.
 *
 * CONSENT-1 Whoever hosts a run needs one, and gets the configuration from it: there is no other way to go by a pleach.yaml.
 * CONSENT-2 What was looked at is what is heeded: nothing is read again between the question and its answer's effect.
 */
import { createHash } from "node:crypto";
import { relative } from "node:path";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { messageOf, PleachError } from "../errors.ts";
import type { Plan } from "../plan/model.ts";
import type { TrustedAs } from "../protocol/values.ts";
import { askYes, hasPerson } from "./ask.ts";
import { NotAgreed } from "./exit.ts";
import type { Place } from "./place.ts";
import { keepTrust, type LookedAt, lookAtFiles, type NeedsTrust, streamsOfAgents } from "./trusted-files.ts";
import { wordFiles } from "./word-powers.ts";
import { withIncluded } from "./worktree-include.ts";

/** What the person lets a run go by. */
export interface Consent {
  place: Place;
  files: readonly TrustedAs[];
  roles: NeedsTrust["roles"];
  /** Stands for this consent to exactly these files, for another process of the same command. */
  token: string;
}

export interface ConsentOptions {
  /** The plan that is carried out; null where there is none yet. */
  plan: Plan | null;
  /** Whether agents may be started for it; default: yes. */
  startsAgents?: boolean;
  /** The run that is gone on with; null (default) for a new one, whose plan or goal the person named. */
  run?: RunFolder | null;
  /** The person agrees to the files as they are now, in advance. */
  trust?: boolean | undefined;
  /** The token of a consent that another process of the same command got. */
  agreed?: string | undefined;
}

const QUESTION = "Let this repository's files do this, as they are now?";
const HINT = "read it (pleach trust shows it), and agree with --trust, or once for all with: pleach trust give";

/**
 * The person's consent to what this place would do: given before, by a flag, or now. Throws `trust.needed` where nobody can
 * be asked, `trust.refused` when they say no.
 */
export async function demandConsent(
  place: Place,
  { plan, startsAgents = true, run = null, trust, agreed }: ConsentOptions,
): Promise<Consent> {
  const streams = plan === null || !startsAgents ? [] : streamsOfAgents(plan);
  const isBrought = plan !== null && run !== null && place.isRepository && (await isTracked(place.root, run));
  const brought = isBrought ? { path: relative(place.root, run.path), plan } : null;
  const { files, roles } = lookAtFiles(place, streams, brought);
  const digest = digestOfFiles(files);
  const open = files.filter(({ isTrusted }) => !isTrusted);
  const give = (by: "person" | "flag"): Consent => {
    const fresh = files.map(({ path, sha256, known, isTrusted }) => {
      return { path, sha256, by: isTrusted && known !== undefined ? known.by : by };
    });
    const config = withIncluded(place.config, place.included);
    return { place: { ...place, config, withheld: [] }, files: fresh, roles, token: `${by}:${digest}` };
  };
  const before = (["person", "flag"] as const).find((by) => agreed === `${by}:${digest}`);
  if (open.length === 0 || before !== undefined) return give(before ?? "person");
  if (trust !== true) {
    if (!hasPerson()) throw refuse(place.root, open);
    process.stderr.write(`${wordNeed(open)}\n${wordFiles(open)}`);
    if (!(await askYes(QUESTION)))
      throw new PleachError("trust.refused", "nothing was started", { hint: "pleach trust shows it again" });
  }
  const by = trust === true ? "flag" : "person";
  keep(place.root, open, by);
  return give(by);
}

/** A run of this machine is in nobody's history: its folder is kept out of git. */
async function isTracked(root: string, { path }: RunFolder): Promise<boolean> {
  const { git } = await import("../actors/git/git.ts");
  return (await git(root, ["ls-files", "-z", "--", relative(root, path)])).stdout.length > 0;
}

function keep(root: string, files: readonly LookedAt[], by: "person" | "flag"): void {
  try {
    keepTrust(root, files, by);
  } catch (thrown) {
    process.stderr.write(`pleach: this is agreed to for now only, since it could not be kept: ${messageOf(thrown)}\n`);
  }
}

function refuse(root: string, open: readonly LookedAt[]): NotAgreed {
  return new NotAgreed(wordNeed(open), { hint: HINT, root, files: open, text: wordFiles(open) });
}

function wordNeed(open: readonly LookedAt[]): string {
  const names = open.map(({ path, known }) => (known === undefined ? path : `${path} (changed)`)).join(", ");
  return `this repository would do what you neither wrote nor agreed to: ${names}`;
}

function digestOfFiles(files: readonly LookedAt[]): string {
  const hash = createHash("sha256");
  for (const { path, sha256 } of files) hash.update(`${path}\0${sha256}\n`);
  return hash.digest("hex");
}
