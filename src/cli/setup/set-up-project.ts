/**
 * Sets a project up: says what is found, tries it where it may, writes pleach.yaml. Nothing of the repository is run before
 * it was said, and then only when a person said yes or the command line did; never is anything overwritten.
 */
import { lstatSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installedPath } from "../../actors/process/installed-path.ts";
import { codeOf } from "../../errors.ts";
import { CONFIG_FILE } from "../../plan/load-config.ts";
import { duration } from "../../protocol/words.ts";
import { type Project, type Proposal, propose, writeConfig } from "../../setup/index.ts";
import { askYesUnlessNo, hasPerson } from "../ask.ts";
import type { Place } from "../place.ts";
import { hearSignals } from "../signals.ts";
import { trustWritten } from "../trusted-files.ts";
import { line } from "../words.ts";
import { describeProposal } from "./describe-proposal.ts";
import { EDITOR_SCHEMA, layEditorSchema } from "./editor-schema.ts";
import { readProject } from "./read-project.ts";
import type { Tried } from "./try-proposal.ts";

export interface SetUpOptions {
  /** Try it without asking. */
  yes: boolean;
  /** Write nothing, run nothing. */
  dryRun: boolean;
  /** Told what is found and done. */
  say: (text: string) => void;
}

export interface SetUp {
  proposal: Proposal;
  /** null: nothing was tried. */
  tried: Tried | null;
  /** The text of the pleach.yaml that is proposed. */
  config: string;
  /** `there`: one is there already. `stopped`: the person went away. */
  outcome: "written" | "there" | "dryRun" | "stopped";
  /** Files that were created. */
  created: string[];
}

/** Sets it up. Rejects with an error of git. */
export async function setUpProject(place: Place, { yes, dryRun, say }: SetUpOptions): Promise<SetUp> {
  const isThere = lstatSync(join(place.root, CONFIG_FILE), { throwIfNoEntry: false }) !== undefined;
  const project = await readProject(place, installedPath(process.env, place.root));
  const proposal = propose(project);
  const config = writeConfig(proposal, { schema: EDITOR_SCHEMA });
  const untried = { proposal, tried: null, config, created: [] };
  if (isThere && !dryRun) return { ...untried, outcome: "there" };
  say(describeProposal(proposal));
  if (dryRun) return { ...untried, outcome: "dryRun" };
  const consent = await mayTry(place, proposal, yes);
  if (consent === "gone") return { ...untried, outcome: "stopped" };
  if (consent === "no") return { ...untried, ...(await createConfig(place.root, config)) };
  const ready = await withReadyAgents(place, { project, proposal, say });
  const tried = await tryIt(place, { project, proposal: ready, say });
  if (tried === null) return { ...untried, outcome: "stopped" };
  say(describeTried(tried));
  const text = writeConfig(tried.proposal, { schema: EDITOR_SCHEMA, tried: linesOf(tried) });
  return { proposal: tried.proposal, tried, config: text, ...(await createConfig(place.root, text)) };
}

/** Whether commands of the repository may be run. */
async function mayTry(
  { isRepository }: Place,
  { gates, setup }: Proposal,
  yes: boolean,
): Promise<"yes" | "no" | "gone"> {
  if (!isRepository || (gates.length === 0 && setup === null)) return "no";
  if (yes) return "yes";
  return hasPerson() ? askYesUnlessNo("try this in a worktree of its own before it is written?") : "no";
}

/** Agents are looked at as `doctor` does; one that cannot work now is not proposed where another one can, and that is said. */
async function withReadyAgents(
  { dir }: Place,
  { project, proposal, say }: { project: Project; proposal: Proposal; say: SetUpOptions["say"] },
): Promise<Proposal> {
  if (project.agents.length === 0) return proposal;
  const { findUnready } = await import("../agents/diagnose-agents.ts");
  const unready = await findUnready(project.agents, dir);
  if (unready.size === 0) return proposal;
  for (const why of unready.values()) say(`  note: ${line(why)}\n`);
  const ready = project.agents.filter((name) => !unready.has(name));
  // Where none can work, the first may still be made ready.
  const again = propose({ ...project, agents: ready.length > 0 ? ready : project.agents.slice(0, 1) });
  return { ...again, notes: [...again.notes, ...unready.values()] };
}

/** null when it was interrupted. */
async function tryIt(
  place: Place,
  { project, proposal, say }: { project: Project; proposal: Proposal; say: SetUpOptions["say"] },
): Promise<Tried | null> {
  const { tryProposal } = await import("./try-proposal.ts");
  const stop = new AbortController();
  const release = hearSignals("on", () => stop.abort());
  try {
    const tell = (text: string): void => say(`  ${line(text)}\n`);
    const tried = await tryProposal(place, project, proposal, { signal: stop.signal, say: tell });
    return stop.signal.aborted ? null : tried;
  } finally {
    release();
  }
}

/** Writes it where none is: somebody may have been quicker. Returns what it created. */
async function createConfig(root: string, text: string): Promise<Pick<SetUp, "outcome" | "created">> {
  try {
    // Exclusively: a link in its place is not followed either.
    writeFileSync(join(root, CONFIG_FILE), text, { flag: "wx" });
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
    return { outcome: "there", created: [] };
  }
  // What a person's own init wrote, after it was shown, is their consent to run it.
  await trustWritten(root);
  return { outcome: "written", created: [CONFIG_FILE, ...(layEditorSchema(root) ? [EDITOR_SCHEMA] : [])] };
}

/** What the trial showed, for the file. */
function linesOf({ setup, gates, differences }: Tried): string[] {
  const parts = [
    ...(setup === null
      ? []
      : [`set-up ${setup.status}${setup.durationMs === null ? "" : ` in ${duration(setup.durationMs)}`}`]),
    ...gates.map(({ name, status, durationMs }) => `${name} ${status} in ${duration(durationMs)}`),
  ];
  const failed = setup?.status === "failed" ? [`Set-up failed: ${setup.summary}`] : [];
  return [
    `Tried in a worktree: ${parts.join(", ") || "nothing"}.`,
    ...failed,
    ...differences.map((each) => `Seen: ${each}.`),
  ];
}

/** What it showed, for a person: of what is red, why. */
function describeTried({ setup, gates, differences }: Tried): string {
  const lines: string[] = [];
  const red = (name: string, summary: string, evidence: readonly string[]): void => {
    lines.push(`${name}: ${line(summary)}`, ...evidence.map((each) => `    ${line(each)}`));
  };
  if (setup?.status === "failed") red("set-up failed, so no gate was tried", setup.summary, setup.evidence);
  for (const { name, status, summary, evidence } of gates)
    if (status !== "passed") red(`${name} ${status}`, summary, evidence);
  lines.push(...differences.map(line));
  return lines.length === 0 ? "" : `${lines.map((each) => `  ${each}`).join("\n")}\n`;
}
