/** The barrel of the terminal screen: shows a run to a person until they leave or it has ended and they have seen it. */
import type { ReadStream, WriteStream } from "node:tty";
import { messageOf, PleachError } from "../errors.ts";
import type { RunClient } from "../protocol/client.ts";
import type { StatusDocument } from "../protocol/status.ts";
import type { LeaveAction } from "./model.ts";
import { wantsColour } from "./theme.ts";

export type { LeaveAction } from "./model.ts";
export { isDumb } from "./theme.ts";

/** Where the screen is shown. */
export interface ScreenIo {
  stdin: ReadStream;
  stdout: WriteStream;
  /** NO_COLOR and TERM are read from it. */
  env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the Unix epoch; default: the system's clock. */
  now?: () => number;
}

/** How the screen was left: `detached` leaves a live run alone, the others say what became of it. */
export interface ScreenResult {
  action: LeaveAction;
  status: StatusDocument;
}

/**
 * Shows a run until the person leaves. The terminal is restored before the promise settles, and also when the process
 * is ended by a signal. The client stays open: whoever made it closes it.
 *
 * `stopped` and `cancelled` are given back once the run has ended that way, or earlier if the person leaves before.
 * Rejects with `tui.noTerminal` when stdin or stdout is none, and with `tui.crashed` (its `file` holds the stack).
 */
export async function showRun(client: RunClient, io: ScreenIo): Promise<ScreenResult> {
  if (!io.stdin.isTTY || !io.stdout.isTTY) {
    throw new PleachError("tui.noTerminal", "the screen needs a terminal for input and output", {
      hint: "use --no-tui, or pleach status",
    });
  }
  const { runScreen, writeCrashFile } = await import("./screen.tsx");
  try {
    const action = await runScreen(client, { ...io, hasColour: wantsColour(io.env), now: io.now ?? Date.now });
    return { action, status: client.status() };
  } catch (error) {
    const file = writeCrashFile(error);
    throw new PleachError("tui.crashed", `the screen of run ${client.run} crashed: ${messageOf(error)}`, {
      hint: "the run itself is not touched: pleach attach shows it again",
      ...(file === null ? {} : { file }),
      cause: error,
    });
  }
}
