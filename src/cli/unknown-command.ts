/** Names of commands that people type because other programs have them, and what they are called here. */
import { PleachError } from "../errors.ts";

const MEANT: Readonly<Record<string, string>> = {
  abort: "pleach cancel ends a run for good; Ctrl-C (or q on its screen) stops it, and pleach resume goes on",
  end: "pleach cancel ends a run for good",
  fix: "pleach doctor --fix removes what dead runs left behind",
  halt: "pleach cancel ends a run for good; Ctrl-C (or q on its screen) stops it, and pleach resume goes on",
  kill: "pleach cancel ends a run for good; Ctrl-C (or q on its screen) stops it, and pleach resume goes on",
  ls: "pleach list shows the runs",
  merge: "pleach ship merges a run into its base branch",
  ps: "pleach list shows the runs, pleach status one of them",
  start: "pleach run plan.md starts a run",
  tail: "pleach logs TASK --follow shows what a task prints, pleach attach the whole run",
  watch: "pleach attach shows a run that goes on",
};

/**
 * The error for a command line whose first word is no command; null for all others. Asked first, since `--help` behind a word
 * that is no command would show the help of the whole program.
 */
export function findUnknown(argv: readonly string[], known: ReadonlySet<string>): PleachError | null {
  const [word = ""] = argv;
  if (word === "" || word.startsWith("-") || word === "help" || known.has(word)) return null;
  const meant = Object.hasOwn(MEANT, word) ? MEANT[word] : undefined;
  const asksHelp = argv.includes("--help") || argv.includes("-h");
  // Of another word, the parser itself says which commands are called alike.
  if (meant === undefined && !asksHelp) return null;
  const message = `there is no command ${JSON.stringify(word)}`;
  if (meant !== undefined) return new PleachError("usage.unknownCommand", message, { hint: `here, ${meant}` });
  return new PleachError("usage.unknownCommand", message, { hint: "pleach --help shows the commands" });
}
