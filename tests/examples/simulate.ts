/**
 * A stand-in for the runtime, for tests that judge the bundled example by itself: reads the tasks of a plan with nothing
 * but the YAML package, and carries out their scripts with node and git. It knows only the steps that the example uses,
 * and waits for nothing.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";

export interface Step {
  write?: string;
  edit?: string;
  run?: string;
  sleep?: number;
  content?: string;
  find?: string;
  replace?: string;
}

export interface ExampleTask {
  id: string;
  stream: string;
  needs?: string[];
  prefers?: string[];
  uses?: Record<string, number>;
  scope?: string[];
  gates?: string[];
  retries?: number;
  onConflict?: string;
  agent?: string;
  run?: string;
  script?: Step[];
}

export interface ExamplePlan {
  frontmatter: {
    concurrency: number;
    gates: Record<string, { run: string; required: boolean }>;
    resources: Record<string, number>;
    streams: Record<string, { concurrency: number; agent: string }>;
  };
  tasks: ExampleTask[];
}

/** Reads a Markdown plan: its frontmatter, and its tasks in the order in which they are written. */
export function readPlan(file: string): ExamplePlan {
  const text = readFileSync(file, "utf8");
  const [, frontmatter = ""] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
  const blocks = [...text.matchAll(/^```yaml task\n(.*?)\n```$/gms)].map(([, block = ""]) => parse(block));
  return { frontmatter: parse(frontmatter), tasks: blocks };
}

/** Runs a program in a folder; returns its exit code and everything it said. */
export function runIn(folder: string, command: string, args: string[], env: Record<string, string> = {}) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const done = spawnSync(command, args, { cwd: folder, encoding: "utf8", env: { ...clean, ...env } });
  return { code: done.status, output: `${done.stdout}${done.stderr}` };
}

/** Runs git with an identity of its own and without anybody's hooks; throws when it fails. */
export function git(folder: string, ...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgSign=false"];
  const done = runIn(folder, "git", [...identity, "-c", "core.hooksPath=/dev/null", ...args]);
  if (done.code !== 0) throw new Error(`git ${args.join(" ")}: ${done.output}`);
  return done.output.trim();
}

/** A fresh repository that holds a copy of `source`, committed on `main`. Call `remove` when done. */
export function makeRepository(source: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "pleach-example-"));
  cpSync(source, folder, { recursive: true });
  git(folder, "init", "--quiet", "--template=", "--initial-branch=main");
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", "base");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Carries out one attempt of a task in `folder`. Throws when a step fails. */
export function performTask(folder: string, task: ExampleTask, attempt = 1): void {
  const env = { PLEACH_ATTEMPT: String(attempt) };
  for (const step of task.script ?? [{ run: task.run?.replace(/^sleep \d+ && /, "") ?? "false" }]) {
    if (step.run !== undefined) {
      const done = runIn(folder, "sh", ["-c", step.run], env);
      if (done.code !== 0) throw new Error(`${task.id}: ${done.output}`);
    } else if (step.write !== undefined) {
      mkdirSync(dirname(join(folder, step.write)), { recursive: true });
      writeFileSync(join(folder, step.write), step.content ?? "");
    } else if (step.edit !== undefined) {
      const parts = readFileSync(join(folder, step.edit), "utf8").split(step.find ?? "");
      if (parts.length !== 2)
        throw new Error(`${task.id}: found ${parts.length - 1} times in ${step.edit}: ${step.find}`);
      writeFileSync(join(folder, step.edit), parts.join(step.replace ?? ""));
    }
  }
}

/** Commits everything in `folder`; returns the commit. */
export function commitAll(folder: string, message: string): string {
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", message);
  return git(folder, "rev-parse", "HEAD");
}
