/** On a terminal: a run is hosted by a detached child, and this process is only its screen (RULE-7). */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attachRun } from "../actors/client/attach.ts";
import { type RunFolder, refuseLinkedFolders, runFolder } from "../actors/control/run-folder.ts";
import { PleachError } from "../errors.ts";
import type { RunCommand } from "../protocol/commands.ts";
import { showRun } from "../tui/index.ts";
import type { Consent } from "./consent.ts";
import { exitOfStatus } from "./exit.ts";
import type { RunPlace } from "./place.ts";
import type { Beginning } from "./prepare-run.ts";
import { summary } from "./print-status.ts";

const CLI = fileURLToPath(new URL("../cli.js", import.meta.url));
const START_TIMEOUT_MS = 20_000;

/** What a host does that is started for it: begin a run, try some of one again, or go on and first carry out a command. */
export interface HostStart {
  begin?: Beginning;
  retry?: readonly string[];
  first?: RunCommand;
}

/** Where that waits for the host that is being started. */
export const startFile = (folder: RunFolder): string => join(folder.path, "start.json");
const hostErrors = (folder: RunFolder): string => join(folder.out, "host.log");

/** Starts a host that outlives this process, and waits until it has opened the run. */
export async function detachHost(
  { place, token }: Consent,
  run: string,
  start: HostStart,
  vault: string | null,
): Promise<void> {
  const folder = runFolder(place.root, run);
  const lease = place.engine.openLease(folder);
  refuseLinkedFolders(folder.path);
  mkdirSync(folder.out, { recursive: true, mode: 0o700 });
  const file = startFile(folder);
  // A host that never started may have left one.
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(start), { flag: "wx", mode: 0o600 });
  const errors = openSync(hostErrors(folder), "w", 0o600);
  const args = [
    CLI,
    "host",
    run,
    "-C",
    place.root,
    "--agreed",
    token,
    ...(vault === null ? ["--no-learn"] : ["--vault", vault]),
  ];
  const child = spawn(process.execPath, args, { cwd: place.root, detached: true, stdio: ["ignore", errors, errors] });
  closeSync(errors);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.unref();
  const deadline = Date.now() + START_TIMEOUT_MS;
  while ((await lease.findHolder()) === null) {
    const code = await Promise.race([
      exited,
      new Promise<"going">((resolve) => setTimeout(() => resolve("going"), 50)),
    ]);
    if (code === "going" && Date.now() < deadline) continue;
    if (code === 0) return;
    rmSync(file, { force: true });
    const said = readFileSync(hostErrors(folder), "utf8").trim();
    throw new PleachError("run.notStarted", said.replace(/^pleach: /, "") || `the host of run ${run} did not start`, {
      ...(said.includes("hint:") ? {} : { hint: `see ${hostErrors(folder)}, or run with --no-tui` }),
    });
  }
}

/** Shows a run until the person leaves; resolves with the exit code. */
export async function watchRun({ engine }: RunPlace, folder: RunFolder): Promise<number> {
  const client = await attachRun(engine, folder);
  try {
    const { action } = await showRun(client, { stdin: process.stdin, stdout: process.stdout, env: process.env });
    const status = client.status();
    if (action === "detached") {
      process.stdout.write(`run ${folder.run} goes on; come back with: pleach attach ${folder.run}\n`);
      return 0;
    }
    process.stdout.write(summary(status));
    return exitOfStatus(status.status);
  } finally {
    await client.close();
  }
}
