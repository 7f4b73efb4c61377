/**
 * Runs whole programs and takes their time: pleach as a user starts it, and what it is compared with. `PLEACH_CLI`
 * names another build of pleach than dist/, to compare two.
 */
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** The program as `node` is given it. */
export const cli = path.resolve(process.env.PLEACH_CLI ?? "dist/cli.js");

/** Arguments of node for `pleach run` of a plan in the working directory, writing nothing into a vault. */
export function runArguments(plan: string, ...more: string[]): string[] {
  return [cli, "run", plan, "--json", "--no-learn", ...more];
}

/** Wall time in ms of one program, from its start to its end. Throws when it fails. */
export function timeProgram(file: string, args: readonly string[], cwd = process.cwd()): number {
  const startedAt = performance.now();
  const { status, stderr, error } = spawnSync(file, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const ms = performance.now() - startedAt;
  if (status !== 0)
    throw new Error(`${file} ${args.join(" ")} failed: ${error?.message ?? String(stderr).slice(-2000)}`);
  return ms;
}

/** Wall time in ms of `pleach run plan` in a folder without earlier runs. */
export function timeRun(cwd: string, plan = "plan.yaml", ...more: string[]): number {
  fs.rmSync(path.join(cwd, ".ce-workspace"), { recursive: true, force: true });
  return timeProgram(process.execPath, runArguments(plan, ...more), cwd);
}

/** Resident memory in bytes of a process now, and at its most where the system tells (Linux); null once it is gone. */
export function readMemory(pid: number): { nowBytes: number; mostBytes: number | null } | null {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "latin1");
    const read = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1024;
    return { nowBytes: read("VmRSS"), mostBytes: read("VmHWM") };
  } catch {
    const { status, stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
    return status === 0 ? { nowBytes: Number(stdout) * 1024, mostBytes: null } : null;
  }
}

/** Runs a bench program again as `node <file> <args>` in a process of its own; resolves with the JSON that it prints. */
export async function askSelf<T>(file: string, ...args: string[]): Promise<T> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as T;
}
