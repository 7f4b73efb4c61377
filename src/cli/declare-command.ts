/** How a command is declared: what each has, and its examples. */
import type { Command } from "commander";

export type Action<Args extends unknown[]> = (...args: Args) => Promise<number>;
/** Makes what commander calls of a command's own function, which is loaded then. */
export type Calls = <Args extends unknown[]>(
  load: () => Promise<Action<Args>>,
) => (...args: unknown[]) => Promise<void>;

/** Declares a command: its name with arguments, what it does, and examples. */
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

/** What stands below the options. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}
