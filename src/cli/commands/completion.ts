/** `pleach completion SHELL`: the script that teaches a shell the program's commands. */
import type { Command } from "commander";
import { type Completed, type Shell, writeCompletion } from "../completion.ts";
import { EXIT } from "../exit.ts";

/** Prints it; `program` is the root of the commands. */
export async function completion(shell: Shell, program: Command): Promise<number> {
  process.stdout.write(writeCompletion(shell, listCompleted(program, [])));
  return EXIT.done;
}

/** Names of arguments that take the id of a run. */
const RUN_ARGUMENTS: ReadonlySet<string> = new Set(["run", "names"]);

/** A command with all below it; those that nobody is told of are left out. */
function listCompleted(command: Command, path: readonly string[]): Completed[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((each) => each.name() !== "help");
  const options = help.visibleOptions(command).flatMap(({ long, description }) => {
    return long === undefined || long === null ? [] : [{ name: long, description }];
  });
  const { description, commands } = { description: command.description(), commands: below.map((each) => each.name()) };
  const takesRun = command.registeredArguments.some((argument) => RUN_ARGUMENTS.has(argument.name()));
  const own: Completed = { path, description, commands, options, takesRun };
  return [own, ...below.flatMap((each) => listCompleted(each, [...path, each.name()]))];
}
