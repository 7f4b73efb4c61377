/**
 * Watches over the process while a screen is up: whatever ends or stops it, the terminal is restored first.
 *
 * GUARD-1 Signals that end the process: restore, then let it die by that signal, unless the program had a listener of its
 *    own before; then that one decides and the screen only reports that it is gone.
 * GUARD-2 SIGTSTP (ctrl-z): restore, stop, and take the terminal again when continued.
 * GUARD-3 What nobody caught: restore, write the stack to a file, report it.
 * GUARD-4 After `release` no listener of ours is left.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the guard does to the screen and tells it. */
export interface Guarded {
  restore(): void;
  /** Takes the terminal again and draws all. */
  reenter(): void;
  /** ctrl-c that came as a signal. */
  interrupt(): void;
  /** A signal ends the screen, the process lives on (GUARD-1). */
  gone(): void;
  crashed(error: unknown): void;
}

const ENDING = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** A stop that did not happen (no job control) is noticed after this time. */
const STOP_GRACE_MS = 200;

export interface Guard {
  /** Stops the process as ctrl-z does. */
  suspend(): void;
  release(): void;
}

/** Sets the listeners. */
export function guardProcess(screen: Guarded): Guard {
  const ownBefore = new Map(ENDING.map((signal) => [signal, process.listenerCount(signal)]));
  let isSuspended = false;
  const end = (signal: NodeJS.Signals) => {
    screen.restore();
    release();
    if ((ownBefore.get(signal as (typeof ENDING)[number]) ?? 0) > 0) screen.gone();
    else process.kill(process.pid, signal);
  };
  const suspend = () => {
    if (isSuspended) return;
    isSuspended = true;
    screen.restore();
    process.off("SIGTSTP", suspend);
    process.kill(process.pid, "SIGTSTP");
    setTimeout(goOn, STOP_GRACE_MS);
  };
  const goOn = () => {
    if (!isSuspended) return;
    isSuspended = false;
    process.on("SIGTSTP", suspend);
    screen.reenter();
  };
  const crash = (error: unknown) => {
    screen.restore();
    screen.crashed(error);
  };
  const interrupt = () => screen.interrupt();
  const restore = () => screen.restore();
  for (const signal of ENDING) process.on(signal, end);
  process.on("SIGINT", interrupt);
  process.on("SIGTSTP", suspend);
  process.on("SIGCONT", goOn);
  process.on("uncaughtException", crash);
  process.on("exit", restore);

  function release(): void {
    isSuspended = false;
    for (const signal of ENDING) process.off(signal, end);
    process.off("SIGINT", interrupt);
    process.off("SIGTSTP", suspend);
    process.off("SIGCONT", goOn);
    process.off("uncaughtException", crash);
    process.off("exit", restore);
  }
  return { suspend, release };
}

/** Writes the stack of a crash to a file of its own and returns its path, or null where that is not possible. */
export function writeCrashFile(error: unknown): string | null {
  try {
    const file = join(mkdtempSync(join(tmpdir(), "pleach-crash-")), "stack.txt");
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    writeFileSync(file, `${stack}\n`, { flag: "wx" });
    return file;
  } catch {
    return null;
  }
}
