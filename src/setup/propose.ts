/** From what lies in a repository to what its pleach.yaml could say: pure, and the same for the same files. */
import { type CiCommand, readCi } from "./ci.ts";
import { proposeCopies } from "./copies.ts";
import { Folder } from "./folder.ts";
import { proposeKept } from "./kept.ts";
import { detectDeno } from "./kinds/deno.ts";
import { detectGo } from "./kinds/go.ts";
import { detectGradle, detectMaven, detectSbt } from "./kinds/java.ts";
import { detectNode } from "./kinds/node.ts";
import { detectOther } from "./kinds/other.ts";
import { detectPython } from "./kinds/python.ts";
import { detectRust } from "./kinds/rust.ts";
import {
  type Command,
  type Project,
  type Proposal,
  type ProposedGate,
  ROLES,
  type Role,
  type SetupStep,
  type Unit,
} from "./model.ts";
import { isPlainPath } from "./plain.ts";
import { proposeResources } from "./resources.ts";
import { detectAutotools, withTaskRunner } from "./task-runners.ts";

/** Folders that are no projects of their own, though they hold manifests. */
const ASIDE =
  /^(?:\.|node_modules$|vendor$|third[-_]?party$|examples?$|samples?$|fixtures?$|__fixtures__$|tests?$|testdata$|e2e$|docs?$|website$|bench(?:marks?)?$|templates?$|demos?$|playgrounds?$|dist$|build$|target$|tools?$|scripts?$|hack$)/i;
const MANIFEST =
  /^(?:package\.json|deno\.jsonc?|go\.mod|go\.work|Cargo\.toml|pyproject\.toml|setup\.py|requirements\.txt|Pipfile|pom\.xml|build\.gradle(?:\.kts)?|settings\.gradle(?:\.kts)?|Gemfile|composer\.json|mix\.exs|Package\.swift|CMakeLists\.txt|[^/]+\.sln|Makefile|GNUmakefile|justfile|Taskfile\.ya?ml)$/;
const MAX_DEPTH = 2;
const MAX_UNITS = 6;

export function propose(project: Project): Proposal {
  const ci = readCi(project);
  const root = new Folder(project, "", ci);
  const units = detectAll(project, root, ci);
  const gates = nameGates(root, units);
  const copy = proposeCopies(project);
  const [agent, second] = project.agents;
  return {
    found: units.map(({ kind, folder, found }) => `${kind} (${folder === "" ? found : `${folder}/${found}`})`),
    gates,
    setup: joinSetup(root, units),
    copy,
    link: [],
    keep: proposeKept(project, units),
    pass: [],
    resources: proposeResources(root, units),
    agent: agent === undefined ? null : { name: agent, why: "installed here" },
    reviewer:
      agent === undefined
        ? null
        : {
            name: second ?? agent,
            why: second === undefined ? "another session of the same agent" : "installed here, too",
          },
    notes: notesOf(project, root, units, gates),
    fallback: withoutSetup(root, units),
  };
}

/** Units of the root, and of folders below that no unit above takes care of. */
function detectAll(project: Project, root: Folder, ci: readonly CiCommand[]): Unit[] {
  const units = detectIn(root);
  for (const path of listFolders(project).filter(isPlainPath)) {
    if (units.length >= MAX_UNITS) break;
    if (units.some(({ folder }) => folder !== "" && path.startsWith(`${folder}/`))) continue;
    for (const unit of detectIn(new Folder(project, path, ci))) {
      if (unit.commands.test === undefined && unit.setup.length === 0) continue;
      if (!units.some((above) => takesCareOf(above, unit))) units.push(unit);
    }
  }
  return shareWithRunner(units).sort((a, b) => rank(a) - rank(b));
}

const JAVASCRIPT = new Set(["npm", "pnpm", "yarn", "bun", "deno"]);
const PYTHON = new Set(["uv", "poetry", "pdm", "pipenv", "hatch", "pip", "python"]);
const RUNNERS = new Set(["make", "just", "task"]);
const familyOf = (kind: string): string =>
  JAVASCRIPT.has(kind) ? "javascript" : PYTHON.has(kind) ? "python" : RUNNERS.has(kind) ? "runner" : kind;

/** Whether a unit of the root tests, and prepares, what lies in a folder below. */
function takesCareOf(above: Unit, unit: Unit): boolean {
  if (above.folder !== "" || familyOf(above.kind) !== familyOf(unit.kind)) return false;
  if (above.members?.includes(unit.folder)) return true;
  // A module is no part of the one above it. Nor are packages that are locked apart.
  if (unit.found === "go.mod" && above.found === "go.mod") return false;
  if (above.commands.test === undefined) return false;
  return !(JAVASCRIPT.has(unit.kind) && unit.lockfiles.length > 0);
}

/** Of a task runner that stands alone in the root: its targets, where they call the tools of the projects below. */
function shareWithRunner(units: readonly Unit[]): Unit[] {
  const runner = units.find(({ folder, recipes }) => folder === "" && recipes !== undefined);
  const below = units.filter((unit) => unit !== runner);
  if (runner === undefined || below.length === 0) return [...units];
  const covered = ROLES.filter((role) => below.some(({ native }) => native?.test(runner.recipes?.[role] ?? "")));
  const pick = (unit: Unit, isWanted: (role: Role) => boolean): Unit => {
    const commands = Object.entries(unit.commands).filter(([role]) => isWanted(role as Role));
    return { ...unit, commands: Object.fromEntries(commands) };
  };
  const others = below.map((unit) => pick(unit, (role) => !covered.includes(role)));
  return [pick(runner, (role) => covered.includes(role)), ...others];
}

/** Those in the root that have tests come first. */
function rank({ folder, commands }: Unit): number {
  return (folder === "" ? 0 : 2) + (commands.test === undefined ? 1 : 0);
}

const DETECTORS = [
  ...[detectNode, detectDeno, detectGo, detectRust, detectPython],
  ...[detectMaven, detectGradle, detectSbt, detectAutotools],
];

function detectIn(folder: Folder): Unit[] {
  const native = [...DETECTORS.flatMap((detect) => detect(folder) ?? []), ...detectOther(folder)];
  const kept = native.filter((unit) => !native.some((other) => standsInFor(folder, other, unit)));
  return withTaskRunner(
    folder,
    kept.sort((a, b) => rank(a) - rank(b)),
  );
}

/** Of two that build the same files, the one that continuous integration calls, else the first of these. */
const SAME: readonly (readonly string[])[] = [
  ["maven", "gradle"],
  ["npm", "deno"],
  ["pnpm", "deno"],
  ["yarn", "deno"],
  ["autotools", "cmake"],
  ["meson", "cmake"],
  ["cmake", "haskell"],
];

function standsInFor(folder: Folder, other: Unit, unit: Unit): boolean {
  if (unit.kind === "bazel") return other !== unit;
  // What builds the native part of a package, or of a gem, is called by it.
  if (unit.kind === "cmake" && (PYTHON.has(other.kind) || other.kind === "cargo" || other.kind === "npm")) return true;
  const pair = SAME.find((each) => each.includes(unit.kind) && each.includes(other.kind) && unit.kind !== other.kind);
  if (pair === undefined || other.commands.test === undefined) return false;
  const isCalled = ({ commands }: Unit): boolean => {
    const [program = ""] = (commands.test?.run ?? "").split(" ");
    return folder.ci.some(({ run, folder: at }) => at === folder.path && run.startsWith(`${program} `));
  };
  if (isCalled(unit) !== isCalled(other)) return isCalled(other);
  return unit.kind === pair[1];
}

/** Folders with a manifest, the upper ones first. */
function listFolders({ files }: Project): string[] {
  const found = new Set<string>();
  for (const file of files) {
    const parts = file.split("/");
    const name = parts.pop() ?? "";
    if (parts.length === 0 || parts.length > MAX_DEPTH || !MANIFEST.test(name)) continue;
    if (!parts.some((part) => ASIDE.test(part))) found.add(parts.join("/"));
  }
  return [...found].sort((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
}

/** A gate is called by what it is for; the second of its kind also by where it is. */
function nameGates(root: Folder, units: readonly Unit[]): ProposedGate[] {
  const gates: ProposedGate[] = [];
  const seen = new Set<string>();
  for (const role of ROLES) {
    for (const unit of units) {
      const command = unit.commands[role];
      if (command === undefined || seen.has(`${unit.folder} ${command.run}`)) continue;
      seen.add(`${unit.folder} ${command.run}`);
      const isFirst = !gates.some((gate) => gate.role === role);
      gates.push(
        gateOf(
          role,
          isFirst ? role : uniqueName(gates, `${role}-${unit.folder === "" ? unit.kind : unit.folder}`),
          unit,
          command,
        ),
      );
    }
  }
  return root.path === "" ? gates : [];
}

function gateOf(role: Role, name: string, unit: Unit, command: Command): ProposedGate {
  return { ...command, name, role, required: true, ...(unit.folder === "" ? {} : { cwd: unit.folder }) };
}

function uniqueName(gates: readonly ProposedGate[], wanted: string): string {
  const name = wanted.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
  return gates.some((gate) => gate.name === name) ? `${name}-${gates.length}` : name;
}

/** One command that prepares a worktree for all units; null where none is needed. */
function joinSetup(root: Folder, units: readonly Unit[]): Proposal["setup"] {
  const submodules: SetupStep[] = root.read(".gitmodules").includes("[submodule")
    ? [{ run: "git submodule update --init --recursive", why: ".gitmodules", reads: [".gitmodules"] }]
    : [];
  const steps = [
    ...submodules,
    ...units.flatMap(({ folder, setup }) =>
      setup.map((step) =>
        folder === "" ? step : { ...step, run: `(cd ${folder} && ${step.run})`, why: `${step.why} in ${folder}` },
      ),
    ),
  ];
  if (steps.length === 0) return null;
  const env = Object.assign({}, ...steps.map((step) => step.env ?? {})) as Record<string, string>;
  return {
    run: steps.map(({ run }) => run).join(" && "),
    why: steps.map(({ why }) => why).join("; "),
    reads: steps.some(({ reads }) => reads === null) ? null : [...new Set(steps.flatMap(({ reads }) => reads ?? []))],
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}

/** What is left where set-up does not work on a machine, but one could do without. */
function withoutSetup(root: Folder, units: readonly Unit[]): ProposedGate[] | null {
  if (!units.some(({ fallback }) => fallback !== undefined)) return null;
  return nameGates(
    root,
    units.map((unit) => ({ ...unit, commands: unit.fallback?.commands ?? unit.commands })),
  );
}

function notesOf(project: Project, root: Folder, units: readonly Unit[], gates: readonly ProposedGate[]): string[] {
  const notes = units.flatMap((unit) => unit.notes);
  if (units.length === 0) notes.push("nothing was found that pleach knows: name your tests under `gates`");
  else if (!gates.some(({ role }) => role === "test")) notes.push("no tests were found: name them under `gates`");
  if (root.read(".gitattributes").includes("filter=lfs") && !project.hasProgram("git-lfs"))
    notes.push("files are kept by git LFS, which is not installed: worktrees hold pointers in their place");
  if (project.agents.length === 0) notes.push("no agent is installed: plans may only use commands (run:)");
  return [...new Set(notes)];
}
