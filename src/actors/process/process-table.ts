/**
 * Reads which live processes carry an identity in their environment (see identity.ts). Linux: /proc/<pid>/environ;
 * elsewhere `ps -E`. Only the environment a process was started with can be read, which is the one that is wanted.
 *
 * TABLE-1 A scan answers only for requests made before it began, so that whatever ran at the request is seen; requests made
 *    meanwhile share the next one. Many workers that end together cost one scan.
 * TABLE-2 A process whose environment carried no identity is not read again for a moment. Processes of a worker carry it
 *    from birth (a fork copies it), and no pid comes round again within that moment.
 */
import { execFile } from "node:child_process";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { IDENTITY_VARIABLES, listIdentityEntries, type ProcessQuery } from "./identity.ts";
import { installedPath } from "./installed-path.ts";
import { hasProc } from "./process-start.ts";

/** Live processes that carry an identity: pid -> the environment's text as the system gives it. */
export type ProcessTable =
  | { kind: "read"; separator: "\0" | " "; environments: Map<number, string> }
  | { kind: "notAvailable"; reason: string };

/** How long TABLE-2 trusts that a pid is still the same process. */
const FOREIGN_MS = 1_000;
/** An environment longer than this is cut; identity variables that are not in it are then missed. */
const ENVIRONMENT_BYTES = 4 * 1024 * 1024;

const foreignUntil = new Map<number, number>();
let readBuffer = Buffer.alloc(0);
let waiting: Promise<ProcessTable> | null = null;
let running: Promise<unknown> = Promise.resolve();

/** Scans the process table (TABLE-1). Never rejects. */
export function readProcessTable(): Promise<ProcessTable> {
  waiting ??= startScan();
  return waiting;
}

async function startScan(): Promise<ProcessTable> {
  await running;
  await new Promise((resolve) => setImmediate(resolve));
  waiting = null;
  const scan = hasProc() ? Promise.resolve(scanProc()) : scanWithPs();
  running = scan;
  return scan;
}

/** Picks the pids out of a table that match a query. */
export function matchProcesses(table: ProcessTable, query: ProcessQuery): number[] {
  if (table.kind === "notAvailable") return [];
  const entries = listIdentityEntries(query);
  const pids: number[] = [];
  for (const [pid, text] of table.environments) {
    if (entries.every((entry) => holdsEntry(text, entry, table.separator))) pids.push(pid);
  }
  return pids;
}

function holdsEntry(text: string, entry: string, separator: "\0" | " "): boolean {
  // latin1, as the environments were read: bytes are compared, whatever their encoding.
  const wanted = Buffer.from(entry, "utf8").toString("latin1");
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const begins = at === 0 || text[at - 1] === separator;
    // `ps` puts bare spaces between entries, so a value may go on after one: the next word must be an entry itself.
    const ends =
      end === text.length ||
      (separator === "\0" ? text[end] === "\0" : /^ +([A-Za-z_]\w*=|$)/.test(text.slice(end, end + 200)));
    if (begins && ends) return true;
  }
  return false;
}

function scanProc(): ProcessTable {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch (error) {
    return { kind: "notAvailable", reason: `/proc cannot be read: ${String(error)}` };
  }
  const now = performance.now();
  const environments = new Map<number, string>();
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 1) continue;
    if ((foreignUntil.get(pid) ?? 0) > now) continue;
    const text = readEnvironment(pid);
    if (text?.includes(`${IDENTITY_VARIABLES.run}=`)) {
      environments.set(pid, text);
      foreignUntil.delete(pid);
    } else {
      foreignUntil.set(pid, now + FOREIGN_MS);
    }
  }
  forgetExpired(now);
  return { kind: "read", separator: "\0", environments };
}

function forgetExpired(now: number): void {
  if (foreignUntil.size < 4_096) return;
  for (const [pid, until] of foreignUntil) if (until <= now) foreignUntil.delete(pid);
}

function readEnvironment(pid: number): string | null {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/environ`, "r");
  } catch {
    return null;
  }
  try {
    if (readBuffer.length === 0) readBuffer = Buffer.alloc(64 * 1024);
    let text = "";
    while (text.length < ENVIRONMENT_BYTES) {
      const read = readSync(file, readBuffer, 0, readBuffer.length, null);
      if (read === 0) break;
      text += readBuffer.toString("latin1", 0, read);
    }
    return text;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

/** The table by `ps`. macOS hides the environment of programs that the system protects (`/bin/sh` among them). */
export function scanWithPs(): Promise<ProcessTable> {
  const linux = process.platform === "linux";
  const args = linux ? ["axeww", "-o", "pid=,args="] : ["-A", "-E", "-ww", "-o", "pid=,command="];
  return new Promise((resolve) => {
    execFile(
      "ps",
      args,
      {
        encoding: "latin1",
        maxBuffer: 256 * 1024 * 1024,
        env: { PATH: installedPath(process.env, process.cwd()), LC_ALL: "C" },
      },
      (error, stdout) => {
        if (error) resolve({ kind: "notAvailable", reason: `ps failed: ${error.message}` });
        else resolve({ kind: "read", separator: " ", environments: parsePs(stdout) });
      },
    );
  });
}

function parsePs(stdout: string): Map<number, string> {
  const environments = new Map<number, string>();
  for (const line of stdout.split("\n")) {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    const pid = Number(match?.[1]);
    if (match?.[2]?.includes(`${IDENTITY_VARIABLES.run}=`) && pid > 1) environments.set(pid, match[2]);
  }
  return environments;
}
