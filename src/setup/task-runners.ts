/**
 * Makefiles, justfiles and Taskfiles: which of their targets are gates. A project that has one beside its own tools is
 * tested by it where continuous integration does so, or where its recipe calls just these tools.
 */
import { asData, type Folder } from "./folder.ts";
import type { Command, Role, Unit } from "./model.ts";
import { isPlainName } from "./plain.ts";

interface TaskRunner {
  kind: "make" | "just" | "task";
  file: string;
  /** What is typed to run a target. */
  call: string;
  /** Recipes by target, in the order of the file. */
  targets: ReadonlyMap<string, string>;
  /** The target that is made when none is named. */
  first: string | undefined;
}

const TARGETS: Record<Role, readonly string[]> = {
  test: ["test", "check", "tests", "unit-test", "test-unit", "unittest", "unit", "test-all"],
  lint: ["lint", "lint-check", "check-lint", "vet"],
  types: ["typecheck", "type-check", "types", "mypy", "check-types"],
  build: ["build", "all", "compile"],
};
const MAKEFILES = ["GNUmakefile", "makefile", "Makefile"];
const JUSTFILES = ["justfile", "Justfile", ".justfile"];
const TASKFILES = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "Taskfile.dist.yml"];
const MAX_LINES = 5_000;
/** Looked into for what one target does. */
const MAX_NEEDS = 20;
/** Begins the line of a recipe that says what has to be made before. */
const NEEDS = "needs ";
/** What a worktree has no part in, or what stays and waits. */
const ELSEWHERE = /\b(?:docker|podman|docker-compose|kubectl|ssh|vagrant|watch)\b/;
/** A recipe that calls none of these is no test: `check` may be anything. */
const BUILDS = /\.(?:o|a|so|exe|out)\b|\$\(CC\)|\$\(CXX\)|\bgcc\b|\bclang\b|\bcc\b/;

function findRunner(folder: Folder): TaskRunner | null {
  const makefile = folder.first(...MAKEFILES);
  if (makefile !== undefined) return readMakefile(makefile, folder.read(makefile));
  const justfile = folder.first(...JUSTFILES);
  if (justfile !== undefined) return readJustfile(justfile, folder.read(justfile));
  const taskfile = folder.first(...TASKFILES);
  if (taskfile === undefined) return null;
  const tasks = asData(folder.yaml(taskfile).tasks);
  const targets = new Map(Object.entries(tasks).map(([name, task]) => [name, JSON.stringify(task) ?? ""]));
  return { kind: "task", file: taskfile, call: "task", targets, first: targets.has("default") ? "default" : undefined };
}

function readMakefile(file: string, text: string): TaskRunner {
  const targets = new Map<string, string>();
  let open: string[] = [];
  for (const line of text.split(/\r?\n/).slice(0, MAX_LINES)) {
    if (line.startsWith("\t")) {
      for (const name of open) targets.set(name, `${targets.get(name) ?? ""}${line.trim()}\n`);
      continue;
    }
    const rule = /^([\w./ -]+):(?![:=])([^=#]*)/.exec(line);
    if (rule === null) {
      if (line.trim() !== "" && !line.startsWith("#")) open = [];
      continue;
    }
    open = (rule[1] ?? "")
      .trim()
      .split(/ +/)
      .filter((name) => isPlainName(name));
    const needs = (rule[2] ?? "").trim();
    for (const name of open) targets.set(name, `${targets.get(name) ?? ""}${needs === "" ? "" : `${NEEDS}${needs}\n`}`);
  }
  return { kind: "make", file, call: "make", targets, first: [...targets.keys()][0] };
}

function readJustfile(file: string, text: string): TaskRunner {
  const targets = new Map<string, string>();
  let open: string | null = null;
  for (const line of text.split(/\r?\n/).slice(0, MAX_LINES)) {
    if (/^[ \t]/.test(line)) {
      if (open !== null) targets.set(open, `${targets.get(open) ?? ""}${line.trim()}\n`);
      continue;
    }
    // Of one with parameters that have no default, `just name` is no whole command.
    const recipe = /^@?([A-Za-z_][\w-]*)((?: [^:]*)?):(?!=)/.exec(line);
    open = recipe?.[1] ?? null;
    const parameters = (recipe?.[2] ?? "").trim();
    if (
      open !== null &&
      parameters.split(/ +/).every((word) => word === "" || word.includes("=") || word.startsWith("*"))
    )
      targets.set(open, "");
    else open = null;
  }
  return { kind: "just", file, call: "just", targets, first: [...targets.keys()][0] };
}

/** What targets are run for: those of its own accord, or those that call the tools of the units that are there. */
export function withTaskRunner(folder: Folder, units: readonly Unit[]): Unit[] {
  const runner = findRunner(folder);
  if (runner === null) return [...units];
  const [first] = units;
  if (first === undefined) {
    const alone = unitOf(folder, runner);
    return alone === null ? [] : [alone];
  }
  const commands = { ...first.commands };
  for (const role of Object.keys(TARGETS) as Role[]) {
    const command = targetFor(folder, runner, role, first);
    if (command !== null) commands[role] = command;
  }
  return [{ ...first, commands }, ...units.slice(1)];
}

/** The target that stands in for a unit's own command, or fills what it lacks. */
function targetFor(folder: Folder, runner: TaskRunner, role: Role, unit: Unit): Command | null {
  const own = unit.commands[role];
  // What a package.json calls its test is its test.
  if (own !== undefined && unit.found === "package.json") return null;
  const names = TARGETS[role].filter((name) => (role === "build" ? name === "build" : true) && usable(runner, name));
  for (const name of names) {
    const run = `${runner.call} ${name}`;
    const inCi = folder.fromCi(new RegExp(`^${run}$`));
    const calls = unit.native?.test(recipeOf(runner, name)) === true;
    if (inCi !== undefined && !INSTALLS.test(recipeOf(runner, name)))
      return { run, why: `"${name}" of ${runner.file}, as in ${inCi.why}` };
    if (calls && !INSTALLS.test(recipeOf(runner, name))) return { run, why: `"${name}" of ${runner.file}` };
  }
  return null;
}

/** A recipe that installs is set-up and gate in one, and reaches for the network each time. */
const INSTALLS = /\b(?:pip3? install|npm (?:ci|install)|yarn install|pnpm install|apt-get|brew install|go get)\b/;

/** What a target does, with what it needs. */
function recipeOf({ targets }: TaskRunner, name: string): string {
  const seen = new Set<string>();
  const collect = (target: string): string => {
    const recipe = targets.get(target);
    if (recipe === undefined || seen.has(target) || seen.size > MAX_NEEDS) return "";
    seen.add(target);
    const needs = recipe
      .split("\n")
      .flatMap((line) => (line.startsWith(NEEDS) ? line.slice(NEEDS.length).split(/ +/) : []));
    return [recipe, ...needs.map(collect)].join("\n");
  };
  return collect(name);
}

function usable(runner: TaskRunner, name: string): boolean {
  return runner.targets.has(name) && !ELSEWHERE.test(recipeOf(runner, name));
}

/** A project that knows nothing but its task runner. */
function unitOf(folder: Folder, runner: TaskRunner): Unit | null {
  const commands: Unit["commands"] = {};
  for (const role of ["test", "lint", "types"] as const) {
    const name = TARGETS[role].find((each) => usable(runner, each));
    if (name !== undefined) commands[role] = { run: `${runner.call} ${name}`, why: `"${name}" of ${runner.file}` };
  }
  const build = buildOf(runner);
  if (build !== null) commands.build = build;
  const setup = configure(folder);
  return Object.keys(commands).length === 0
    ? null
    : {
        kind: runner.kind,
        folder: folder.path,
        found: runner.file,
        commands,
        setup,
        lockfiles: [],
        native: null,
        recipes: Object.fromEntries(
          (Object.entries(commands) as [Role, Command][]).map(([role, { run }]) => [
            role,
            recipeOf(runner, run.split(" ")[1] ?? runner.first ?? ""),
          ]),
        ),
        notes: folder.project.hasProgram(runner.call) ? [] : [`${runner.call} is not installed`],
      };
}

function buildOf({ call, file, first, targets }: TaskRunner): Command | null {
  if (
    call === "make" &&
    first !== undefined &&
    !(TARGETS.test as string[]).includes(first) &&
    isBuilding(first, targets)
  )
    return { run: "make", why: `"${first}" of ${file}, its first target` };
  return targets.has("build") ? { run: `${call} build`, why: `"build" of ${file}` } : null;
}

function isBuilding(name: string, targets: ReadonlyMap<string, string>): boolean {
  return ["all", "build", "default"].includes(name) || BUILDS.test(targets.get(name) ?? "");
}

/** A makefile that a script makes: it is not there before. */
function configure(folder: Folder): Unit["setup"] {
  const script = folder.first("configure");
  return script === undefined ? [] : [{ run: "./configure", why: script, reads: null }];
}

/** Projects of the GNU kind, whose makefile is not in git: a script makes it. */
export function detectAutotools(folder: Folder): Unit | null {
  const source = folder.first("configure.ac", "configure.in");
  if (source === undefined || folder.first(...MAKEFILES) !== undefined) return null;
  const generate = folder.has("configure") ? "" : folder.has("autogen.sh") ? "sh autogen.sh && " : "autoreconf -fi && ";
  return {
    kind: "autotools",
    folder: folder.path,
    found: source,
    commands: { test: { run: "make check", why: source }, build: { run: "make", why: source } },
    setup: [{ run: `${generate}./configure`, why: source, reads: null }],
    lockfiles: [],
    native: null,
    notes: [],
  };
}
