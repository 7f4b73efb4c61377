/** The command that says what was checked. */
import type { Command } from "commander";
import { add, type Calls } from "./add-command.ts";

/** Declares it; `looks` begins those that fetch nothing. */
export function addEvidence(program: Command, looks: Calls): void {
  add(
    program,
    "evidence [run]",
    "what was run on each change that landed and what that said, and what nobody checked",
    "pleach evidence",
    "pleach evidence parser",
    "pleach evidence 20260824/parser",
    "pleach evidence 1f0c3a9",
    "pleach evidence --json | jq '.changes[] | {task: .task.id, unchecked}'",
  )
    .usage("[options] [run | task | commit]")
    .option("--run <run>", "the run of the task; also as RUN/TASK")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExits with 0, whatever was or was not checked. A file counts as checked only where a gate that passed names it.\n",
    )
    .action(looks(async () => (await import("./commands/evidence.ts")).evidence));
}
