/**
 * Signals to a whole process group. The group's number is the pid of its leader; it stays taken while the group has any
 * member, so it may be signalled as long as every look so far has found one.
 */
import { readdirSync } from "node:fs";
import { hasProc, readProcStat } from "./process-start.ts";

const POLL_MS = 20;
/** After SIGKILL a process is gone in moments, unless the kernel holds it. */
const AFTER_KILL_MS = 2_000;

/** Signals the group; false when it has no members left. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  if (!Number.isSafeInteger(leader) || leader <= 1) return false;
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    // EPERM: there are members, none of them ours to signal. macOS says so of zombies, which are as good as gone.
    return error instanceof Error && "code" in error && error.code === "EPERM" && process.platform === "linux";
  }
}

/**
 * Ends what is left of a group whose leader is gone: SIGTERM (unless it was warned already), SIGKILL from `killAt` on
 * (in the time of `performance.now`). Counts the group as one process.
 */
export async function endGroup(
  leader: number,
  options: { killAt: number; warned: boolean },
): Promise<{ ended: number; survivors: number }> {
  if (!hasLiveMember(leader)) return { ended: 0, survivors: 0 };
  if (!options.warned) {
    signalGroup(leader, "SIGTERM");
    // A stopped process gets its SIGTERM only once it goes on.
    signalGroup(leader, "SIGCONT");
  }
  for (let waitMs = 1; hasLiveMember(leader); waitMs = Math.min(waitMs * 2, POLL_MS)) {
    const now = performance.now();
    if (now > options.killAt + AFTER_KILL_MS) return { ended: 0, survivors: 1 };
    if (now >= options.killAt) signalGroup(leader, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return { ended: 1, survivors: 0 };
}

/**
 * Whether the group has a member that is not a zombie: in a container whose first process does not reap, zombies stay
 * for ever, and can be signalled as if they lived.
 */
function hasLiveMember(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false;
  if (!hasProc()) return true;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readProcStat(pid);
    if (stat?.group === leader && stat.state !== "Z" && stat.state !== "X") return true;
  }
  return false;
}
