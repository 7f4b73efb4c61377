/** The page on exit codes: what each means, and which states of runs and codes of errors lead to it. */
import { EXIT, exitOfError, exitOfStatus } from "../../../src/cli/exit.ts";
import { PleachError } from "../../../src/errors.ts";
import type { RunStatus } from "../../../src/protocol/states.ts";
import { listErrors } from "../../errors/list-errors.ts";
import { ROOT } from "../../helpers/compile-src.ts";
import { table } from "./schema-page.ts";

const MEANING: Readonly<Record<keyof typeof EXIT, readonly [means: string, next: string]>> = {
  done: ["done", ""],
  failed: [
    "the run failed, or a part of it did; or the machine has no more of something (disk, memory, processes)",
    "`pleach status` names what failed",
  ],
  usage: ["bad input or usage: the plan, the arguments, the place", "the message says what to change"],
  waiting: ["the run waits for a person", "`pleach decide`"],
  damaged: ["the log is damaged or gone, or does not fold to what was recorded", "`pleach log verify` names the place"],
  interrupted: ["interrupted: Ctrl-C, or the run is not over", "`pleach resume` goes on"],
};

const STATES: Readonly<Record<RunStatus, string>> = {
  running: "a host drives it",
  waiting: "it goes on only when a person answers",
  cancelling: "it is being stopped for good",
  interrupted: "its host has ended or was stopped; the run can be resumed",
  succeeded: "every task is done, and what should be merged is",
  partial: "some of what should have been merged was",
  failed: "nothing of what should have been merged was, or the run could not go on",
  cancelled: "it was stopped for good",
};

export function exitCodesPage(): string {
  const codes = Object.entries(EXIT).map(([name, code]) => {
    const [means, next] = MEANING[name as keyof typeof EXIT];
    return [`\`${code}\``, means, next];
  });
  const ends = (Object.keys(STATES) as RunStatus[]).map((state) => [
    `\`${state}\``,
    STATES[state],
    `\`${exitOfStatus(state)}\``,
  ]);
  return `# Reference: exit codes

Made from the program by \`npm run generate\`; not edited by hand.

\`\`\`sh exit=2
pleach plan check no-such-plan.md
\`\`\`

${table(["code", "means", "what to do"], codes)}

\`status\`, \`list\`, \`events\` and other commands that only look end with 0 however the run ended. \`run\` and
\`resume\` end with the code of the run's state:

${table(["state of the run", "means", "code"], ends)}

## Errors

With \`--json\` an error is a document: \`{schema, error: {code, message, hint, file, line}}\`. Decide on \`error.code\`, never on
the message. [Error codes](../errors.md) has all of them with what they say. Their exit codes:

${table(["exit code", "error codes"], errorRows())}
`;
}

/** Codes of errors by the exit code that a command ends with; an area whose codes all lead to one is named once. */
function errorRows(): string[][] {
  const areas = new Map<string, Map<number, string[]>>();
  for (const code of [...listErrors(ROOT).keys()].sort()) {
    const area = code.slice(0, code.indexOf("."));
    const exits = areas.get(area) ?? new Map<number, string[]>();
    const exit = exitOfError(new PleachError(code, ""));
    exits.set(exit, [...(exits.get(exit) ?? []), code]);
    areas.set(area, exits);
  }
  const rows = new Map<number, string[]>();
  for (const [area, exits] of areas) {
    for (const [exit, list] of exits) {
      const names = exits.size === 1 ? [`\`${area}.*\``] : list.map((code) => `\`${code}\``);
      rows.set(exit, [...(rows.get(exit) ?? []), ...names]);
    }
  }
  return [...rows].sort(([a], [b]) => a - b).map(([exit, names]) => [`\`${exit}\``, names.join(", ")]);
}
