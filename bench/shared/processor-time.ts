/** Processor time of whole programs, and of one up to a moment: what a start costs, whatever else the machine does. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import pty from "@lydell/node-pty";

/**
 * User and system time in ms of a program and of all that it waited for, as bash tells it of its children. Throws when the
 * program fails.
 */
export function measureUse(file: string, args: readonly string[], cwd = process.cwd()): number {
  const script = '"$@" > /dev/null || exit; times';
  const { status, stdout, stderr, error } = spawnSync("bash", ["-c", script, "bash", file, ...args], {
    cwd,
    encoding: "utf8",
  });
  const [, children = ""] = stdout.split("\n");
  const times = [...children.matchAll(/(\d+)m([\d.,]+)s/g)].map(
    ([, minutes, seconds = ""]) => Number(minutes) * 60_000 + Number(seconds.replace(",", ".")) * 1_000,
  );
  if (status === 0 && times.length === 2) return times.reduce((sum, each) => sum + each, 0);
  throw new Error(`${file} ${args.join(" ")} failed: ${error?.message ?? stderr.slice(-2_000)}`);
}

/**
 * Processor time in ms of a program of node in a terminal until it has written `until`, after which it is killed; null where
 * the system does not tell it (no /proc).
 */
export function measureUseUntil(args: readonly string[], until: string, cwd: string): Promise<number | null> {
  const size = { cols: 120, rows: 40 };
  const child = pty.spawn(process.execPath, [...args], { ...size, cwd, name: "xterm-256color", env: process.env });
  return new Promise((resolve, reject) => {
    let written = "";
    let use: number | null | undefined;
    child.onData((text) => {
      written += text;
      if (use !== undefined || !written.includes(until)) return;
      use = readUse(child.pid);
      child.kill("SIGKILL");
    });
    child.onExit(() => {
      if (use === undefined) reject(new Error(`the program ended before it was there: ${written.slice(-2_000)}`));
      else resolve(use);
    });
  });
}

/** Of all threads that are there now. */
function readUse(pid: number): number | null {
  try {
    const threads = fs.readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) =>
      Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
  } catch {
    return null;
  }
}
