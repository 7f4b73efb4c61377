/** Runs one command line: arguments in, exit code out. What fails is worded here, once. */
import { CommanderError } from "commander";
import { PleachError } from "../errors.ts";
import { EXIT, errorDocument, errorText, exitOfError } from "./exit.ts";
import { buildProgram } from "./program.ts";
import { guardStreams, printJson } from "./streams.ts";
import { findUnknown } from "./unknown-command.ts";

/** Runs one command line; resolves with the exit code. Never rejects, and shows a stack only with PLEACH_DEBUG=1. */
export async function main(argv: string[]): Promise<number> {
  guardStreams();
  const asJson = wantsJson(argv);
  const refuse = (thrown: unknown): number => {
    if (asJson) printJson(errorDocument(thrown));
    process.stderr.write(errorText(thrown));
    return exitOfError(thrown);
  };
  const escaped = (thrown: unknown): void => process.exit(refuse(thrown));
  process.on("uncaughtException", escaped);
  process.on("unhandledRejection", escaped);
  let code: number = EXIT.done;
  try {
    const program = buildProgram((result) => {
      code = result;
    });
    const unknown = findUnknown(argv, new Set(program.commands.map((command) => command.name())));
    if (unknown !== null) throw unknown;
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) return refuse(thrown);
    if (thrown.exitCode === 0) return EXIT.done;
    // Commander has said it on stderr already; a program wants it as a document.
    if (asJson) printJson(errorDocument(toUsageError(thrown)));
    if (thrown.code === UNKNOWN_OPTION) process.stderr.write(`  hint: ${BEHIND_DASHES}\n`);
    return EXIT.usage;
  }
}

const UNKNOWN_OPTION = "commander.unknownOption";
const BEHIND_DASHES = "--help shows the options; words that begin with a dash come behind --";

/** Asked before the arguments are parsed: what is wrong with them is told as JSON, too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const options = end < 0 ? argv : argv.slice(0, end);
  const shortcuts = ["--json", "--output=json", "--format=json"];
  return options.some(
    (option, at) =>
      shortcuts.includes(option) || (["--output", "--format"].includes(option) && options[at + 1] === "json"),
  );
}

function toUsageError({ code, message }: CommanderError): PleachError {
  const name = code.replace(/^commander\./, "");
  return new PleachError(`usage.${name}`, message.replace(/^error: /, ""), {
    hint: code === UNKNOWN_OPTION ? BEHIND_DASHES : "pleach --help shows the commands",
  });
}
