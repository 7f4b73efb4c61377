/** The page on runs that nobody attends: what they answer in a person's place. */
import { UNATTENDED_ANSWERS } from "../../../src/protocol/unattended.ts";
import { table } from "./schema-page.ts";

export function unattendedPage(): string {
  const rows = UNATTENDED_ANSWERS.map(({ asked, answers, does }) => {
    const chosen = answers.map((answer) => (answer === "" ? "the first choice" : `\`${answer}\``)).join(", then ");
    return [asked, chosen, does];
  });
  return `# Reference: unattended runs

Made from the program's table by \`npm run generate\`; not edited by hand.

\`\`\`yaml file=plan.yaml
goal: Two lines in one file
tasks:
  - { id: one, run: echo one >> notes.md, scope: [notes.md] }
  - { id: two, run: sleep 1; echo two >> notes.md, scope: [notes.md] }
\`\`\`

\`\`\`sh
pleach run plan.yaml --unattended
\`\`\`

Nobody is asked, so the run never waits for a person. What would be asked takes its row of this table:

${table(["when", "answer", "so"], rows)}

Each answer is in the log, with \`by: unattended\`. What was given up can be taken up again: \`pleach retry\`. Whether a repository's
own commands may run is no question of a run: agree [beforehand](../trust.md), or with \`--trust\`.
`;
}
