/** Python: which program manages the environment, what tests run on, and what has to be installed for them. */
import { asData, type Data, type Folder, tableAt, textsOf } from "../folder.ts";
import type { Command, SetupStep, Unit } from "../model.ts";
import { isPlainCommand } from "../plain.ts";

interface Manager {
  kind: string;
  /** Has a command find what is installed. */
  call: (run: string) => string;
  /** Whether its commands see no more than what the machine has. */
  isBare?: true;
  setup: SetupStep[];
  lockfile?: string;
  program: string;
}

const MANIFESTS = [
  "pyproject.toml",
  "setup.py",
  "setup.cfg",
  "Pipfile",
  "requirements.txt",
  "tox.ini",
  "noxfile.py",
  "uv.lock",
];
/** Lists of what tests and development need, beside requirements.txt, by their usual names. */
const EXTRA_LISTS =
  /^(?:(?:requirements|reqs)[-_.](?:dev|develop|development|test|tests|testing|local)\.txt|(?:dev|test|tests|testing)[-_](?:requirements|reqs)\.txt|requirements\/(?:dev|develop|development|test|tests|testing|local)\.txt)$/;
const BASE_LISTS = ["requirements.txt", "requirements/base.txt", "requirements/main.txt"];
const EXTRAS = ["test", "tests", "testing", "dev"];
const TEST_FILE = /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/;
/** Files looked into for what they are written for. */
const MAX_LOOKED_INTO = 5;

export function detectPython(folder: Folder): Unit | null {
  const found =
    folder.first(...MANIFESTS) ?? folder.list(/^requirements[-_.\w]*\.txt$/)[0] ?? folder.first("manage.py");
  if (found === undefined) return null;
  const pyproject = folder.toml("pyproject.toml");
  const named = dependenciesOf(folder, pyproject);
  const tests = testsOf(folder, pyproject, named);
  const manager = managerOf(folder, { pyproject, named, tests });
  const commands: Unit["commands"] = {};
  if (tests !== null) commands.test = { ...tests, run: manager.call(tests.run) };
  const tools = { lint: lintOf(folder, pyproject, named), types: typesOf(folder, pyproject, named) };
  for (const role of ["lint", "types"] as const) {
    const { [role]: command } = tools;
    if (command === null) continue;
    const [program = ""] = command.run.split(" ");
    if (manager.isBare && folder.project.hasProgram(program)) commands[role] = command;
    else if (!manager.isBare && named.has(program)) commands[role] = { ...command, run: manager.call(command.run) };
  }
  if (Object.keys(commands).length === 0 && manager.setup.length === 0) return null;
  const fallback =
    tests === null || manager.kind !== "pip" ? {} : { fallback: { commands: { test: onSystem(folder, tests) } } };
  return {
    kind: manager.kind,
    folder: folder.path,
    found,
    commands,
    setup: manager.setup,
    lockfiles: manager.lockfile !== undefined && folder.has(manager.lockfile) ? [folder.at(manager.lockfile)] : [],
    // A recipe that calls tools by their bare names counts on an environment that somebody has activated.
    native: /\b(?:uv run|poetry run|pdm run|pipenv run|hatch run|tox|nox)\b|\.venv\/bin\//,
    ...fallback,
    notes: [
      ...(folder.project.hasProgram(manager.program) ? [] : [`${manager.program} is not installed`]),
      ...(folder.first("environment.yml", "environment.yaml") !== undefined && manager.kind === "pip"
        ? [
            "environment.yml names an environment of conda, which is not set up by itself: name one under worktree.setup",
          ]
        : []),
    ],
  };
}

/** Names of all packages that are asked for somewhere, in small letters. */
function dependenciesOf(folder: Folder, pyproject: Data): Set<string> {
  const project = tableAt(pyproject, "project");
  const poetry = tableAt(pyproject, "tool", "poetry");
  const lists = [
    ...textsOf(project.dependencies),
    ...Object.values(tableAt(project, "optional-dependencies")).flatMap(textsOf),
    ...Object.values(tableAt(pyproject, "dependency-groups")).flatMap(textsOf),
    ...textsOf(tableAt(pyproject, "tool", "uv")["dev-dependencies"]),
    ...Object.values(tableAt(pyproject, "tool", "pdm", "dev-dependencies")).flatMap(textsOf),
    ...Object.values(tableAt(pyproject, "tool", "hatch", "envs")).flatMap((env) => textsOf(asData(env).dependencies)),
    ...Object.keys(tableAt(poetry, "dependencies")),
    ...Object.keys(tableAt(poetry, "dev-dependencies")),
    ...Object.values(tableAt(poetry, "group")).flatMap((group) => Object.keys(tableAt(asData(group), "dependencies"))),
    ...["packages", "dev-packages"].flatMap((key) => Object.keys(tableAt(folder.toml("Pipfile"), key))),
    ...folder.files
      .filter((file) => BASE_LISTS.includes(file) || EXTRA_LISTS.test(file))
      .flatMap((file) => folder.read(file).split("\n")),
    ...["setup.py", "setup.cfg"].flatMap(
      (file) => folder.read(file).match(/["'\s](?:pytest|ruff|flake8|mypy|pyright)\b/g) ?? [],
    ),
  ];
  return new Set(lists.flatMap((line) => /^[\s"']*([\w.-]+)/.exec(line)?.[1]?.toLowerCase() ?? []));
}

function testsOf(folder: Folder, pyproject: Data, named: ReadonlySet<string>): Command | null {
  const files = folder.files.filter((file) => TEST_FILE.test(file));
  const configuration =
    (Object.hasOwn(tableAt(pyproject, "tool"), "pytest") ? "pyproject.toml" : undefined) ??
    folder.first("pytest.ini", ".pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py") ??
    (folder.read("setup.cfg").includes("[tool:pytest]") ? "setup.cfg" : undefined) ??
    (/\bpytest\b/.test(folder.read("tox.ini")) ? "tox.ini" : undefined) ??
    (/\bpytest\b/.test(folder.read("noxfile.py")) ? "noxfile.py" : undefined);
  if (configuration !== undefined) return { run: "pytest", why: configuration };
  if ([...named].some((name) => name === "pytest" || name.startsWith("pytest-")))
    return { run: "pytest", why: "pytest among its dependencies" };
  if (folder.has("manage.py")) return { run: "python manage.py test", why: "manage.py" };
  const [first] = files;
  if (first === undefined) return null;
  const texts = files.slice(0, MAX_LOOKED_INTO).map((file) => folder.read(file));
  const isUnittest =
    texts.some((text) => /^[ \t]*(?:import unittest|from unittest import)/m.test(text)) &&
    !texts.some((text) => /^[ \t]*(?:import pytest|from pytest )/m.test(text));
  if (!isUnittest) return { run: "pytest", why: first };
  const start = /^(tests?)\//.exec(first)?.[1];
  const needsStart = start !== undefined && !folder.has(`${start}/__init__.py`);
  return { run: `python -m unittest${needsStart ? ` discover -s ${start}` : ""}`, why: first };
}

function managerOf(
  folder: Folder,
  { pyproject, named, tests }: { pyproject: Data; named: ReadonlySet<string>; tests: Command | null },
): Manager {
  const tool = tableAt(pyproject, "tool");
  const step = (run: string, why: string, ...reads: string[]): SetupStep[] => [
    { run, why, reads: reads.map((name) => folder.at(name)) },
  ];
  if (folder.has("uv.lock") || Object.hasOwn(tool, "uv")) {
    const extras = tableAt(pyproject, "project", "optional-dependencies");
    const all = EXTRAS.some((name) => Object.hasOwn(extras, name)) ? " --all-extras" : "";
    const setup = step(
      `uv sync${all}`,
      folder.first("uv.lock") ?? "pyproject.toml",
      "pyproject.toml",
      "uv.lock",
      ".python-version",
    );
    return { kind: "uv", call: through("uv run"), setup, lockfile: "uv.lock", program: "uv" };
  }
  if (folder.has("poetry.lock") || Object.hasOwn(tool, "poetry")) {
    const inProject = tableAt(folder.toml("poetry.toml"), "virtualenvs")["in-project"] === true;
    const groups = Object.entries(tableAt(tool, "poetry", "group"));
    const optional = groups.find(([name, group]) => EXTRAS.includes(name) && asData(group).optional === true)?.[0];
    const [install] = step(
      `poetry install${optional === undefined ? "" : ` --with ${optional}`}`,
      folder.first("poetry.lock") ?? "pyproject.toml",
      "pyproject.toml",
      "poetry.lock",
      "poetry.toml",
    );
    const env = inProject ? {} : { env: { POETRY_VIRTUALENVS_IN_PROJECT: "true" } };
    return {
      kind: "poetry",
      call: through("poetry run"),
      setup: [{ ...(install as SetupStep), ...env }],
      lockfile: "poetry.lock",
      program: "poetry",
    };
  }
  if (folder.has("pdm.lock") || Object.hasOwn(tool, "pdm"))
    return {
      kind: "pdm",
      call: through("pdm run"),
      setup: step("pdm install", "pyproject.toml", "pyproject.toml", "pdm.lock"),
      lockfile: "pdm.lock",
      program: "pdm",
    };
  if (folder.has("Pipfile")) {
    const setup = step(
      folder.has("Pipfile.lock") ? "pipenv sync --dev" : "pipenv install --dev",
      "Pipfile",
      "Pipfile",
      "Pipfile.lock",
    );
    const [first] = setup;
    return {
      kind: "pipenv",
      call: through("pipenv run"),
      setup: [{ ...(first as SetupStep), env: { PIPENV_VENV_IN_PROJECT: "1" } }],
      lockfile: "Pipfile.lock",
      program: "pipenv",
    };
  }
  const envs = tableAt(tool, "hatch", "envs");
  if (Object.keys(envs).length > 0) {
    const isInDefault = textsOf(tableAt(envs, "default").dependencies).some((each) => each.startsWith("pytest"));
    const hasScript = Object.hasOwn(tableAt(envs, "default", "scripts"), "test");
    const test = hasScript ? "hatch run test" : isInDefault ? "hatch run pytest" : "hatch test";
    const call = (run: string): string => (run === "pytest" ? test : `hatch run ${run}`);
    return {
      kind: "hatch",
      call,
      setup: step("hatch env create", "pyproject.toml", "pyproject.toml", "hatch.toml"),
      program: "hatch",
    };
  }
  const wanted = toInstall(folder, { pyproject, named, tests });
  if (wanted.length === 0)
    return { kind: "python", call: byPython("python3"), isBare: true, setup: [], program: "python3" };
  const reads = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements*.txt",
    "*requirements.txt",
    "requirements/**",
  ];
  const run = `python3 -m venv .venv && .venv/bin/python -m pip install ${wanted.join(" ")}`;
  return {
    kind: "pip",
    call: byPython(".venv/bin/python"),
    setup: step(run, wanted.join(" "), ...reads),
    program: "python3",
  };
}

const through = (runner: string) => (run: string) => `${runner} ${run}`;

/** Tools are called as modules of an interpreter, so that it does not matter whether their scripts are on the path. */
const byPython = (python: string) => (run: string) =>
  run.startsWith("python ") ? run.replace("python", python) : `${python} -m ${run}`;

/** What pip has to install into a fresh environment; nothing where Python itself is enough. */
function toInstall(
  folder: Folder,
  { pyproject, named, tests }: { pyproject: Data; named: ReadonlySet<string>; tests: Command | null },
): string[] {
  const project = tableAt(pyproject, "project");
  const base = folder.first(...BASE_LISTS);
  const extra = folder.files.filter((file) => EXTRA_LISTS.test(file)).sort();
  const isPackage =
    Object.hasOwn(pyproject, "build-system") ||
    textsOf(project.dependencies).length > 0 ||
    folder.has("setup.py") ||
    folder.read("setup.cfg").includes("[metadata]");
  const needs =
    base !== undefined ||
    textsOf(project.dependencies).length > 0 ||
    /install_requires/.test(folder.read("setup.py") + folder.read("setup.cfg"));
  const isFlat = !folder.files.some((file) => file.startsWith("src/") && file.endsWith(".py"));
  // Tests that need nothing but Python, of a package that is found where it lies.
  if (!needs && isFlat && tests?.run.includes("unittest")) return [];
  if (base === undefined && !isPackage && extra.length === 0) return tests?.run === "pytest" ? ["pytest"] : [];
  const extras = Object.keys(tableAt(project, "optional-dependencies"));
  const chosen = EXTRAS.find((name) => extras.includes(name));
  const lists = [...(base === undefined ? [] : [base]), ...extra];
  const installsItself = lists.some((list) => /^[ \t]*(?:-e[ \t]+)?\.(?:\[|[ \t]*$)/m.test(folder.read(list)));
  const parts = lists.map((list) => `-r ${list}`);
  if (isPackage && !installsItself && (base === undefined || !isFlat))
    parts.push(chosen === undefined ? "-e ." : `-e ".[${chosen}]"`);
  const groups = tableAt(pyproject, "dependency-groups");
  const group = EXTRAS.find((name) => Object.hasOwn(groups, name));
  if (group !== undefined && extra.length === 0) parts.push(`--group ${group}`);
  if (tests?.run === "pytest" && !named.has("pytest")) parts.push("pytest");
  return parts.every((part) => part === '-e ".[dev]"' || isPlainCommand(part.replace(/^-+/, "").replace(/[[\]]/g, "")))
    ? parts
    : [];
}

/** The tests on the Python that the machine has, with nothing installed for them. */
function onSystem(folder: Folder, tests: Command): Command {
  const isInSrc = folder.files.some((file) => file.startsWith("src/") && file.endsWith(".py"));
  return { run: byPython("python3")(tests.run), ...(isInSrc ? { env: { PYTHONPATH: "src" } } : {}), why: tests.why };
}

function lintOf(folder: Folder, pyproject: Data, named: ReadonlySet<string>): Command | null {
  const ruff =
    folder.first("ruff.toml", ".ruff.toml") ??
    (Object.hasOwn(tableAt(pyproject, "tool"), "ruff") ? "pyproject.toml" : undefined);
  if (ruff !== undefined || named.has("ruff")) return { run: "ruff check", why: ruff ?? "ruff among its dependencies" };
  const flake8 =
    folder.first(".flake8") ??
    (/\[flake8\]/.test(folder.read("setup.cfg") + folder.read("tox.ini")) ? "setup.cfg" : undefined);
  if (flake8 !== undefined || named.has("flake8"))
    return { run: "flake8", why: flake8 ?? "flake8 among its dependencies" };
  return null;
}

function typesOf(folder: Folder, pyproject: Data, named: ReadonlySet<string>): Command | null {
  const tool = tableAt(pyproject, "tool");
  const mypy = folder.first("mypy.ini", ".mypy.ini") ?? (Object.hasOwn(tool, "mypy") ? "pyproject.toml" : undefined);
  if (mypy !== undefined || named.has("mypy")) {
    const text = folder.read("mypy.ini") + folder.read(".mypy.ini");
    const names =
      ["files", "packages", "modules"].some((key) => Object.hasOwn(tableAt(tool, "mypy"), key)) ||
      /^(?:files|packages|modules)\s*=/m.test(text);
    const place = folder.files.some((file) => file.startsWith("src/") && file.endsWith(".py")) ? "src" : ".";
    return { run: names ? "mypy" : `mypy ${place}`, why: mypy ?? "mypy among its dependencies" };
  }
  const pyright = folder.first("pyrightconfig.json") ?? (Object.hasOwn(tool, "pyright") ? "pyproject.toml" : undefined);
  return pyright !== undefined || named.has("pyright")
    ? { run: "pyright", why: pyright ?? "pyright among its dependencies" }
    : null;
}
