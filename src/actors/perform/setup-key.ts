/**
 * What a worktree's set-up comes to at a commit, as a key: where it is the same, what set-up left the last time will do. It
 * holds the command, and what the files say that the command reads: those that `worktree.setupWhen` names; for commands that
 * only install packages, manifests and lockfiles; for any other command, all files, since it may read whatever it likes.
 */
import { createHash } from "node:crypto";
import { compileScope } from "../../plan/scope.ts";
import { runsOwnScripts } from "../../setup/install-scripts.ts";
import { listTreeFiles, type Repository, readBlobs } from "../git/index.ts";
import { showPath } from "../git/raw-path.ts";
import { type CheckContext, repositoryOf } from "./run-context.ts";

/** What installers of packages read, each anywhere in the tree. */
const INSTALLED_FROM = [
  ...["package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "yarn.lock"],
  ...["bun.lock", "bun.lockb", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", "lerna.json"],
  ...["requirements*.txt", "constraints*.txt", "pyproject.toml", "uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock"],
  ...["setup.py", "setup.cfg", "go.mod", "go.sum", "go.work", "go.work.sum", "Cargo.toml", "Cargo.lock"],
  ...["Gemfile", "Gemfile.lock", "*.gemspec", "composer.json", "composer.lock", "mix.exs", "mix.lock"],
  ...["*.csproj", "packages.lock.json", ".gitmodules", ".nvmrc", ".node-version", ".python-version", ".tool-versions"],
].map((name) => `**/${name}`);
/** Folders whose files installers read. */
const INSTALLED_FROM_FOLDERS = ["patches", ".yarn"];

/** Commands that only install what manifests and lockfiles name. */
const INSTALLERS = [
  /^(?:npm|pnpm|yarn|bun) (?:ci|i|install|clean-install)(?: -[-\w=]+)*$/,
  /^yarn(?: -[-\w=]+)*$/,
  /^(?:python3? -m )?(?:uv )?pip3? install(?: -[-\w=]+)* (?:-r|-e|--editable|--requirement) [-\w./]+$/,
  /^(?:uv sync|poetry install|poetry sync|pipenv install|pipenv sync)(?: -[-\w=]+)*$/,
  /^(?:go mod download|cargo fetch|bundle install|composer install|mix deps\.get|dotnet restore)(?: -[-\w=]+)*$/,
  /^(?:corepack enable|git submodule update(?: -[-\w=]+)*)$/,
];
/** Variables that differ between tasks: they count where set-up names them, or may read whatever it likes. */
const OF_WORKER: ReadonlySet<string> = new Set(["PLEACH_TASK", "PLEACH_STREAM"]);
/** A longer command is not looked through. */
const MAX_COMMAND = 2_000;
/** The key of set-up in this environment at a commit; "" where there is no set-up. */
export async function setupKeyOf(
  run: CheckContext,
  { commit, env }: { commit: string; env: Readonly<Record<string, string>> },
): Promise<string> {
  const { worktree } = run.config;
  if (worktree.setup === undefined) return "";
  const hash = createHash("sha256");
  const add = (part: string) => hash.update(part).update("\0");
  const { isKnown, lines } = await listRead(repositoryOf(run), commit, worktree);
  add(worktree.setup);
  const isNamed = (name: string): boolean => worktree.setup?.includes(name) === true;
  const counts = ([name]: [string, string]): boolean => !isKnown || !OF_WORKER.has(name) || isNamed(name);
  add(JSON.stringify(Object.entries(env).filter(counts).sort()));
  for (const line of lines) add(line);
  return hash.digest("hex");
}

/** What the tree says of the files that set-up reads, a line each, and whether they are known rather than all. */
async function listRead(
  repo: Repository,
  commit: string,
  { setup = "", setupWhen }: CheckContext["config"]["worktree"],
): Promise<{ isKnown: boolean; lines: string[] }> {
  const files = await listTreeFiles(repo, commit);
  const isInput = compileScope(setupWhen ?? [...INSTALLED_FROM, ...INSTALLED_FROM_FOLDERS]);
  // A submodule's content is that of its commit.
  const read = files.filter(({ mode, path }) => mode === "160000" || isInput(showPath(path)));
  const isKnown = setupWhen !== undefined || (isInstaller(setup) && !(await runsScripts(repo, read)));
  const lines = (isKnown ? read : files).map(({ mode, oid, path }) => `${mode} ${oid} ${path}`);
  return { isKnown, lines };
}

/** Whether a set-up command does nothing but install packages. */
export function isInstaller(command: string): boolean {
  if (command.length > MAX_COMMAND) return false;
  const parts = command.split(/&&|\n|;/).map((part) => part.trim());
  return parts.every((part) => part === "" || INSTALLERS.some((installer) => installer.test(part)));
}

/** Whether a package of the repository itself has scripts that run at its installation. */
async function runsScripts(repo: Repository, files: Awaited<ReturnType<typeof listTreeFiles>>): Promise<boolean> {
  const manifests = files.filter(({ path, mode }) => /(?:^|\/)package\.json$/.test(path) && mode.startsWith("100"));
  const texts = await readBlobs(
    repo,
    manifests.map(({ oid }) => oid),
  );
  return texts.some((text) => {
    try {
      return runsOwnScripts(JSON.parse(text.toString("utf8")) as { scripts?: unknown });
    } catch {
      return true;
    }
  });
}
