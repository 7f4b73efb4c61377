/** The commands that say where work is, bring it back, and tidy up. */
import type { Command } from "commander";
import { add, type Calls } from "./add-command.ts";
import { parseOlder } from "./command-options.ts";

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
  add(
    program,
    "clean [names...]",
    "remove what runs that are over have left: worktrees, branches, outputs, logs; what holds work goes by its name alone",
    "pleach clean --dry-run",
    "pleach clean",
    "pleach clean --older 7d --yes",
    "pleach clean 20260824/parser/1-saved",
  )
    .option("--older <age>", "only of runs that are over for so long (7d, 12h), and all that these left", parseOlder)
    .option("--dry-run", "only list what would be removed, and what stays")
    .option("--yes", "remove without asking; what holds work stays all the same")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nWithout --older: outputs after 7 days, logs after 30, as retention in pleach.yaml says; of git whatever holds nothing.\n",
    )
    .action(looks(async () => (await import("./commands/clean.ts")).clean));
}
