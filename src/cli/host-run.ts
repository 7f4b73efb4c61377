/** Hosts a run in this process: reporter, signals, learning afterwards, exit code. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Engine } from "../actors/control/engine.ts";
import { readProgram } from "../actors/control/program.ts";
import type { RunFolder } from "../actors/control/run-folder.ts";
import { stateFolder } from "../actors/control/state-folder.ts";
import { fileVerdicts } from "../actors/gates/file-verdicts.ts";
import { type Host, type HostEnd, type HostOptions, openHost } from "../actors/host/host.ts";
import { localExecutor } from "../actors/process/local-executor.ts";
import { localMachine } from "../actors/process/machine.ts";
import { messageOf } from "../errors.ts";
import type { CommandAnswer, RunCommand } from "../protocol/commands.ts";
import type { Consent } from "./consent.ts";
import { EXIT } from "./exit.ts";
import { removeLeft } from "./leftovers/remove-left.ts";
import type { Place } from "./place.ts";
import type { Beginning } from "./prepare-run.ts";
import type { Reporter } from "./report.ts";
import { findTests } from "./setup/find-tests.ts";
import { hearSignals } from "./signals.ts";
import { outliveReaders } from "./streams.ts";
import { nameInside, vaultFolders } from "./vault-folders.ts";

export interface HostRunOptions {
  consent: Consent;
  run: string;
  begin?: Beginning;
  /** Opens a run again that is over, for these tasks. */
  retry?: readonly string[];
  first?: RunCommand;
  /** Go on while a person is waited for. */
  stay: boolean;
  reporter: Reporter;
  /** Folder of the vault that is written; null: nothing is learned. */
  vault: string | null;
}

const BEAT_MS = 1_000;
/** How a person sends them. */
const WORDS_OF_SIGNAL: Readonly<Record<string, string>> = { SIGINT: "Ctrl-C", SIGHUP: "its terminal was closed" };
const END_TYPES = { over: "run.finished", waiting: "run.waiting", interrupted: "run.interrupted" } as const;

/** What every host of this program is opened with that performs something. */
function performing(
  { place, files, roles }: Consent,
  run: string,
  stay: boolean,
  vault: string | null = null,
): HostOptions {
  return { ...hostOptions(place, run, stay, vault), trusted: { files, roles } };
}

/** What every host of this program is opened with. */
function hostOptions(place: Place, run: string, stay: boolean, vault: string | null = null): HostOptions {
  const vaults = vaultFolders(place, vault ?? undefined);
  let tests: ReturnType<typeof findTests> | undefined;
  return {
    root: place.root,
    run,
    engine: place.engine,
    program: readProgram(),
    config: { ...place.config, vault: nameInside(place.root, vaults[0]) },
    executor: localExecutor,
    machine: localMachine,
    removeLeft: () => removeLeft(place),
    verdicts: fileVerdicts(join(stateFolder(process.env), "verdicts")),
    vaults,
    findTests: () => (tests ??= findTests(place)),
    ...(place.own.notify === undefined ? {} : { notify: place.own.notify }),
    keepAliveWhileWaiting: stay,
    env: process.env,
    gateConcurrency: Math.max(2, availableParallelism()),
  };
}

/** Takes over a run that has no host, records one command, and lets go of it again. Throws `run.live` and the like. */
export async function recordCommand(place: Place, run: string, command: RunCommand): Promise<CommandAnswer> {
  const host = await openHost({ ...hostOptions(place, run, false), first: command, purpose: "record" });
  await host.close();
  return host.firstAnswer as CommandAnswer;
}

/** Takes over a run that has no host, ships it, and lets go of it again. A signal stops it before the branch moves. */
export async function shipWithoutHost(
  consent: Consent,
  run: string,
  command: RunCommand & { command: "ship" },
): Promise<CommandAnswer> {
  const stop = new AbortController();
  const release = hearSignals("once", () => stop.abort());
  try {
    const host = await openHost({ ...performing(consent, run, false), purpose: "ship" });
    return await host.carryOut(command, stop.signal);
  } finally {
    release();
  }
}

/** Takes over a run that is over, tells its person what is untold of it, and lets go of it again. */
export async function tellWithoutHost(place: Place, run: string): Promise<void> {
  const stop = new AbortController();
  const release = hearSignals("once", () => stop.abort());
  try {
    const host = await openHost({ ...hostOptions(place, run, false), purpose: "notify" });
    await host.tellRest(stop.signal);
  } finally {
    release();
  }
}

/** Runs to its end, and learns from it. */
export async function hostRun({
  consent,
  run,
  begin,
  retry,
  first,
  stay,
  reporter,
  vault,
}: HostRunOptions): Promise<HostEnd> {
  outliveReaders();
  const host = await openHost({
    ...performing(consent, run, stay, vault),
    onEvent: (event) => reporter.event(event),
    ...(begin ? { begin } : {}),
    ...(retry ? { retry } : {}),
    ...(first ? { first } : {}),
  });
  reporter.begin(host.status());
  const release = interruptOnSignals(host);
  const beat = setInterval(() => reporter.beat(() => host.status()), BEAT_MS);
  let end: HostEnd;
  try {
    end = await host.run();
  } finally {
    clearInterval(beat);
    release();
  }
  reporter.end(END_TYPES[end.kind], end.status);
  if (vault !== null && end.kind !== "interrupted") {
    reporter.learning?.();
    await tryToLearn(consent.place.engine, host.folder, vault);
  }
  return end;
}

async function tryToLearn(engine: Engine, folder: RunFolder, vault: string): Promise<void> {
  try {
    const { learnFrom } = await import("./learn.ts");
    const learned = await learnFrom(engine, folder, vault);
    if (learned === null) return;
    const patterns = learned.created.length + learned.updated.length;
    process.stderr.write(
      `learned: ${learned.runNote}${patterns > 0 ? ` and ${patterns} pattern${patterns > 1 ? "s" : ""}` : ""}\n`,
    );
    for (const warning of learned.warnings) process.stderr.write(`vault: ${warning}\n`);
  } catch (thrown) {
    // The run is over and its result stands; a vault that cannot be written does not take it back.
    process.stderr.write(`pleach: nothing was learned from this run: ${messageOf(thrown)}\n`);
  }
}

/** The first signal stops in order, the second at once. Returns how to let go of the signals. */
function interruptOnSignals(host: Host): () => void {
  let heard = false;
  const hear = (signal: string): void => {
    if (heard) {
      void localExecutor
        .sweep({ run: host.folder.run, repo: host.folder.repo }, { graceMs: 0 })
        .finally(() => process.exit(EXIT.interrupted));
      return;
    }
    heard = true;
    process.stderr.write("\npleach: stopping the workers; once more to stop at once\n");
    void host.command({ command: "interrupt", signal: WORDS_OF_SIGNAL[signal] ?? signal });
  };
  return hearSignals("on", hear);
}
