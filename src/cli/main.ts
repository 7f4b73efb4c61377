/**
 * The command line: which command takes what (DESIGN section 9). The commands themselves are in `commands/`, loaded
 * when they are called.
 */
import { Command, CommanderError, Option } from "commander";
import { EXIT, errorDocument, errorText, exitOfError } from "./exit.ts";
import { programName } from "./place.ts";

/** Options of every command. */
export interface CommonOptions {
  C?: string;
  json?: boolean;
}

type Action = (...args: never[]) => Promise<number>;

/** Runs one command line; resolves with the exit code. Never rejects, never prints a stack. */
export async function main(argv: string[]): Promise<number> {
  let code: number = EXIT.done;
  const asJson = argv.includes("--json") || argv.includes("--output=json");
  /** Loads a command's module only when it is called. */
  const calls = (load: () => Promise<Action>): ((...args: unknown[]) => Promise<void>) => {
    return async (...args) => {
      code = await (await load())(...(args.slice(0, -1) as never[]));
    };
  };
  try {
    await buildProgram(calls).parseAsync(argv, { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (asJson) process.stdout.write(`${JSON.stringify(errorDocument(thrown))}\n`);
    process.stderr.write(errorText(thrown));
    return exitOfError(thrown);
  }
  return code;
}

function buildProgram(calls: (load: () => Promise<Action>) => (...args: unknown[]) => Promise<void>): Command {
  const program = new Command("pleach")
    .description("Interlaces the work of several coding agents on one git repository.")
    .version(programName().replace("pleach ", ""))
    .exitOverride()
    .showHelpAfterError("(pleach --help shows the commands)")
    .addHelpText("after", examples("pleach init", "pleach plan check plan.md", "pleach run plan.md", "pleach status --json"));
  const add = (name: string, description: string, ...lines: string[]): Command =>
    program
      .command(name)
      .description(description)
      .option("-C <dir>", "work in this folder")
      .addHelpText("after", examples(...lines))
      .exitOverride();

  add("run <plan>", "carry out a plan", "pleach run plan.md", "pleach run plan.md --no-tui", "pleach run plan.md --json | tee run.jsonl")
    .addOption(new Option("--output <how>", "how it is shown").choices(["auto", "tui", "plain", "json"]).default("auto"))
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--concurrency <n>", "tasks at once", positive)
    .option("--agent <name>", "agent of tasks that name none")
    .option("--run-id <id>", "id of the run")
    .option("--vault <dir>", "vault that is read and written")
    .option("--no-learn", "write nothing into the vault")
    .option("--yes", "ask nothing")
    .action(calls(async () => (await import("./commands/run.ts")).run));
  add("resume [run]", "go on with a run after a stop or a crash", "pleach resume", "pleach resume 20260824")
    .addOption(new Option("--output <how>", "how it is shown").choices(["auto", "tui", "plain", "json"]).default("auto"))
    .option("--json", "one JSON line an event, on stdout")
    .option("--no-tui", "plain lines also on a terminal")
    .option("--vault <dir>", "vault that is read and written")
    .option("--no-learn", "write nothing into the vault")
    .action(calls(async () => (await import("./commands/resume.ts")).resume));
  program
    .command("host <run>", { hidden: true })
    .option("-C <dir>")
    .option("--vault <dir>")
    .option("--no-learn")
    .action(calls(async () => (await import("./commands/host.ts")).host));
  add("status [run]", "how a run stands", "pleach status", "pleach status --json | jq .tasks")
    .option("--json", "the status document")
    .action(calls(async () => (await import("./commands/status.ts")).status));
  return program;
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}

function positive(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number <= 1000) return number;
  throw new CommanderError(EXIT.usage, "usage.badNumber", `${JSON.stringify(value)} is not a whole number from 1 to 1000`);
}
