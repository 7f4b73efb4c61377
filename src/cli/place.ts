/** Where a command works: the repository, its configuration, and which run is meant. */
import { realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Engine } from "../actors/control/engine.ts";
import { localEngine } from "../actors/control/local-engine.ts";
import { type RunFolder, runFolder, WORKSPACE } from "../actors/control/run-folder.ts";
import { configFolder, homeFolder, stateFolder } from "../actors/control/state-folder.ts";
import { digestOf, openTrustStore } from "../actors/control/trust-store.ts";
import type { PlaceWishes } from "../actors/control/worktree-place.ts";
// Not from the barrel: nearly every command passes here, and few of them need all of git.
import { findRootWithoutGit } from "../actors/git/find-root.ts";
import { codeOf, PleachError } from "../errors.ts";
// Not from the barrel: nearly every command passes here, and few of them read plans.
import { CONFIG_FILE, loadConfig, loadOwnConfig } from "../plan/load-config.ts";
import type { OwnConfig, PlanIssue, Power, ProjectConfig } from "../plan/model.ts";
import { confinePath } from "../safe-files/index.ts";
import { areAgreed } from "./agreed-powers.ts";
import { chooseVault } from "./choose-vault.ts";
import { BadInput } from "./exit.ts";
import { countPowers } from "./leads-out.ts";
import { type Included, readIncluded } from "./worktree-include.ts";

/** Where runs are, for commands that look at them. */
export interface RunPlace {
  root: string;
  /** What the runs of this place are carried on. */
  engine: Engine;
}

export interface Place extends RunPlace {
  /** The folder that `-C` names, or the current one: relative paths of the command line begin here. */
  dir: string;
  /** Whether `root` is a git repository that can be worked from. */
  isRepository: boolean;
  /** Why it is not. */
  trouble: PleachError | null;
  /** What pleach.yaml says over what the person says for all repositories. To be heeded when something runs, it has to be agreed to. */
  config: ProjectConfig;
  /** What the person's own configuration says for all repositories. */
  own: OwnConfig;
  /** What of pleach.yaml counts only once the person agreed. */
  powers: readonly Power[];
  /** The text of pleach.yaml that all of this was read from; null when there is none. */
  text: string | null;
  /** Folders outside of the repository that pleach.yaml names as vaults, and the person has not agreed to: not looked into. */
  withheld: readonly string[];
  /** What `.worktreeinclude` names; counts only once the person agreed. */
  included?: Included | null;
  /** Errors of pleach.yaml; `config` then holds what was right. */
  errors: PlanIssue[];
  warnings: PlanIssue[];
}

/**
 * The repository that `dir` lies in, or `dir` itself when it is none: looking at runs and `isolation: none` can do
 * without. Throws `usage.noDirectory`, `run.linkedOut`.
 */
export async function findPlace(dir: string | undefined): Promise<Place> {
  const folder = findFolder(dir);
  let root = folder;
  let trouble: PleachError | null = null;
  try {
    const { openRepository } = await import("../actors/git/repository.ts");
    root = (await openRepository(folder)).root;
  } catch (thrown) {
    if (!(thrown instanceof PleachError)) throw thrown;
    trouble = thrown;
    // An empty repository has a root all the same.
    if (thrown.code === "git.empty" && thrown.file !== undefined) root = thrown.file;
  }
  const configs = await loadConfigs(root);
  const paths = [WORKSPACE, configs.config.vault];
  if (trouble === null || trouble.code === "git.empty") await refuseLinksOut(root, paths);
  const included = trouble === null ? await readIncluded(root, configs.config) : null;
  const warnings = [...configs.warnings, ...(included?.warnings ?? [])];
  return {
    dir: folder,
    root,
    engine: localEngine,
    isRepository: trouble === null,
    trouble,
    ...configs,
    included,
    warnings,
  };
}

type Configs = Pick<Place, "config" | "own" | "powers" | "text" | "withheld" | "errors" | "warnings">;

async function loadConfigs(root: string): Promise<Configs> {
  const home = homeFolder(process.env);
  const own = await loadOwnConfig({ folder: configFolder(process.env), home });
  const { powers, text, ...project } = await loadConfig(root, own.config);
  const isNamed = own.config.vault !== undefined || powers.some(({ key }) => key === "vault");
  const chosen = isNamed ? { vault: project.config.vault, warnings: [] } : chooseVault(root);
  const config = { ...project.config, vault: chosen.vault };
  const counted = countPowers(powers, root, home);
  const outside = counted.flatMap(({ path }) => (path === undefined ? [] : [path]));
  return {
    ...{ config, own: own.config, powers: counted, text },
    withheld: outside.length === 0 || isTrusted(root, text, counted) ? [] : outside,
    errors: [...project.errors, ...own.errors],
    warnings: [...project.warnings, ...own.warnings, ...chosen.warnings],
  };
}

/** Whether the person agreed to all that pleach.yaml can do. */
function isTrusted(root: string, text: string | null, powers: readonly Power[]): boolean {
  const known = openTrustStore(stateFolder(process.env))
    .read(root)
    .find(({ path }) => path === CONFIG_FILE);
  if (text === null || known === undefined) return false;
  return known.sha256 === digestOf(text) || areAgreed(powers, known.powers);
}

/** What is said of where worktrees lie. */
export function worktreeWishes({ config, own }: Place): PlaceWishes {
  const { path } = config.worktree;
  return {
    ...(path === undefined ? {} : { inRepository: path }),
    ...(own.worktrees === undefined ? {} : { ofPerson: own.worktrees }),
    env: process.env,
  };
}

/** Throws `run.linkedOut` when one of the paths goes through a link that came with the repository, out of it. */
async function refuseLinksOut(root: string, paths: readonly string[]): Promise<void> {
  // Without asking git, mostly: no part of them is a link.
  if (paths.every((path) => confinePath(root, path).kind === "inside")) return;
  const { findTrackedLinkOut } = await import("../actors/git/tracked-link.ts");
  for (const path of paths) {
    const link = await findTrackedLinkOut(root, path);
    if (link === null) continue;
    throw new PleachError(
      "run.linkedOut",
      `${JSON.stringify(link)} is a symbolic link of the repository that leads out of it`,
      {
        hint: "Nothing is written through it: remove it from the repository, or make a folder of it.",
        file: join(root, link),
      },
    );
  }
}

/** As `findPlace`, for commands that look at runs and need no more than that: mostly without asking git. */
export async function findRunPlace(dir: string | undefined): Promise<RunPlace> {
  const root = findRootWithoutGit(findFolder(dir));
  return root === undefined ? findPlace(dir) : { root, engine: localEngine };
}

/** As `findPlace`, for what relies on pleach.yaml. Throws its first error, and tells all of them. */
export async function findSoundPlace(dir: string | undefined): Promise<Place> {
  const place = await findPlace(dir);
  if (place.errors.length > 0) throw badConfig(place);
  return place;
}

/** What is wrong with pleach.yaml, or with the person's own configuration. */
export function badConfig({ errors, warnings }: Pick<Place, "errors" | "warnings">): BadInput {
  return new BadInput(`${basename(errors[0]?.file ?? "pleach.yaml")} has errors`, errors, warnings);
}

/** The folder that `-C` names, or the current one. Throws `usage.noDirectory`. */
export function findFolder(dir: string | undefined): string {
  const asked = resolve(dir ?? ".");
  try {
    const folder = realpathSync(asked);
    if (statSync(folder).isDirectory()) return folder;
  } catch (thrown) {
    if (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "ENOTDIR") throw thrown;
  }
  throw new PleachError("usage.noDirectory", `there is no folder ${asked}`, { hint: "check the path given with -C" });
}

/** When a run's first record was written, ms; null when that record cannot be read; undefined when there is none. */
async function readStart(engine: Engine, folder: RunFolder): Promise<number | null | undefined> {
  try {
    for await (const [first] of engine.openLog(folder).read()) return first?.time;
    return undefined;
  } catch {
    return null;
  }
}

/** All runs, oldest first. One whose beginning cannot be read is placed by the age of its folder. */
export async function listRuns({ root, engine }: RunPlace): Promise<{ folder: RunFolder; startedAt: number | null }[]> {
  const runs: { folder: RunFolder; startedAt: number | null; at: number }[] = [];
  for (const run of await engine.listRuns(root)) {
    const folder = runFolder(root, run);
    const startedAt = await readStart(engine, folder);
    // A host that died before its first record was whole has begun nothing.
    if (startedAt === undefined) continue;
    runs.push({ folder, startedAt, at: startedAt ?? statSync(folder.path).birthtimeMs });
  }
  return runs.sort((a, b) => a.at - b.at).map(({ folder, startedAt }) => ({ folder, startedAt }));
}

/** The run that is meant: its id, the beginning of it, or the newest. Rejects with `run.notFound` or `run.ambiguous`. */
export async function findRun(place: RunPlace, wanted: string | undefined): Promise<RunFolder> {
  const { root, engine } = place;
  if (wanted === undefined) {
    const newest = (await listRuns(place)).at(-1);
    if (newest !== undefined) return newest.folder;
    throw new PleachError("run.notFound", `there is no run in ${root}`, { hint: "start one: pleach run plan.md" });
  }
  const runs = await engine.listRuns(root);
  const fits = runs.includes(wanted) ? [wanted] : runs.filter((run) => wanted !== "" && run.startsWith(wanted));
  const [run, ...others] = fits;
  if (run === undefined) {
    throw new PleachError("run.notFound", `there is no run ${JSON.stringify(wanted)} in ${root}`, {
      hint: (await hintOfLost(root, wanted)) ?? "pleach list shows the runs",
    });
  }
  if (others.length > 0) {
    throw new PleachError("run.ambiguous", `${wanted} begins the ids of ${fits.length} runs`, {
      hint: `one of: ${fits.slice(0, 5).join(", ")}`,
    });
  }
  const folder = runFolder(root, run);
  if ((await readStart(engine, folder)) !== undefined) return folder;
  throw new PleachError("run.notFound", `run ${run} was never begun: its log holds no record`, {
    hint: "pleach list shows the runs",
  });
}

/** The way on where git has a branch of a run that nothing else knows of; null where it has none. */
async function hintOfLost(root: string, run: string): Promise<string | null> {
  const { describeWay, listLeft } = await import("../actors/git/left-of-run.ts");
  const left = await listLeft({ root }, run).catch(() => null);
  return left === null || left.branch === null ? null : `its log is gone: ${describeWay(run, left)}`;
}
