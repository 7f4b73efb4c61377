// The built program on each Node that is supported besides the one that runs the tests: a small plan is carried out in a
// repository of its own, looked at and folded again. One line a Node; what goes wrong is printed whole, and the exit code is
// 1. Asks npm for the Nodes that are not there yet, and nobody else for anything; one that npm does not give is SKIPPED.
// usage: npm run smoke [-- [--dir DIR] [MAJOR...]]
//   --dir DIR  where the Nodes are kept (default: node_modules/.cache/pleach-nodes)
//   MAJOR      which Nodes (default: 22 24 26)
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "dist/cli.js");
/** What npm's package `node` would fetch by a script, for this machine. */
const PACKAGE = `node-${process.platform}-${process.arch}`;
const MINUTE_MS = 60_000;

const FILES = {
  "write.mjs": 'import { writeFileSync } from "node:fs";\nwriteFileSync(process.argv[2], process.version);\n',
  "check.mjs":
    'import { readFileSync } from "node:fs";\nif (readFileSync("write.mjs").length === 0) process.exit(1);\n',
  "plan.yaml": `goal: two files
streams: { writers: {} }
gates:
  check: { run: node check.mjs, required: true }
tasks:
  - { id: first, stream: writers, run: node write.mjs first.txt, scope: [first.txt], gates: [check] }
  - { id: second, stream: writers, needs: [first], run: node write.mjs second.txt, scope: [second.txt] }
`,
};

/** What is run on each Node, and what it has to say. */
const STEPS = [
  { args: ["--version"], says: /^\d+\.\d+\.\d+/ },
  { args: ["run", "plan.yaml", "--no-tui", "--no-learn", "--run-id", "smoke"], says: /succeeded: 2 merged of 2 tasks/ },
  { args: ["status", "smoke", "--json"], says: /"status":"succeeded"/ },
  { args: ["replay", "smoke", "--verify"], says: /every record asks for what was recorded/ },
  { args: ["log", "verify", "smoke"], says: /all as they were written/ },
];

/** Runs a program to its end; rejects with all it said when its exit code is not 0. */
function run(file, args, options) {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 2 * MINUTE_MS, ...options });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) =>
      code === 0 ? done(said) : fail(new Error(`${file} ${args.join(" ")} ended with ${code ?? signal}\n${said}`)),
    );
  });
}

/** The folder with the program `node` of this version, which is fetched when it is not there. */
async function fetchNode(dir, major) {
  const folder = join(dir, major);
  const bin = join(folder, "node_modules", PACKAGE, "bin");
  if (!existsSync(join(bin, "node"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", ...flags, `${PACKAGE}@^${major}`], { cwd: folder });
  }
  return bin;
}

/** The environment of the program: without what belongs to whoever started this, and with nobody's settings of git. */
function environmentOf(bin, home) {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|PLEACH_|VITEST|NODE_OPTIONS$|npm_)/.test(name));
  const env = { ...Object.fromEntries(own), HOME: home, GIT_CONFIG_NOSYSTEM: "1" };
  return { ...env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
}

async function smoke(bin, major) {
  const home = mkdtempSync(join(realpathSync(tmpdir()), "pleach-smoke-"));
  try {
    const options = { cwd: join(home, "repository"), env: environmentOf(bin, home) };
    mkdirSync(options.cwd);
    const version = (await run("node", ["--version"], options)).trim();
    if (!version.startsWith(`v${major}.`)) throw new Error(`${bin}/node is ${version}`);
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(options.cwd, name), text);
    const who = ["-c", "user.name=smoke", "-c", "user.email=smoke@localhost"];
    await run("git", ["init", "--quiet", "--initial-branch=main"], options);
    await run("git", ["add", "--all"], options);
    await run("git", [...who, "commit", "--quiet", "--message", "begin"], options);
    for (const { args, says } of STEPS) {
      const said = await run("node", [cli, ...args], options);
      if (!says.test(said)) throw new Error(`pleach ${args.join(" ")} does not say ${says}\n${said}`);
    }
    return version;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { dir: { type: "string" } } });
const dir = resolve(values.dir ?? join(root, "node_modules/.cache/pleach-nodes"));
const majors = positionals.length > 0 ? positionals : ["22", "24", "26"];
if (!existsSync(cli)) {
  console.error("smoke: there is no dist/cli.js; build it first with: npm run build");
  process.exit(2);
}

const fetched = await Promise.allSettled(majors.map((major) => fetchNode(dir, major)));
for (const [at, major] of majors.entries()) {
  const from = performance.now();
  const took = () => `${((performance.now() - from) / 1000).toFixed(1)} s`.padStart(8);
  try {
    const { status, value, reason } = fetched[at];
    if (status === "rejected") {
      console.log(`- node ${major.padEnd(10)} SKIPPED: it could not be fetched: ${reason.message}`);
      continue;
    }
    const version = await smoke(value, major);
    console.log(`✓ node ${version.padEnd(10)}${took()}  ${STEPS.map(({ args }) => args[0]).join(", ")}`);
  } catch (error) {
    console.log(`✗ node ${major.padEnd(10)}${took()}\n\n${error.message}\n`);
    process.exitCode = 1;
  }
}
