/** A temp folder with what is needed to run real commands in it, and looks at real processes. */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessExited, ProcessOutcome, ProcessRequest } from "../../../src/actors/process/index.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";

export interface Worker {
  dir: string;
  path(name: string): string;
  run(command: ProcessRequest["command"], options?: Partial<ProcessRequest>): Promise<ProcessOutcome>;
  remove(): void;
}

export function makeWorker(executor = localExecutor, identity = { run: "run-1", task: "task-1" }): Worker {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "pleach process ü-")));
  return {
    dir,
    path: (name) => join(dir, name),
    run: (command, options = {}) =>
      executor.run({
        command,
        cwd: dir,
        env: { PATH: process.env.PATH ?? "" },
        transcript: join(dir, "out", "transcript.log"),
        signal: new AbortController().signal,
        graceMs: 200,
        identity,
        ...options,
      }),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function asExited(outcome: ProcessOutcome): ProcessExited {
  if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
  return outcome;
}

/** Whether a process can still run: a zombie cannot. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return process.platform !== "linux";
  }
}

/** Waits for a condition on the real world; fails the test when it does not come. */
export async function waitUntil(condition: () => boolean, what: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Shell text that starts a node process which leaves the group and writes its pid to `file`. */
export function leaveGroup(
  file: string,
  options: { ignoreTerm?: boolean; clearEnv?: boolean; keepPipe?: boolean } = {},
): string {
  const inner = `${options.ignoreTerm ? "process.on('SIGTERM',()=>{});" : ""}setInterval(()=>{},1e3);require('fs').writeFileSync(process.argv[1],String(process.pid))`;
  const outer = `require('child_process').spawn(process.execPath,['-e',process.argv[1],process.argv[2]],{detached:true,stdio:'${options.keepPipe ? "inherit" : "ignore"}'${options.clearEnv ? ",env:{}" : ""}}).unref()`;
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return `${quote(process.execPath)} -e ${quote(outer)} ${quote(inner)} ${quote(file)}; until test -s ${quote(file)}; do sleep 0.02; done`;
}
