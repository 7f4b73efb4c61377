// Installs the real programs of agents into a folder of their own, and runs tests/agents against them and a made-up
// model service on loopback: no login is used, no model is asked. A program that cannot be installed is left out, with
// a word on why.
// usage: npm run test:agents [-- --dir DIR] [--keep] [--record] [--only ID,…] [FILE…]
//   --dir DIR  where to install (default: a new folder under the temporary one); what is there already is used
//   --keep     leaves the folder for the next time
//   --only     these programs of tests/agents/programs.json; FILE: these files of tests/agents (vitest's filters)
//   --record   writes what the programs say into tests/fixtures/agents/plays
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readJson, tableOf } from "./agent-table.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  options: {
    dir: { type: "string" },
    keep: { type: "boolean" },
    record: { type: "boolean" },
    only: { type: "string" },
  },
  allowPositionals: true,
});

/** The programs, in the versions that the adapters were tried with. */
const PROGRAMS = readJson(join(root, "tests/agents/programs.json"));
const ownNode = Number(process.versions.node.split(".")[0]);

/** Null when it is there and runs; otherwise why not. */
function install(dir, { id, program, packages, omitsOptional = false, node = 0 }) {
  if (node > ownNode) {
    const why = npmInstall(join(dir, `node${node}`), "node", [`node@${node}`]);
    if (why !== null) return `it needs Node ${node}: ${why}`;
  }
  const folder = join(dir, id);
  const why = npmInstall(folder, program, packages, omitsOptional ? ["--omit=optional"] : []);
  if (why !== null) return why;
  // npm may be set not to run the scripts of packages; this one puts the program of this platform in its place.
  const script = join(folder, "node_modules/@anthropic-ai/claude-code/install.cjs");
  if (existsSync(script)) spawnSync(process.execPath, [script], { cwd: folder });
  // Programs that speak ACP and nothing else have no --version.
  const file = join(folder, "node_modules/.bin", program);
  if (omitsOptional) return existsSync(file) ? null : "its program is missing";
  const path = `${node > ownNode ? `${join(dir, `node${node}`, "node_modules/.bin")}:` : ""}${process.env.PATH}`;
  const env = { PATH: path, HOME: work };
  const said = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 60_000, env });
  return said.status === 0 ? null : (lastLine(said.stderr ?? "") ?? "its program does not run here");
}

/** Installs packages into a folder unless their program is there already; null, or why it cannot be. */
function npmInstall(folder, program, packages, flags = []) {
  if (existsSync(join(folder, "node_modules/.bin", program))) return null;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private": true}\n');
  const args = ["install", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error", ...flags, ...packages];
  const npm = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: 10 * 60_000 });
  return npm.status === 0 ? null : whyNot(npm.stderr ?? "");
}

/** The first thing that npm says besides codes and the place of its log. */
function whyNot(said) {
  const lines = said
    .split("\n")
    .flatMap((line) => /^npm (?:error|ERR!) (?!code|errno|syscall|A complete)(.+)/.exec(line)?.[1] ?? []);
  return lines[0] ?? lastLine(said) ?? "npm install failed";
}

const lastLine = (text) => text.trim().split("\n").at(-1) || undefined;

const dir = values.dir === undefined ? mkdtempSync(join(tmpdir(), "pleach-agents-")) : resolve(values.dir);
mkdirSync(dir, { recursive: true });
// Of this run alone: another one may use the same installed programs at the same time.
const work = mkdtempSync(join(dir, "work-"));
let status = 0;
try {
  const chosen = PROGRAMS.filter(({ id }) => values.only === undefined || values.only.split(",").includes(id));
  const missing = new Map();
  for (const each of chosen) {
    process.stdout.write(`installing ${each.packages.join(" ")} …\n`);
    const needed =
      each.uses !== undefined && missing.has(each.uses) ? `it works with ${each.uses}, which is not there` : null;
    const why = needed ?? install(dir, each);
    if (why === null) continue;
    missing.set(each.id, why);
    rmSync(join(dir, each.id), { recursive: true, force: true });
  }
  for (const [id, why] of missing) process.stdout.write(`SKIPPED: ${id} cannot be tested here: ${why}\n`);
  if (missing.size === chosen.length)
    process.stdout.write("SKIPPED: no agent could be installed, nothing was tested\n");
  else {
    const plays = join(root, "tests/fixtures/agents/plays");
    const env = {
      ...process.env,
      PLEACH_REAL_AGENTS: dir,
      PLEACH_REAL_WORK: work,
      PLEACH_ONLY: chosen.map(({ id }) => id).join(","),
      ...(values.record ? { PLEACH_RECORD: plays } : {}),
    };
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const results = join(work, "results.json");
    const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${results}`];
    status =
      spawnSync(process.execPath, [vitest, "run", "--project", "agents", ...reporters, ...positionals], {
        cwd: root,
        stdio: "inherit",
        env,
      }).status ?? 1;
    if (existsSync(results)) {
      const [cannot, elsewhere] = ["cannot", "elsewhere"].map((name) =>
        readJson(join(root, `tests/agents/${name}.json`)),
      );
      process.stdout.write(`\n${tableOf(readJson(results), chosen, cannot, elsewhere)}\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  if (!values.keep && values.dir === undefined) rmSync(dir, { recursive: true, force: true });
  else process.stdout.write(`kept: ${dir}\n`);
}
process.exit(status);
