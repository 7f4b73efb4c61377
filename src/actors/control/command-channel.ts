/**
 * The CommandChannel port: how a command reaches the host of a run, wherever that is, and its answer comes back. One
 * conformance suite (`src/testing/conformance/command-channel.ts`) is run against every implementation.
 *
 * CHANNEL-1 Each command is handled once, by whoever serves at its address, and its own answer comes back: several may be
 *    under way.
 * CHANNEL-2 That nobody serves there is an answer (null), no error: the sender looks for the host anew, or does without.
 * CHANNEL-3 Who stops serving lets the answers under way go out first, as long as they take no longer than a moment: a second
 *    between processes, a turn of the event loop within one.
 * CHANNEL-4 Only the person who runs the program can serve or send: a channel passes on what it is sent, and checks nothing
 *    else.
 */
import { messageOf, PleachError } from "../../errors.ts";
import { type CommandAnswer, type RunCommand, toRefusal } from "../../protocol/commands.ts";

export type HandleCommand = (command: RunCommand) => Promise<CommandAnswer>;

export interface CommandServer {
  /** Stops serving (CHANNEL-3). */
  close(): Promise<void>;
}

/** The channel of one run. */
export interface CommandChannel {
  /** Where the host of an epoch serves; its epoch record says it to others. Throws `run.unsafeSocket`. */
  addressOf(epoch: number): string;
  /** Serves at an address until closed, in place of whoever was killed there. */
  serve(address: string, handle: HandleCommand): Promise<CommandServer>;
  /** Resolves to the answer, or to null when nobody serves there. Rejects with `run.noAnswer` when none came. */
  send(address: string, command: RunCommand): Promise<CommandAnswer | null>;
  /** Whether somebody serves there. */
  isServed(address: string): Promise<boolean>;
  /** Takes away what a host that was killed left at an address; nothing to do where it left nothing. */
  discard(address: string): Promise<void>;
}

/** What a handler answers, or what it throws in the words of an answer. `readCommand` throws for what is no command. */
export async function answerCommand(readCommand: () => RunCommand, handle: HandleCommand): Promise<CommandAnswer> {
  try {
    return await handle(readCommand());
  } catch (thrown) {
    if (thrown instanceof PleachError) return toRefusal(thrown);
    return {
      ok: false,
      code: "usage.badCommand",
      message: `not understood: ${messageOf(thrown)}`,
      hint: "send one JSON line",
    };
  }
}

/** `run.noAnswer`: a host took a command, and did not say what came of it. */
export function toNoAnswerError(cause: unknown): PleachError {
  return new PleachError("run.noAnswer", `the host took the command and gave no answer: ${messageOf(cause)}`, {
    hint: "it may have been carried out all the same: look with pleach status",
    cause,
  });
}
