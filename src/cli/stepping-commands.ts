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
    "edit <task>",
    "change a task that has not started, in $VISUAL or $EDITOR, or as these options say",
    "pleach edit parser",
    "pleach edit parser --agent codex,claude --needs lexer,tokens",
    'pleach edit parser --instruction "keep the old grammar, too"',
    "pleach edit 20260824/parser --file - < parser.yaml",
  )
    .option("--instruction <text>", "what its agent is to do; - reads it from stdin")
    .option("--agent <agents>", "who does it: an agent of the plan, and after commas those that stand in for it")
    .option("--scope <globs>", "what it may change, with commas between; an empty one: any file")
    .option("--needs <tasks>", "what has to be done first, with commas between; an empty one: nothing")
    .option("--title <text>", "its title")
    .option("--file <file>", "YAML or JSON with the keys that change, as in a plan; null takes one away; - reads stdin")
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .addHelpText(
      "after",
      "\nIt is checked as a whole plan is: what would be a cycle is refused, and nothing is changed.\n",
    )
    .action(looks(async () => (await import("./commands/edit.ts")).edit));
  add(
    program,
    "takeover <task>",
    "stop a task's agent and go on yourself in its worktree, in its session where it has one; it keeps its slot",
    "pleach takeover parser",
    "pleach takeover parser --open",
  )
    .option("--open", "open the agent's session there, or $SHELL, in this terminal")
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "where it lies and how its session is opened, as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).takeover));
  add(
    program,
    "giveback <task>",
    "give a task back: what you did is committed, checked, reviewed and merged like any work",
    "pleach giveback parser",
    "pleach giveback parser --discard",
  )
    .option("--discard", "put its worktree back to how you took it over, and let its agent go on")
    .option("--run <run>", "the run; default: the newest")
    .option("--json", "the answer as JSON")
    .action(looks(async () => (await import("./commands/step-in.ts")).giveback));
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
