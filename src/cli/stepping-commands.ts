/** The commands by which a person steps into a run while it goes on. */
import type { Command } from "commander";
import { add, type Calls } from "./add-command.ts";

/** Declares them. */
export function addSteppingIn(program: Command, looks: Calls): void {
  add(
    program,
    "tell <task> <words...>",
    "tell the agent of a task something: at once where it listens, else when it next can hear it",
    'pleach tell parser "take the old grammar, not the new one"',
    "pleach tell 20260824/parser - < notes.txt",
  )
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .addHelpText("after", "\nA text of `-` is read from stdin. The answer says when it is heard.\n")
    .action(looks(async () => (await import("./commands/step-in.ts")).tell));
  add(
    program,
    "pause [tasks...]",
    "let nobody work on these tasks, or on any, until they go on; who is at work is stopped in the midst of it",
    "pleach pause parser",
    "pleach pause --all",
    "pleach pause 20260824/parser",
  )
    .option("--all", "every task that is not over, and what planning tasks add")
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).pause));
  add(
    program,
    "continue [tasks...]",
    "let paused tasks go on, each where it was",
    "pleach continue parser",
    "pleach continue --all",
  )
    .option("--all", "every task that is paused")
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).proceed));
  add(
    program,
    "stop <task>",
    "end a task, and nothing else: what it has done is kept on a branch that ends in -saved",
    "pleach stop parser",
  )
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).stop));
  add(
    program,
    "skip <task>",
    "leave out a task that has not begun; what needs it is left out, too, unless its join lets it",
    "pleach skip changelog",
  )
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).skip));
}
