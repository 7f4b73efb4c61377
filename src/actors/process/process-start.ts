/**
 * Tells one process from a later one with the same pid. A start token is opaque text that is the same for as long as a
 * process lives, and differs for the next holder of its pid. On Linux it is the start time in clock ticks since boot,
 * with the boot's id, so that a token written to disk does not match after a reboot; elsewhere what `ps` says.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { installedPath } from "./installed-path.ts";

let bootId: string | undefined;

function readBootId(): string {
  if (bootId === undefined) {
    try {
      bootId = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    } catch {
      bootId = "";
    }
  }
  return bootId;
}

/** Whether this system has a Linux-like /proc. */
export function hasProc(): boolean {
  return process.platform === "linux" && existsSync("/proc/self/stat");
}

export interface ProcStat {
  /** A letter. */
  state: string;
  parent: number;
  group: number;
  /** Number of its terminal; 0 when it has none. */
  terminal: number;
  /** When it started, in ticks since boot. */
  startTicks: string;
}

/** What /proc says of a process; null when it is gone. */
export function readProcStat(pid: number): ProcStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, , terminal] = fields;
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined) return null;
  return { state, parent: Number(parent), group: Number(group), terminal: Number(terminal), startTicks };
}

/** The start token of a live process; null when there is none with this pid (a zombie counts as gone). */
export function processStartToken(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (hasProc()) {
    const stat = readProcStat(pid);
    return stat === null || stat.state === "Z" || stat.state === "X" ? null : `${stat.startTicks}@${readBootId()}`;
  }
  return readStartWithPs(pid);
}

/** Whether a process was stopped, by a signal or from a terminal, and not yet let go on; false where the system does not tell. */
export function isStopped(pid: number): boolean {
  const state = hasProc() ? readProcStat(pid)?.state : undefined;
  return state === "T" || state === "t";
}

/** The same by `ps`, for systems without /proc. */
export function readStartWithPs(pid: number): string | null {
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
      encoding: "latin1",
      env: { PATH: installedPath(process.env, process.cwd()), LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const [state = "", ...start] = text.split(/\s+/);
    return state === "" || state.startsWith("Z") ? null : start.join(" ");
  } catch {
    return null;
  }
}

/** Whether the process that had this token is still alive. */
export function isSameProcess(pid: number, token: string): boolean {
  return processStartToken(pid) === token;
}
