/** `pleach init`: what a project needs to work with pleach. Creates what is missing, overwrites nothing. */
import { existsSync, lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { WORKSPACE } from "../../actors/control/run-folder.ts";
import { codeOf } from "../../errors.ts";
import { CONFIG_FILE } from "../../plan/load-config.ts";
import { initVault } from "../../vault/index.ts";
import { checkClaudeCommands, layClaudeCommands } from "../claude-commands.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { trustWritten } from "../trusted-files.ts";
import { vaultFolders } from "../vault-folders.ts";
import { line } from "../words.ts";

/** Every line is a comment: the file changes nothing until somebody takes a # away. */
const CONFIG = `# pleach.yaml: defaults for every plan of this repository. All of it is optional.

# concurrency: 4 # tasks at once
# isolation: worktree # or none: work in this folder, without branches and merges
# budget: { usd: 10, perTask: { usd: 1 }, mode: soft } # warn, soft: start nothing new, hard: stop what runs
# gates:
#   test: { run: npm test, required: true, timeout: 10m }
# resources:
#   database: 1
# streams:
#   builders: { concurrency: 4 }

# agents:
#   writer: # gets the prose of a task as {instruction}
#     kind: command
#     command: claude
#     args: [-p, "{instruction}", --permission-mode, acceptEdits]
#     pass: [ANTHROPIC_API_KEY]
#     timeout: 30m
# agent: writer # of tasks that name none

# vault: vault # where is kept what runs teach
# vaults: [../team-vault] # further vaults, only read
# worktree:
#   setup: npm ci # in each fresh worktree
#   copy: [.env] # copied from the checkout, never committed
#   link: [node_modules] # linked, never committed
`;

interface Done {
  created: string[];
  changed: string[];
  kept: string[];
}

/** Resolves with 0. With `--claude` throws as `checkClaudeCommands`, before anything is changed. */
export async function init(options: CommonOptions & { claude?: boolean }): Promise<number> {
  const place = await findPlace(options.C);
  const { root, trouble } = place;
  if (options.claude) checkClaudeCommands(root);
  const done: Done = { created: [], changed: [], kept: [] };
  createConfig(root, done);
  if (done.created.includes(CONFIG_FILE)) await trustWritten(root);
  const isCheckout = trouble === null || trouble.code === "git.empty";
  if (isCheckout) ignoreWorkspace(root, done);
  const vault = vaultFolders(place, undefined)[0];
  const notes = await initVault(vault);
  (notes.length > 0 ? done.created : done.kept).push(`${relative(root, vault) || "."}/`);
  if (options.claude) {
    const { created, kept } = layClaudeCommands(root);
    done.created.push(...created);
    done.kept.push(...kept);
  }
  if (options.json) printJson({ schema: 1, root, ...done });
  else {
    for (const name of done.created) process.stdout.write(`created ${line(name)}\n`);
    for (const name of done.changed) process.stdout.write(`added to ${line(name)}: /${WORKSPACE}/\n`);
    for (const name of done.kept) process.stdout.write(`kept ${line(name)} as it is\n`);
    const next = options.claude
      ? "in Claude Code, /ce-parallel-run GOAL"
      : "write a plan, then pleach plan check plan.md";
    process.stdout.write(`next: ${next}\n`);
  }
  if (trouble !== null) process.stderr.write(`note: ${line(trouble.message)}\n  hint: ${line(trouble.hint)}\n`);
  return EXIT.done;
}

function createConfig(root: string, { created, kept }: Done): void {
  try {
    // Exclusively: a link in its place is not followed either.
    writeFileSync(join(root, CONFIG_FILE), CONFIG, { flag: "wx" });
    created.push(CONFIG_FILE);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
    kept.push(CONFIG_FILE);
  }
}

/** Adds the workspace to .gitignore, once. Git does not follow a link there, and neither do we. */
function ignoreWorkspace(root: string, { created, changed, kept }: Done): void {
  const file = join(root, ".gitignore");
  const found = lstatSync(file, { throwIfNoEntry: false });
  const old = found?.isFile() ? readFileSync(file, "latin1") : "";
  const isThere = old.split(/\r?\n/).some((entry) => /^\/?\.ce-workspace\/?\s*$/.test(entry));
  if (isThere || (found !== undefined && !found.isFile())) {
    kept.push(".gitignore");
    return;
  }
  const end = old.includes("\r\n") ? "\r\n" : "\n";
  const gap = old === "" || old.endsWith("\n") ? "" : end;
  const isNew = !existsSync(file);
  writeFileSync(file, `${gap}/${WORKSPACE}/${end}`, { flag: "a", encoding: "latin1" });
  (isNew ? created : changed).push(".gitignore");
}
