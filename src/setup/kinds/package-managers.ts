/** Package managers of JavaScript: which one a folder uses, how it installs, and how it runs a script. */
import type { Folder } from "../folder.ts";

export interface PackageManager {
  /** npm, pnpm, yarn, yarn-berry or bun. */
  name: string;
  program: string;
  lockfiles: readonly string[];
  /** Further files that installing reads. */
  settings: readonly string[];
  /** Installs exactly what is locked; `free` where nothing is. */
  locked: string;
  free: string;
  /** Runs a script of package.json. */
  script: (name: string) => string;
  /** Runs a program of an installed package. */
  exec: (command: string) => string;
  /** Runs a script in all packages of a workspace that have it; `strict`: fails where one has not. */
  everywhere: { run: (script: string) => string; strict?: true };
}

/** Words that stand for commands of their own, so that scripts of that name are called in full. */
const PNPM_OWN =
  /^(?:add|audit|bin|ci|config|create|deploy|dlx|doctor|env|exec|fetch|import|init|install|licenses|link|list|outdated|pack|patch|prune|publish|rebuild|remove|root|run|server|setup|store|unlink|update|why)$/;
const YARN_OWN =
  /^(?:add|audit|bin|cache|check|config|create|dedupe|dlx|exec|global|help|import|info|init|install|licenses|link|list|login|node|outdated|owner|pack|plugin|policies|publish|remove|run|self-update|set|tag|team|unlink|up|upgrade|version|versions|why|workspace|workspaces)$/;

const NPM: PackageManager = {
  name: "npm",
  program: "npm",
  lockfiles: ["package-lock.json", "npm-shrinkwrap.json"],
  settings: [".npmrc"],
  locked: "npm ci",
  free: "npm install",
  script: (name) => (name === "test" ? "npm test" : `npm run ${name}`),
  exec: (command) => `npx ${command}`,
  everywhere: { run: (script) => `npm run ${script} --workspaces --if-present` },
};

const PNPM: PackageManager = {
  name: "pnpm",
  program: "pnpm",
  lockfiles: ["pnpm-lock.yaml"],
  settings: [".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs"],
  locked: "pnpm install --frozen-lockfile",
  free: "pnpm install",
  script: (name) => (PNPM_OWN.test(name) ? `pnpm run ${name}` : `pnpm ${name}`),
  exec: (command) => `pnpm exec ${command}`,
  everywhere: { run: (script) => `pnpm -r run ${script}` },
};

const YARN: PackageManager = {
  name: "yarn",
  program: "yarn",
  lockfiles: ["yarn.lock"],
  settings: [".yarnrc", ".npmrc"],
  locked: "yarn install --frozen-lockfile",
  free: "yarn install",
  script: (name) => (YARN_OWN.test(name) ? `yarn run ${name}` : `yarn ${name}`),
  exec: (command) => `yarn ${command}`,
  everywhere: { run: (script) => `yarn workspaces run ${script}`, strict: true },
};

const YARN_BERRY: PackageManager = {
  ...YARN,
  name: "yarn-berry",
  settings: [".yarnrc.yml", ".yarn/**"],
  locked: "yarn install --immutable",
  everywhere: { run: (script) => `yarn workspaces foreach -A run ${script}` },
};

const BUN: PackageManager = {
  name: "bun",
  program: "bun",
  lockfiles: ["bun.lock", "bun.lockb"],
  settings: ["bunfig.toml", ".npmrc"],
  locked: "bun install --frozen-lockfile",
  free: "bun install",
  script: (name) => `bun run ${name}`,
  exec: (command) => `bunx ${command}`,
  everywhere: { run: (script) => `bun run --filter '*' ${script}` },
};

/** In the order in which lockfiles are believed, where there are several. */
const ALL = [PNPM, YARN, BUN, NPM];

/** What this folder is installed by: what it says, else what its lockfile is of, else what continuous integration calls. */
export function packageManagerOf(
  folder: Folder,
  manifest: { packageManager?: unknown; devEngines?: unknown },
): PackageManager {
  const named = nameOf(manifest);
  const byName = ALL.find(({ name }) => name === named?.name);
  if (byName === YARN && named?.major !== undefined) return named.major === 1 ? YARN : YARN_BERRY;
  const manager =
    byName ??
    ALL.find(({ lockfiles }) => folder.first(...lockfiles) !== undefined) ??
    (folder.has("pnpm-workspace.yaml") ? PNPM : undefined) ??
    ALL.find(({ program }) => folder.fromCi(new RegExp(`^${program} (?:ci|install|i)\\b`)) !== undefined) ??
    NPM;
  return manager === YARN && isBerry(folder) ? YARN_BERRY : manager;
}

function nameOf(manifest: { packageManager?: unknown; devEngines?: unknown }): { name: string; major?: number } | null {
  const { packageManager, devEngines } = manifest;
  const engine = (devEngines as { packageManager?: { name?: unknown; version?: unknown } } | null | undefined)
    ?.packageManager;
  const text =
    typeof packageManager === "string"
      ? packageManager
      : typeof engine?.name === "string"
        ? `${engine.name}@${String(engine.version ?? "")}`
        : "";
  const [, name, major] = /^([a-z]+)(?:@[^\d]{0,2}(\d{1,3}))?/.exec(text) ?? [];
  if (name === undefined) return null;
  return major === undefined ? { name } : { name, major: Number(major) };
}

function isBerry(folder: Folder): boolean {
  return folder.has(".yarnrc.yml") || folder.read("yarn.lock").includes("__metadata:");
}
