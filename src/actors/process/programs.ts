/**
 * Live processes by the name of their program, whoever started them: where they work and since when. Only looks; what it
 * finds may be gone the next moment.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { codeOf } from "../../errors.ts";
import { installedPath } from "./installed-path.ts";
import { hasProc, readProcStat } from "./process-start.ts";

export interface RunningProgram {
  pid: number;
  /** The name of its file, as far as the system keeps it. */
  name: string;
  /** What it was started with, its own name first; empty when the system does not tell. */
  args: string[];
  /** Where it works, or worked until the folder was removed; null when the system does not tell. */
  folder: string | null;
  /** Milliseconds since the Unix epoch, a second too early or too late; null when the system does not tell. */
  startedAtMs: number | null;
}

/** The kernel's unit of start times in /proc, whatever its own clock does. */
const TICKS_A_SECOND = 100;

/** Finds them; null when the system does not tell what runs. Never rejects. */
export async function findPrograms(isWanted: (name: string) => boolean): Promise<RunningProgram[] | null> {
  return hasProc() ? findInProc(isWanted) : findWithPs(isWanted);
}

function findInProc(isWanted: (name: string) => boolean): RunningProgram[] | null {
  const bootMs = readBootMs();
  const entries = listNames("/proc");
  if (entries.length === 0) return null;
  return entries.flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid < 1) return [];
    const name = readLine(`/proc/${pid}/comm`);
    if (name === null || !isWanted(name)) return [];
    const stat = readProcStat(pid);
    if (stat === null || stat.state === "Z" || stat.state === "X") return [];
    const startedAtMs = bootMs === null ? null : bootMs + (Number(stat.startTicks) * 1000) / TICKS_A_SECOND;
    const folder = readFolder(pid);
    // It has ended meanwhile.
    if (folder === undefined) return [];
    const args = (readText(`/proc/${pid}/cmdline`) ?? "").split("\0").slice(0, -1);
    return [{ pid, name, args, folder, startedAtMs }];
  });
}

/** The same by `ps`, which does not tell where a program works. */
export async function findWithPs(isWanted: (name: string) => boolean): Promise<RunningProgram[] | null> {
  const env = { PATH: installedPath(process.env, process.cwd()), LC_ALL: "C" };
  const listed = await promisify(execFile)("ps", ["-A", "-o", "pid=,etime=,args="], { env }).catch(() => null);
  if (listed === null) return null;
  return listed.stdout.split("\n").flatMap((line) => {
    const [pid, elapsed = "", ...args] = line.trim().split(/\s+/);
    const path = args[0] ?? "";
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (pid === undefined || !isWanted(name)) return [];
    const elapsedMs = readElapsedMs(elapsed);
    const startedAtMs = elapsedMs === null ? null : Date.now() - elapsedMs;
    return [{ pid: Number(pid), name, args, folder: null, startedAtMs }];
  });
}

/** `[[days-]hours:]minutes:seconds` in milliseconds; null when it is something else. */
export function readElapsedMs(elapsed: string): number | null {
  const found = /^(?:(?:(\d{1,6})-)?(\d{1,2}):)?(\d{1,2}):(\d{1,2})$/.exec(elapsed);
  if (found === null) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function readBootMs(): number | null {
  const found = /^btime (\d+)$/m.exec(readText("/proc/stat") ?? "")?.[1];
  return found === undefined ? null : Number(found) * 1000;
}

/** Null when this user may not know it; undefined when the process is gone. */
function readFolder(pid: number): string | null | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, "");
  } catch (thrown) {
    return codeOf(thrown) === "EACCES" || codeOf(thrown) === "EPERM" ? null : undefined;
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const readLine = (path: string): string | null => readText(path)?.trimEnd() ?? null;

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
