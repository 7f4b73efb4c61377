/**
 * Says where a change edits what a gate itself runs: its scripts, the configuration of its tools, tests that it deletes or
 * skips. Such a change may be just what was asked for; but green says less of it, so people are told.
 */
import { posix } from "node:path";
import type { Gate } from "../../plan/model.ts";
import { plural } from "../../protocol/words.ts";

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

/** Files of tests, by the conventions of their languages. */
const TESTS: readonly RegExp[] = [
  /[._-](?:test|tests|spec|cy|e2e)\.[a-z]{1,5}$/i,
  /(?:^|\/)test_[^/]*\.py$/,
  /(?:Test|Tests|Spec|IT)\.(?:java|kt|scala|cs|swift|groovy|php)$/,
];
/** And whatever is a program in a folder of tests. */
const TEST_FOLDER = /(?:^|\/)(?:tests?|__tests__|specs?|e2e|testing)\//i;
export const PROGRAM = /\.(?:[cm]?[jt]sx?|py|rb|php|java|kt|scala|go|rs|cs|swift|exs?|clj|c|cc|cpp|sh|bats|lua|pl|t)$/i;
/** What takes a test out, or all others, in the languages that tests are written in. */
const SKIPS: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|specify|bench)(?:\.[a-z]{1,20}){0,3}\.(?:skip|only|todo|skipIf|runIf|failing|fixme)\b/g,
  /\b(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe|pending)\s?\(/g,
  /\bthis\.skip\s?\(/g,
  /@(?:pytest\.mark\.(?:skip|skipif|xfail)|unittest\.(?:skip|skipIf|skipUnless|expectedFailure)|Ignore|Disabled|Skip)\b/g,
  /\b(?:pytest\.skip|self\.skipTest|pytest\.importorskip)\s?\(/g,
  /\b[tb]\.Skip(?:f|Now)?\s?\(/g,
  /#\[ignore\b/g,
  /\bmarkTest(?:Skipped|Incomplete)\b/g,
];

/** Whether the content of a file of this path has a say. */
export const mayConcernGates = (path: string, gates: readonly Gate[]): boolean =>
  isTest(path) || isConfiguration(path) || posix.basename(path) in MANIFESTS || isRun(path, gates);

/** What is said of a change, without its subject; null when it leaves alone what gates run. */
export function describeGateChanges(changes: readonly ChangedFile[], gates: readonly Gate[]): string | null {
  if (gates.length === 0) return null;
  const edited = changes.filter((change) => isEdited(change, gates)).map(({ path }) => path);
  const moved = new Set(changes.flatMap(({ before, after }) => (before === null && after !== null ? [after] : [])));
  const tests = changes.filter(({ path }) => isTest(path));
  const deleted = tests.filter(({ before, after }) => before !== null && after === null && !moved.has(before));
  const skipping = tests.filter(({ before, after }) => countSkips(after) > countSkips(before));
  const parts = [
    edited.length === 0 ? null : `edits ${nameSome(edited)}`,
    deleted.length === 0 ? null : `deletes ${plural(deleted.length, "test file")} (${nameSome(pathsOf(deleted))})`,
    skipping.length === 0 ? null : `skips tests in ${nameSome(pathsOf(skipping))}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `changes what gates run: ${parts.join(", ")}`;
}

/** A new file takes nothing away that was there. */
function isEdited({ path, before, after }: ChangedFile, gates: readonly Gate[]): boolean {
  if (before === null) return false;
  if (isRun(path, gates)) return true;
  const read = MANIFESTS[posix.basename(path)];
  if (read !== undefined) return after === null || JSON.stringify(read(before)) !== JSON.stringify(read(after));
  return isConfiguration(path);
}

/** Whether a file holds tests, by the conventions of its language. */
export const isTest = (path: string): boolean =>
  TESTS.some((pattern) => pattern.test(path)) || (TEST_FOLDER.test(path) && PROGRAM.test(path));

const isConfiguration = (path: string): boolean => {
  const name = posix.basename(path);
  return CONFIGURATIONS.some((pattern) => pattern.test(name));
};

/** Whether the command of a gate names the file. */
function isRun(path: string, gates: readonly Gate[]): boolean {
  return gates.some(({ run, cwd = "" }) =>
    run
      .split(/[\s;&|()<>"'`=]+/)
      .some((word) => word !== "" && !word.startsWith("-") && posix.normalize(posix.join(cwd, word)) === path),
  );
}

function countSkips(text: string | null): number {
  return text === null ? 0 : SKIPS.reduce((sum, pattern) => sum + (text.match(pattern)?.length ?? 0), 0);
}

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
