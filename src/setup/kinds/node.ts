/** Projects with a package.json: which of their scripts are gates, how they are installed, workspaces. */
import { asData, type Data, type Folder, tableAt, textsOf } from "../folder.ts";
import { runsOwnScripts } from "../install-scripts.ts";
import type { Command, Role, SetupStep, Unit } from "../model.ts";
import { isPlainCommand, isPlainName } from "../plain.ts";
import { type PackageManager, packageManagerOf } from "./package-managers.ts";

/** Scripts by what they are usually called, the best first. */
const NAMES: Record<Role, readonly string[]> = {
  test: [
    "test",
    "test:ci",
    "test-ci",
    "ci:test",
    "test:run",
    "test:unit",
    "test-unit",
    "unit",
    "tests",
    "test:all",
    "test:node",
  ],
  lint: [
    "lint",
    "lint:check",
    "lint:ci",
    "check:lint",
    "lint:js",
    "lint:ts",
    "lint:es",
    "lint:eslint",
    "lint:all",
    "eslint",
  ],
  types: [
    ...[
      "typecheck",
      "type-check",
      "check-types",
      "check:types",
      "types:check",
      "check:type",
      "type:check",
      "types",
      "tsc",
    ],
    ...["check:ts", "ts:check", "ts-check", "lint:types", "lint:tsc", "test:types", "test:typecheck", "check:tsc"],
  ],
  build: ["build", "build:all", "build:prod", "compile"],
};
/** Where none of these is there: whatever begins so, and is no such variant. */
const OTHER_TESTS = /^test[:_-]/;
const VARIANTS = /watch|cov|e2e|browser|update|debug|ui$|bench|perf|inspect|snap|visual|prod|docker|fix|dev$/i;
/** What `npm init` writes. */
const PLACEHOLDER = /no test specified|^\s*exit [01]\s*$|^\s*(?:true|:)\s*$|^\s*echo\b[^&|;]*$/i;
const WATCHES = /--watch(?:All)?(?![=\w-])|\bwatch\b(?!=)|--watch(?:All)?=true|^nodemon\b/;
/** They watch unless they are told otherwise: what starts so, and what tells it. */
const WATCHING_TOOLS = [
  [/^ng test\b/, /--watch=false|--no-watch/],
  [/^karma start\b/, /--single-run/],
] as const;
/** They stay and watch, unless the environment says that it is continuous integration. */
const WATCHES_BY_ITSELF = /^(?:react-scripts|craco|react-app-rewired) test\b/;
const REWRITES = / --(?:fix|write)(?![-\w])/;
/** Runners of tests, where no script says how they are started. */
const RUNNERS: readonly [dependency: string, command: string][] = [
  ["vitest", "vitest run"],
  ["jest", "jest"],
  ["mocha", "mocha"],
  ["ava", "ava"],
  ["tap", "tap"],
];
const NATIVE = /\b(?:npm|npx|pnpm|yarn|bun|node|jest|vitest|mocha|eslint|tsc)\b/;

export function detectNode(folder: Folder): Unit | null {
  if (!folder.has("package.json")) return null;
  const manifest = folder.json("package.json");
  const manager = packageManagerOf(folder, manifest);
  const members = membersOf(folder, manifest);
  const commands: Unit["commands"] = {};
  for (const role of Object.keys(NAMES) as Role[]) {
    const command =
      scriptFor(manifest, manager, role) ??
      inMembers(members, manager, role) ??
      withoutScript(folder, manifest, manager, role);
    if (command !== null) commands[role] = command;
  }
  const lockfile = folder.first(...manager.lockfiles);
  const setup = installing(folder, { manifest, manager, members, lockfile });
  const hasNothing = setup === null && Object.keys(commands).length === 0;
  if (hasNothing) return null;
  return {
    kind: manager.program,
    folder: folder.path,
    found: "package.json",
    commands,
    setup: setup === null ? [] : [setup],
    lockfiles: lockfile === undefined ? [] : [folder.at(lockfile)],
    native: NATIVE,
    members: members.map(({ name }) => folder.at(name.replace(/\/package\.json$/, ""))),
    notes: notesOf(folder, manager, commands),
  };
}

interface Member {
  name: string;
  manifest: Data;
}

/** Packages of the workspace that this folder is the root of. */
function membersOf(folder: Folder, manifest: Data): Member[] {
  const { workspaces } = manifest;
  const globs = [
    ...textsOf(workspaces),
    ...textsOf(asData(workspaces).packages),
    ...textsOf(folder.yaml("pnpm-workspace.yaml").packages),
    ...(folder.has("lerna.json") ? textsOf(folder.json("lerna.json").packages) : []),
  ];
  if (globs.length === 0) return [];
  const starts = globs
    .filter((glob) => !glob.startsWith("!"))
    .map((glob) => glob.replace(/^\.\//, "").split("*")[0] ?? "");
  return folder.files
    .filter((file) => file.endsWith("/package.json") && !file.includes("node_modules/"))
    .filter((file) => starts.some((start) => file.startsWith(start)))
    .slice(0, 200)
    .map((file) => ({ name: file, manifest: folder.json(file) }));
}

function scriptFor(manifest: Data, manager: PackageManager, role: Role): Command | null {
  const scripts = tableAt(manifest, "scripts");
  const textOf = (name: string): string => (typeof scripts[name] === "string" ? scripts[name] : "");
  const usable = (name: string): boolean => {
    const text = Object.hasOwn(scripts, name) ? textOf(name) : "";
    return text.trim() !== "" && isPlainName(name) && !PLACEHOLDER.test(text);
  };
  const others =
    role === "test" ? Object.keys(scripts).filter((name) => OTHER_TESTS.test(name) && !VARIANTS.test(name)) : [];
  const names = [...NAMES[role], ...others].filter(usable);
  const stays = (name: string): boolean => watches(textOf(name)) || (role === "lint" && REWRITES.test(textOf(name)));
  const name = names.find((each) => !stays(each));
  if (name !== undefined) {
    const env = WATCHES_BY_ITSELF.test(textOf(name)) ? { env: { CI: "true" } } : {};
    return { run: manager.script(name), ...env, why: `the script "${name}" of package.json` };
  }
  const [changed] = names;
  return changed === undefined ? null : tamed(changed, textOf(changed), manager);
}

/** Whether a script waits for changes, and does not end. */
function watches(text: string): boolean {
  return WATCHES.test(text) || WATCHING_TOOLS.some(([starts, ends]) => starts.test(text) && !ends.test(text));
}

/** A script that watches, or that rewrites files, without the words that make it do so. */
function tamed(name: string, text: string, manager: PackageManager): Command | null {
  const run = text
    .replace(/ --watch(?:All)?(?:=true)?(?![=\w-])/, "")
    .replace(REWRITES, "")
    .replace(/^vitest watch\b/, "vitest run")
    .trim();
  const why = `the script "${name}" of package.json, without what it watches or rewrites`;
  if (/^ng test\b/.test(run)) return { run: `${manager.script(name)} -- --watch=false`, why };
  if (/^karma start\b/.test(run)) return { run: `${manager.script(name)} -- --single-run`, why };
  return isPlainCommand(run) && !watches(run) ? { run: manager.exec(run), why } : null;
}

/** Where the root has no such script, but packages of the workspace have. */
function inMembers(members: readonly Member[], manager: PackageManager, role: Role): Command | null {
  const counted = NAMES[role].map((name) => ({
    name,
    count: members.filter(({ manifest }) => {
      const script = tableAt(manifest, "scripts")[name];
      return typeof script === "string" && !PLACEHOLDER.test(script) && !watches(script);
    }).length,
  }));
  const best = counted.reduce((most, each) => (each.count > most.count ? each : most), { name: "", count: 0 });
  if (best.count === 0 || (manager.everywhere.strict && best.count < members.length)) return null;
  return {
    run: manager.everywhere.run(best.name),
    why: `the script "${best.name}" of ${best.count} packages of the workspace`,
  };
}

function withoutScript(folder: Folder, manifest: Data, manager: PackageManager, role: Role): Command | null {
  const depends = { ...tableAt(manifest, "dependencies"), ...tableAt(manifest, "devDependencies") };
  const runAll = (task: string): Command | null => {
    if (folder.has("nx.json") && Object.hasOwn(depends, "nx"))
      return { run: manager.exec(`nx run-many -t ${task}`), why: "nx.json" };
    if (Object.hasOwn(tableAt(folder.json("turbo.json"), "tasks"), task))
      return { run: manager.exec(`turbo run ${task}`), why: "turbo.json" };
    return null;
  };
  if (role === "test") {
    const all = runAll("test");
    if (all !== null) return all;
    const runner = RUNNERS.find(([name]) => Object.hasOwn(depends, name));
    if (runner !== undefined)
      return { run: manager.exec(runner[1]), why: `${runner[0]} among the dependencies of package.json` };
    if (manager.program === "bun" && folder.files.some((file) => /[._](?:test|spec)\.[jt]sx?$/.test(file)))
      return { run: "bun test", why: "files of tests" };
  }
  const hasTypes = role === "types" && folder.has("tsconfig.json") && Object.hasOwn(depends, "typescript");
  // One that only refers to others checks nothing by itself.
  if (!hasTypes || folder.read("tsconfig.json").includes('"references"')) return null;
  return { run: manager.exec("tsc --noEmit"), why: "tsconfig.json" };
}

function installing(
  folder: Folder,
  {
    manifest,
    manager,
    members,
    lockfile,
  }: { manifest: Data; manager: PackageManager; members: Member[]; lockfile: string | undefined },
): SetupStep | null {
  const depends = [manifest, ...members.map((member) => member.manifest)].some((each) =>
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].some(
      (key) => Object.keys(tableAt(each, key)).length > 0,
    ),
  );
  if (!depends && members.length === 0) return null;
  const run = lockfile === undefined ? manager.free : manager.locked;
  const why = lockfile ?? "package.json, since no lockfile is committed";
  const ignoresScripts = /^[ \t]*ignore-scripts[ \t]*=[ \t]*true[ \t]*$/m.test(folder.read(".npmrc"));
  const isFree = !ignoresScripts && [manifest, ...members.map((member) => member.manifest)].some(runsOwnScripts);
  if (isFree) return { run, why, reads: null };
  const manifests = members.length > 0 ? [folder.at("**/package.json")] : [];
  const patches = ["patches", ".yarn/patches"].filter((name) =>
    folder.files.some((file) => file.startsWith(`${name}/`)),
  );
  const names = ["package.json", ...manager.lockfiles.slice(0, 1), ...(lockfile === undefined ? [] : [lockfile])];
  const reads = [...names, ...manager.settings, ...patches.map((name) => `${name}/**`)];
  return { run, why, reads: [...new Set([...reads.map((name) => folder.at(name)), ...manifests])] };
}

function notesOf({ project, path }: Folder, { program }: PackageManager, commands: Unit["commands"]): string[] {
  const notes: string[] = [];
  if (!project.hasProgram(program)) {
    const byCorepack = project.hasProgram("corepack") && (program === "pnpm" || program === "yarn");
    notes.push(`${program} is not installed${byCorepack ? ": corepack enable brings it" : ""}`);
  }
  if (commands.test === undefined)
    notes.push(`${path === "" ? "package.json" : `${path}/package.json`} names no tests`);
  return notes;
}
