/** The commands that say where work is, bring it back, and tidy up. */
import type { Command } from "commander";
import { add, type Calls } from "./declare-command.ts";

/** Declares them; `looks` begins those that fetch nothing. */
export function addTidying(program: Command, looks: Calls): void {
  add(
    program,
    "recover [task]",
    "what runs made that is on no branch of yours: where it is, why, and how it comes back; with a name: bring it back",
    "pleach recover",
    "pleach recover parser",
    "pleach recover 20260824/parser --onto fixes",
    "pleach recover --json | jq -r '.work[].back'",
  )
    .option("--onto <branch>", "put it onto this branch, which is checked out nowhere")
    .option("--json", "as JSON")
    .action(looks(async () => (await import("./commands/recover.ts")).recover));
}
