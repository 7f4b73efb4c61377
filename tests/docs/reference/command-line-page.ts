/** The page on the command line, from the program's own help. */
import type { Command, Option } from "commander";
import { buildProgram } from "../../../src/cli/program.ts";
import { table } from "./schema-page.ts";

const HEAD = `# Reference: command line

Made from the program's own help by \`npm run generate\`; not edited by hand. \`--help\` after any command says the same.

- Results go to standard output, messages to standard error.
- \`-C DIR\` works in another folder; it goes with every command.
- \`--json\` prints one JSON document, or one line an event for \`run\`, \`resume\`, \`attach\` and \`events\`. [Documents](documents.md)
  lists the schemas.
- RUN may be left out (the newest run) or cut short to what is unique.
- [Exit codes](exit-codes.md) are the same everywhere.
`;

export function commandLinePage(): string {
  const commands = listCommands(buildProgram(() => {}));
  const rows = commands.map(({ name, command }) => [
    `[\`${name}\`](#${name.replaceAll(" ", "-")})`,
    command.description(),
  ]);
  return `${HEAD}\n${table(["command", "does"], rows)}\n${commands.map(section).join("")}`;
}

interface Named {
  name: string;
  command: Command;
}

/** The commands that do something and are shown, in the order of the help. */
function listCommands(program: Command, before = "pleach"): Named[] {
  const shown = program.createHelp().visibleCommands(program);
  return program.commands
    .filter((command) => shown.includes(command) && command.name() !== "help")
    .flatMap((command) => {
      const name = `${before} ${command.name()}`;
      return command.commands.length > 0 ? listCommands(command, name) : [{ name, command }];
    });
}

function section({ name, command }: Named): string {
  const options = command.options.filter((option) => !option.hidden && option.long !== undefined);
  const list = options.length === 0 ? "" : `\n${table(["option", "does"], options.map(optionRow))}\n`;
  return `
## ${name}

${capitalized(command.description())}.

\`\`\`text
${name} ${command.usage()}
\`\`\`
${list}${after(command)}`;
}

function optionRow(option: Option): string[] {
  const choices =
    option.argChoices === undefined ? "" : `: ${option.argChoices.map((each) => `\`${each}\``).join(", ")}`;
  const { defaultValue } = option;
  const isTold = typeof defaultValue === "string" || typeof defaultValue === "number";
  return [`\`${option.flags}\``, `${option.description}${choices}${isTold ? ` (default \`${defaultValue}\`)` : ""}`];
}

/** What the help says below the options: examples, and more. */
function after(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  const rest = text.slice(text.indexOf(command.helpInformation()) + command.helpInformation().length).trim();
  const [, examples = "", more = ""] = /^Examples:\n((?: {2}.*\n?)*)([\s\S]*)$/.exec(rest) ?? [];
  const lines = examples.replaceAll(/^ {2}\$ /gm, "").trimEnd();
  const shown = lines === "" ? "" : `\n\`\`\`text\n${lines}\n\`\`\`\n`;
  return more.trim() === "" ? shown : `${shown}\n${more.trim()}\n`;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
