/**
 * Says where a change edits what a gate itself runs: its scripts, the configuration of its tools, tests that it deletes or
 * skips. Such a change may be just what was asked for; but green says less of it, so people are told.
 */
import { posix } from "node:path";
import type { Gate } from "../../plan/model.ts";
import { plural } from "../../protocol/words.ts";
import { namedBy } from "./command-files.ts";
import { countSkips, isTest } from "./test-texts.ts";

/** A file that was changed; null where it is not there. Paths are relative, with `/`. */
export interface ChangedFile {
  path: string;
  before: string | null;
  after: string | null;
}

const NAMED = 3;
/** Names of files by which test runners, linters, compilers and task runners are configured. */
const CONFIGURATIONS: readonly RegExp[] = [
  /^(?:jest|vitest|vite|karma|playwright|cypress|ava|wdio|nightwatch|web-test-runner|babel)\.(?:config|conf)\.[cm]?[jt]sx?$/,
  /^(?:eslint|prettier|stylelint|commitlint|lint-staged|knip|tsup|webpack|rollup)\.config\.[cm]?[jt]s$/,
  /^vitest\.(?:workspace|setup)\.[cm]?[jt]s$/,
  /^\.(?:mocharc|nycrc|c8rc|taprc|eslintrc|prettierrc|stylelintrc|swcrc|babelrc)(?:\.(?:json|ya?ml|[cm]?js))?$/,
  /^\.(?:eslintignore|prettierignore|rspec|coveragerc|flake8|pylintrc|rubocop\.yml|golangci\.ya?ml|golangci\.toml)$/,
  /^(?:biome|oxlintrc|deno|nx|turbo|tslint)\.jsonc?$/,
  /^tsconfig(?:\.[\w-]+)?\.json$/,
  /^(?:pytest|tox|mypy)\.ini$/,
  /^(?:ruff|\.ruff|rustfmt|\.rustfmt|clippy|\.clippy|nextest|pytest)\.toml$/,
  /^(?:conftest|noxfile)\.py$/,
  /^phpunit\.xml(?:\.dist)?$/,
  /^(?:GNUmakefile|[Mm]akefile|justfile|Justfile|Taskfile\.ya?ml|Rakefile|CMakeLists\.txt|meson\.build)$/,
  /^(?:build|settings)\.gradle(?:\.kts)?$/,
];
/** Of these only a part is about checks. */
const MANIFESTS: Readonly<Record<string, (text: string) => unknown>> = {
  "package.json": readScripts,
  "deno.json": readScripts,
  "composer.json": readScripts,
  "pyproject.toml": (text) =>
    readTables(
      text,
      /^tool\.(?:pytest|coverage|tox|nox|ruff|mypy|pyright|black|flake8|poe|hatch\.envs|pdm\.scripts)\b/,
    ),
  "setup.cfg": (text) => readTables(text, /^(?:tool:pytest|flake8|mypy|coverage)\b/),
  "Cargo.toml": (text) => readTables(text, /^(?:\[?test|\[?bench|lints|workspace\.lints|profile\.test)\b/),
};
/** Members of package.json by which test runners are configured. */
const IN_PACKAGE = [
  "scripts",
  "jest",
  "mocha",
  "ava",
  "nyc",
  "c8",
  "tap",
  "eslintConfig",
  "vitest",
  "lint-staged",
  "tasks",
];

/** Whether what a file of this path says decides whether it has a say: else its name does. */
export const needsText = (path: string): boolean => isTest(path) || readerOf(path) !== undefined;

/** Whether the content of a file of this path has a say. */
export const mayConcernGates = (path: string, gates: readonly Gate[]): boolean =>
  isTest(path) || isConfiguration(path) || readerOf(path) !== undefined || isRun(path, gates);

/** What a change does to what gates run: the paths of the files. */
export interface GateChanges {
  edited: string[];
  /** Tests that are not there any more, under no other name either. */
  deleted: string[];
  /** Tests with more places that skip than before. */
  skipping: string[];
}

/** Looks for changes of what gates run. */
export function findGateChanges(changes: readonly ChangedFile[], gates: readonly Gate[]): GateChanges {
  const moved = new Set(changes.flatMap(({ before, after }) => (before === null && after !== null ? [after] : [])));
  const tests = changes.filter(({ path }) => isTest(path));
  const deleted = tests.filter(({ before, after }) => before !== null && after === null && !moved.has(before));
  return {
    edited: pathsOf(changes.filter((change) => isEdited(change, gates))),
    deleted: pathsOf(deleted),
    skipping: pathsOf(tests.filter(({ before, after }) => countSkips(after) > countSkips(before))),
  };
}

/** What is said of a change, without its subject; null when it leaves alone what gates run. */
export function describeGateChanges(changes: readonly ChangedFile[], gates: readonly Gate[]): string | null {
  if (gates.length === 0) return null;
  const { edited, deleted, skipping } = findGateChanges(changes, gates);
  const parts = [
    edited.length === 0 ? null : `edits ${nameSome(edited)}`,
    deleted.length === 0 ? null : `deletes ${plural(deleted.length, "test file")} (${nameSome(deleted)})`,
    skipping.length === 0 ? null : `skips tests in ${nameSome(skipping)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `changes what gates run: ${parts.join(", ")}`;
}

/** A new file takes nothing away that was there. */
function isEdited(change: ChangedFile, gates: readonly Gate[]): boolean {
  const { path, before, after } = change;
  if (before === null) return false;
  return isRun(path, gates) || (after === null && readerOf(path) !== undefined) || isConfigured(change);
}

/** Whether the change is of what tools of gates are configured by; a new file may do so, too. */
export function isConfigured({ path, before, after }: ChangedFile): boolean {
  const read = readerOf(path);
  if (read === undefined) return isConfiguration(path);
  const [was, is] = [before, after].map((text) => JSON.stringify(text === null ? read("{}") : read(text)));
  return was !== is;
}

const readerOf = (path: string): ((text: string) => unknown) | undefined => {
  const name = posix.basename(path);
  return Object.hasOwn(MANIFESTS, name) ? MANIFESTS[name] : undefined;
};

const isConfiguration = (path: string): boolean => {
  const name = posix.basename(path);
  return CONFIGURATIONS.some((pattern) => pattern.test(name));
};

/** Whether the command of a gate names the file. */
const isRun = (path: string, gates: readonly Gate[]): boolean => gates.some((gate) => namedBy(gate).has(path));

function readScripts(text: string): unknown {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== "object" || manifest === null) return text;
    return IN_PACKAGE.map((key) => (manifest as Record<string, unknown>)[key] ?? null);
  } catch {
    return text;
  }
}

/** The lines of the tables of a TOML or INI file whose names match. */
function readTables(text: string, name: RegExp): string[] {
  let isWanted = false;
  return text.split("\n").filter((line) => {
    if (line.startsWith("[")) isWanted = name.test(line.slice(1));
    return isWanted && line.trim() !== "";
  });
}

const pathsOf = (files: readonly ChangedFile[]): string[] => files.map(({ path }) => path);

function nameSome(paths: readonly string[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : "";
  return `${paths.slice(0, NAMED).join(", ")}${more}`;
}
