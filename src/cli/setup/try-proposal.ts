/**
 * Tries what is proposed in a worktree of its own: set-up and each gate once. What is red there is tried again with what the
 * checkout has and a fresh worktree has not, so that the difference can be told, and mended in the proposal.
 */
import { lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { openRepository, resolveBase } from "../../actors/git/index.ts";
import { listUncommitted } from "../../actors/git/list-files.ts";
import { type Trial, type TriedGate, withTrial } from "../../actors/perform/try-gates.ts";
import { isUsualVariable } from "../../actors/process/environment.ts";
import { localExecutor } from "../../actors/process/local-executor.ts";
import { PleachError } from "../../errors.ts";
import type { Gate, LoadedConfig } from "../../plan/model.ts";
import { parseConfig } from "../../plan/read-config.ts";
import { duration } from "../../protocol/words.ts";
import { listLeftOut, type Project, type Proposal, writeConfig } from "../../setup/index.ts";
import { type Place, worktreeWishes } from "../place.ts";
import { EDITOR_SCHEMA } from "./editor-schema.ts";

export interface Tried {
  /** As it is after what the trial showed. */
  proposal: Proposal;
  /** null: none was needed. */
  setup: { status: "passed" | "failed"; durationMs: number | null; summary: string; evidence: string[] } | null;
  gates: TriedGate[];
  /** How a worktree differs from the checkout, where that counts, a line each. */
  differences: string[];
}

/** Copied for a try: settings and small data, not what somebody downloaded. */
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_BROUGHT = 40;
const NAMED = 8;
/** Installed packages of the checkout, which stand in for set-up where it does not work. */
const INSTALLED = /(?:^|\/)node_modules\/$/;

interface TryOptions {
  signal: AbortSignal;
  /** Told what is done, a line each. */
  say: (text: string) => void;
}

/** Tries it on the newest commit. Rejects with an error of git. */
export async function tryProposal(
  place: Place,
  project: Project,
  proposal: Proposal,
  options: TryOptions,
): Promise<Tried> {
  const first = await tryOnce(place, project, proposal, options);
  if (first.kind === "tried") return first.tried;
  const { reason, evidence } = first;
  for (const { instead, why } of withoutSetup(project, proposal)) {
    if (options.signal.aborted) break;
    options.say(`set-up does not work here; trying ${why}`);
    const second = await tryOnce(place, project, instead, options);
    if (
      second.kind !== "tried" ||
      !second.tried.gates.some(({ name, status }) => name === "test" && status === "passed")
    )
      continue;
    const difference = `set-up does not work on this machine (${reason}); the tests pass with ${why}`;
    return { ...second.tried, differences: [difference, ...second.tried.differences] };
  }
  const setup = { status: "failed" as const, durationMs: null, summary: reason, evidence };
  return { proposal, setup, gates: [], differences: [] };
}

/** Ways to do without set-up, the likeliest first. */
function withoutSetup(project: Project, proposal: Proposal): { instead: Proposal; why: string }[] {
  const linked = project.ignored.filter((path) => INSTALLED.test(path)).map((path) => path.replace(/\/$/, ""));
  const why = "what is installed in the checkout";
  const link = [...proposal.link, ...linked.map((path) => ({ path, why }))];
  return [
    ...(linked.length > 0 ? [{ instead: { ...proposal, setup: null, link }, why }] : []),
    ...(proposal.fallback === null
      ? []
      : [
          {
            instead: { ...proposal, setup: null, gates: proposal.fallback, fallback: null },
            why: "what this machine has",
          },
        ]),
  ];
}

type Once = { kind: "tried"; tried: Tried } | { kind: "notPrepared"; reason: string; evidence: string[] };

async function tryOnce(place: Place, project: Project, proposal: Proposal, { signal, say }: TryOptions): Promise<Once> {
  const { config } = readBack(proposal);
  const { commit } = await resolveBase(await openRepository(place.root), undefined);
  const { env, pass } = config.defaults;
  const options = {
    ...{ root: place.root, commit, config, executor: localExecutor, onWarning: (text: string) => say(`note: ${text}`) },
    variables: { ...(env === undefined ? {} : { env }), ...(pass === undefined ? {} : { pass }) },
    wishes: worktreeWishes(place),
    gateConcurrency: Math.max(2, availableParallelism()),
  };
  if (proposal.setup !== null) say(`setting up: ${proposal.setup.run}`);
  const end = await withTrial(options, signal, async (trial) => {
    if (proposal.setup !== null) say(`set-up took ${duration(trial.setupMs)}`);
    const tell = (name: string, status: string): void =>
      say(status === "running" ? `running ${name}` : `${name} ${status}`);
    const gates = await trial.run(config.defaults.gates ?? [], tell);
    const mended = await mend({ trial, place, project, proposal, gates: config.defaults.gates ?? [], say }, gates);
    return { ...mended, setupMs: trial.setupMs };
  });
  if (end.kind === "notPrepared") return end;
  const { setupMs, ...tried } = end.result;
  const setup =
    proposal.setup === null
      ? null
      : { status: "passed" as const, durationMs: setupMs, summary: "passed", evidence: [] };
  return { kind: "tried", tried: { ...tried, setup } };
}

/** What was proposed as it will be read. Throws where it would not be: no word of a project may bring that about. */
function readBack(proposal: Proposal): LoadedConfig {
  const loaded = parseConfig(writeConfig(proposal, { schema: EDITOR_SCHEMA }), "pleach.yaml");
  const [error] = loaded.errors;
  if (error === undefined) return loaded;
  throw new PleachError("config.proposed", `what was proposed is no sound pleach.yaml: ${error.message}`, {
    hint: "please report it with the files that describe your project; pleach.yaml can be written by hand",
  });
}

interface Mending {
  trial: Trial;
  place: Place;
  project: Project;
  proposal: Proposal;
  gates: readonly Gate[];
  say: (text: string) => void;
}

const isGreen = ({ status }: TriedGate): boolean => status === "passed";

/** Finds out what those that are red lack of the checkout: what they speak of first, then whatever there is. */
async function mend(
  { trial, place, project, proposal, gates, say }: Mending,
  results: readonly TriedGate[],
): Promise<Omit<Tried, "setup">> {
  let now = [...results];
  const differences: string[] = [];
  const variables: string[] = [];
  const brought: string[] = [];
  const had: string[] = [];
  const left = listLeftOut(project, proposal.copy);
  const small = left.filter((path) => isSmall(place.root, path)).slice(0, MAX_BROUGHT);
  /** Runs again what is red; with whether that changed anything, if only what it complains of. */
  const again = async (what: string): Promise<boolean> => {
    const red = gates.filter(({ name }) => now.some((each) => each.name === name && isWorthAnother(each)));
    say(`trying again with ${what}`);
    const results = await trial.run(red.map((gate) => ({ ...gate, pass: [...(gate.pass ?? []), ...variables] })));
    const better = results.filter(isGreen);
    const isOther = results.some(
      (each) => each.evidence.join() !== now.find(({ name }) => name === each.name)?.evidence.join(),
    );
    now = now.map((each) => results.find(({ name }) => name === each.name) ?? each);
    if (better.length > 0)
      differences.push(`${namesOf(better)} passed once the worktree had ${[...had, what].join(", and ")}`);
    const isOfUse = better.length > 0 || isOther;
    if (isOfUse) had.push(what);
    return isOfUse;
  };
  const withVariables = async (): Promise<void> => {
    const named = listVariables(now).filter((name) => !variables.includes(name));
    if (named.length === 0) return;
    variables.push(...named);
    if (!(await again(`${named.join(", ")} of your environment`))) variables.splice(-named.length);
  };
  const withFiles = async (paths: readonly string[]): Promise<void> => {
    const fresh = await trial.bring(paths.filter((path) => !brought.includes(path)));
    if (fresh.length > 0 && (await again(`${list(fresh)} of the checkout, which git ignores`))) brought.push(...fresh);
  };
  const steps = [
    withVariables,
    () => withFiles(small.filter((path) => isNamed(path, now))),
    withVariables,
    () => withFiles(small),
    withVariables,
  ];
  for (const step of steps) if (now.some(isWorthAnother)) await step();
  if (now.some(({ status }) => status === "failed")) {
    differences.push(
      ...(await explainRest(
        place.root,
        left.filter((path) => !brought.includes(path)),
      )),
    );
  }
  // What turned nothing green is not asked for.
  const helped = results.some(
    (each) => !isGreen(each) && now.some(({ name, status }) => name === each.name && status === "passed"),
  );
  const why = "the gates need it";
  const copy = helped ? brought.map((path) => ({ path, why })) : [];
  const mended = { ...proposal, copy: [...proposal.copy, ...copy], pass: helped ? variables : [] };
  return { proposal: { ...mended, gates: settle(mended, now) }, gates: now, differences };
}

/** Neither what passed nor what cannot be run, nor what took all its time. */
function isWorthAnother(gate: TriedGate): boolean {
  return gate.status === "failed" && !gate.timedOut && !isMissing(gate);
}

/** Whether a red gate speaks of this file. */
function isNamed(path: string, results: readonly TriedGate[]): boolean {
  return results.some((each) => isWorthAnother(each) && each.evidence.join("\n").includes(basename(path)));
}

function isMissing({ status, summary }: TriedGate): boolean {
  return status === "error" || summary.includes("a command was not found");
}

/** Gates as they are to be written after what was seen of them. */
function settle({ gates }: Proposal, results: readonly TriedGate[]): Proposal["gates"] {
  return gates.map((gate) => {
    const result = results.find(({ name }) => name === gate.name);
    if (result === undefined || isGreen(result) || result.status === "skipped") return gate;
    const why = `${gate.why}; ${result.summary} when it was tried`;
    if (isMissing(result)) return { ...gate, off: result.summary };
    // Tests stay required: what is red on the base blames nobody, and once green it stays green.
    return gate.role === "test" ? { ...gate, why } : { ...gate, why, required: false };
  });
}

/** Variables that are set here, that commands do not see, and that a red gate speaks of. */
function listVariables(results: readonly TriedGate[]): string[] {
  const words = results
    .filter((each) => !isGreen(each))
    .flatMap(({ evidence }) => evidence.join(" ").match(/\b[A-Z][A-Z0-9_]{2,60}\b/g) ?? []);
  const isOwn = (name: string): boolean =>
    Object.hasOwn(process.env, name) && !isUsualVariable(name) && !/^(?:PWD|OLDPWD|SHLVL|GIT_)/.test(name);
  return [...new Set(words)].filter(isOwn).slice(0, NAMED);
}

async function explainRest(root: string, left: readonly string[]): Promise<string[]> {
  const uncommitted = await listUncommitted(root).catch(() => []);
  return [
    ...(left.length > 0 ? [`in the checkout, and not in a worktree: ${list(left)}`] : []),
    ...(uncommitted.length > 0 ? [`a worktree has what was committed; not committed yet: ${list(uncommitted)}`] : []),
  ];
}

function isSmall(root: string, path: string): boolean {
  const found = lstatSync(join(root, path), { throwIfNoEntry: false });
  return found?.isFile() === true && found.size <= MAX_BYTES;
}

const namesOf = (gates: readonly TriedGate[]): string => gates.map(({ name }) => name).join(", ");

function list(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
