/** What every command of the command line is declared with. */
import type { Command } from "commander";

/** What carries a command out; resolves with the exit code. */
export type Action<Args extends unknown[]> = (...args: Args) => Promise<number>;
/** Loads what carries a command out when it is called. */
export type Calls = <Args extends unknown[]>(
  load: () => Promise<Action<Args>>,
) => (...args: unknown[]) => Promise<void>;

/** A command with its examples. */
export function add(parent: Command, name: string, description: string, ...lines: string[]): Command {
  return prepare(parent.command(name).description(description)).addHelpText("after", examples(...lines));
}

/** A command that only holds others. */
export function group(program: Command, name: string, description: string): Command {
  return prepare(program.command(name).description(description));
}

/** What every command has. */
export function prepare(command: Command): Command {
  return command
    .option("-C <dir>", "work in this folder")
    .exitOverride()
    .showHelpAfterError("(--help shows how it is called)");
}

/** The examples at the end of a help text. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}
