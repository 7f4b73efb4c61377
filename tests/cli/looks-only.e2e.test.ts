/**
 * A repository that is only looked at runs nothing: a stranger's, in which every way that git or pleach knows to start a
 * program leads to one that leaves a mark.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openRepository } from "../../src/actors/git/index.ts";
import { prepareWorktree } from "../../src/actors/git/worktree.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { environment, start } from "./program.ts";
import { git, makeRepository, planText, writeFiles } from "./repositories.ts";

/** Folders that a shell would look for programs in, as relative as people write them. */
const BAD_PATH = `.:bin:node_modules/.bin::${environment.PATH}`;
/** What pleach, git or an agent's adapter start by name. */
const PROGRAMS = ["git", "claude", "codex", "ps", "rm", "sh", "node", "ssh", "gpg", "less", "env", "tty"];

let marks = "";
let root = "";
let left = "";
let env: NodeJS.ProcessEnv = {};

/** A script that says which trap it was. */
const trap = (name: string): string => `#!/bin/sh\necho ${name} >> '${marks}/ran'\n`;

const found = (): string => (existsSync(join(marks, "ran")) ? readFileSync(join(marks, "ran"), "utf8") : "");

beforeAll(async () => {
  marks = makeTempFolder("marks", "file");
  const traps = join(marks, "traps");
  mkdirSync(traps);
  const script = (name: string): string => {
    const file = join(traps, name);
    writeFileSync(file, trap(name), { mode: 0o755 });
    return file;
  };
  const agents = {
    claude: { command: script("claude-of-config") },
    mine: { kind: "command", command: script("agent-of-config") },
    other: { kind: "acp", command: "./acp.sh" },
  };
  const config = {
    ...{ agents, agent: "mine", gates: { test: script("gate") } },
    worktree: { setup: script("setup"), teardown: script("teardown") },
    vaults: [marks],
  };
  root = makeRepository({
    "plan.md": planText([{ id: "one", run: "echo 1 > one.txt", more: ["scope: [one.txt]"] }]),
    "agent.md": "# g\n\n## a\n\n```yaml task\nid: a\nscope: [README.md]\n```\n\nDo it.\n",
    "acp.sh": trap("acp"),
    "vault/patterns/note.md": "---\nid: n1\ntype: pattern\n---\n# The quokka\n",
    ".gitattributes": "* filter=trap diff=trap merge=trap\n",
  });
  // A run of the person's own, to look at, from before all this came.
  env = { XDG_STATE_HOME: join(marks, "state"), XDG_CONFIG_HOME: join(marks, "config"), HOME: marks };
  const begun = await start(["run", "plan.md", "--run-id", "before", "--json", "--no-learn"], { cwd: root, env }).ended;
  expect(begun.code, begun.stderr).toBe(0);

  // A worktree of one that nobody knows any more: it holds nothing, but git would have to look twice.
  const lost = { run: "20260102-030405-abcd", task: "lost", attempt: "1" };
  left = join(`${root}.worktrees`, lost.run, "lost.1");
  const repo = await openRepository(root);
  await prepareWorktree(repo, { ...lost, base: repo.head.commit, path: left, config: { copy: [], link: [] } });
  writeFileSync(join(left, "README.md"), "a repository\n");

  writeFiles(root, { "pleach.yaml": JSON.stringify(config) });
  for (const folder of ["", "bin/", "node_modules/.bin/"]) {
    writeFiles(root, Object.fromEntries(PROGRAMS.map((name) => [`${folder}${name}`, trap(`${folder}${name}`)])));
    for (const name of PROGRAMS) chmodSync(join(root, `${folder}${name}`), 0o755);
  }
  const hooks = join(root, ".git/hooks");
  mkdirSync(hooks, { recursive: true });
  for (const hook of [
    ...[
      "pre-commit",
      "post-checkout",
      "post-index-change",
      "reference-transaction",
      "fsmonitor-watchman",
      "post-merge",
    ],
    ...["pre-auto-gc", "post-rewrite", "prepare-commit-msg", "proc-receive", "push-to-checkout", "pre-push"],
  ]) {
    writeFileSync(join(hooks, hook), trap(`hook-${hook}`), { mode: 0o755 });
  }
  const included = join(root, ".git/included");
  const settings: Record<string, string> = {
    "core.hooksPath": hooks,
    "core.fsmonitor": script("fsmonitor"),
    "core.pager": script("pager"),
    "core.editor": script("editor"),
    "core.sshCommand": script("ssh-command"),
    "core.askPass": script("askpass"),
    "core.gitProxy": script("proxy"),
    "core.alternateRefsCommand": script("alternates"),
    "sequence.editor": script("sequence-editor"),
    "credential.helper": script("credential"),
    "gpg.program": script("gpg-program"),
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "diff.external": script("external-diff"),
    "diff.trap.textconv": script("textconv"),
    "diff.trap.command": script("diff-command"),
    "merge.trap.driver": script("merge-driver"),
    "filter.trap.clean": script("clean"),
    "filter.trap.smudge": script("smudge"),
    "filter.trap.process": script("process"),
    "filter.trap.required": "true",
    "interactive.diffFilter": script("diff-filter"),
    "pager.status": script("pager-status"),
    "pager.config": script("pager-config"),
    "uploadpack.packObjectsHook": script("pack-objects"),
    "include.path": included,
    // Objects that are missing would be fetched, by any program that the address names.
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "remote.origin.url": `ext::${script("lazy-fetch")} %S`,
    "protocol.ext.allow": "always",
    ...Object.fromEntries(
      ["rev-parse", "ls-files", "ls-tree", "status"].map((name) => [`alias.${name}`, `!${script("alias")}`]),
    ),
  };
  git(root, "config", "core.repositoryFormatVersion", "1");
  for (const [key, value] of Object.entries(settings)) git(root, "config", key, value);
  writeFileSync(
    included,
    `[core]\n\tfsmonitor = ${script("fsmonitor-included")}\n\tpager = ${script("pager-included")}\n`,
  );
  env = { ...env, PATH: BAD_PATH, PAGER: script("pager-env"), EDITOR: script("editor-env") };
  rmSync(join(marks, "ran"), { force: true });
});

const LOOKS = [
  ["status"],
  ["status", "--json"],
  ["list"],
  ["plan", "check", "plan.md"],
  ["plan", "check", "agent.md", "--json"],
  ["vault", "search", "quokka"],
  ["vault", "check", "--all"],
  ["events", "--records"],
  ["logs", "one"],
  ["log", "verify"],
  ["replay", "--verify"],
  ["decide"],
  ["attach", "--no-tui"],
  ["trust"],
  ["doctor"],
  ["doctor", "--fix", "--dry-run"],
];

describe("a repository full of traps", () => {
  it.each(LOOKS.map((args) => [args.join(" "), args] as const))(
    "runs nothing of it for: pleach %s",
    async (_words, args) => {
      const said = await start([...args], { cwd: root, env }).ended;
      expect(said.stderr).not.toContain("defect");
      expect(found()).toBe("");
      expect([0, 1]).toContain(said.code);
    },
  );

  it("runs nothing of it to mend what is left over", async () => {
    const said = await start(["doctor", "--fix"], { cwd: root, env }).ended;
    expect(said.stdout).toContain(`✔ removed worktree ${left}: `);
    expect(found()).toBe("");
    expect(existsSync(left)).toBe(false);
    expect(git(root, "branch", "--list", "pleach-tasks/*")).toBe("");
  });

  it("runs nothing of it where its commit is not there", async () => {
    const commit = git(root, "rev-parse", "HEAD");
    const object = join(root, ".git/objects", commit.slice(0, 2), commit.slice(2));
    expect(readdirSync(join(object, "..")).length).toBeGreaterThan(0);
    rmSync(object, { force: true });
    for (const args of [["plan", "check", "plan.md"], ["doctor"], ["status"]]) {
      await start(args, { cwd: root, env }).ended;
      expect(found(), args.join(" ")).toBe("");
    }
  });

  it("would be found out by this test: git's own status runs some of it", async () => {
    expect(found()).toBe("");
    git(root, "-c", "core.fsmonitor=false", "ls-files");
    writeFileSync(join(root, "README.md"), "changed\n");
    try {
      git(root, "status");
    } catch {
      // Some traps are no good answers.
    }
    expect(found()).not.toBe("");
  });
});
