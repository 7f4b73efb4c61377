// Installs the real programs of agents into a folder of their own, and runs tests/agents against them and a made-up
// model service on loopback: no login is used, no model is asked. A program that cannot be installed is left out, with
// a word on why.
// usage: npm run test:agents [-- --dir DIR] [--keep] [--record]
//   --dir DIR  where to install (default: a new folder under the temporary one); what is there already is used
//   --keep     leaves the folder for the next time
//   --record   writes what the programs say into tests/fixtures/agents/plays
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { dir: { type: "string" }, keep: { type: "boolean" }, record: { type: "boolean" } },
});

/** Versions that the adapters were tried with. The ACP agent brings no Claude Code of its own: it uses the one here. */
const PROGRAMS = [
  { kind: "claude", program: "claude", packages: ["@anthropic-ai/claude-code@2.1.329"], flags: [] },
  { kind: "codex", program: "codex", packages: ["@openai/codex@0.169.0"], flags: [] },
  {
    kind: "acp",
    program: "claude-agent-acp",
    packages: ["@agentclientprotocol/claude-agent-acp@0.100.0"],
    flags: ["--omit=optional"],
  },
];

/** Null when it is there and runs; otherwise why not. */
function install(dir, { kind, program, packages, flags }) {
  const folder = join(dir, kind);
  const file = join(folder, "node_modules/.bin", program);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    const npm = spawnSync(
      "npm",
      ["install", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error", ...flags, ...packages],
      {
        cwd: folder,
        encoding: "utf8",
        timeout: 10 * 60_000,
      },
    );
    if (npm.status !== 0) return whyNot(npm.stderr ?? "");
    // npm may be set not to run the scripts of packages; this one puts the program of this platform in its place.
    const script = join(folder, "node_modules/@anthropic-ai/claude-code/install.cjs");
    if (kind === "claude" && existsSync(script)) spawnSync(process.execPath, [script], { cwd: folder });
  }
  // An ACP agent has no --version that can be relied on.
  if (kind === "acp") return existsSync(file) ? null : "its program is missing";
  const said = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 60_000, env: { PATH: process.env.PATH } });
  return said.status === 0 ? null : (lastLine(said.stderr ?? "") ?? "its program does not run here");
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
let status = 0;
try {
  const missing = new Map();
  for (const each of PROGRAMS) {
    process.stdout.write(`installing ${each.packages.join(" ")} …\n`);
    const why = install(dir, each);
    if (why === null) continue;
    missing.set(each.kind, why);
    rmSync(join(dir, each.kind), { recursive: true, force: true });
  }
  if (missing.has("claude") && !missing.has("acp")) {
    missing.set("acp", "it works with claude, which is not there");
    rmSync(join(dir, "acp"), { recursive: true, force: true });
  }
  for (const [kind, why] of missing) process.stdout.write(`SKIPPED: ${kind} cannot be tested here: ${why}\n`);
  if (missing.size === PROGRAMS.length)
    process.stdout.write("SKIPPED: no agent could be installed, nothing was tested\n");
  else {
    const plays = join(root, "tests/fixtures/agents/plays");
    const env = { ...process.env, PLEACH_REAL_AGENTS: dir, ...(values.record ? { PLEACH_RECORD: plays } : {}) };
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    status =
      spawnSync(process.execPath, [vitest, "run", "--project", "agents"], { cwd: root, stdio: "inherit", env })
        .status ?? 1;
  }
} finally {
  rmSync(join(dir, "work"), { recursive: true, force: true });
  if (!values.keep && values.dir === undefined) rmSync(dir, { recursive: true, force: true });
  else process.stdout.write(`kept: ${dir}\n`);
}
process.exit(status);
